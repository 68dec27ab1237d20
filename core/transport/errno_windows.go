package transport

import "golang.org/x/sys/windows"

var (
	refusedErrors     = []error{windows.WSAECONNREFUSED}
	unreachableErrors = []error{windows.WSAENETUNREACH, windows.WSAEHOSTUNREACH, windows.WSAENETDOWN, windows.WSAEADDRNOTAVAIL}
	resetErrors       = []error{windows.WSAECONNRESET, windows.WSAECONNABORTED}
)
