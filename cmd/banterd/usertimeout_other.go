//go:build !linux

package main

import (
	"syscall"
	"time"
)

// setUserTimeout does nothing: only Linux has the option, and keepalive has to do.
func setUserTimeout(syscall.RawConn, time.Duration) error { return nil }
