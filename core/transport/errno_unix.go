//go:build !windows

package transport

import "syscall"

var (
	refusedErrors     = []error{syscall.ECONNREFUSED}
	unreachableErrors = []error{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL}
	resetErrors       = []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED}
)
