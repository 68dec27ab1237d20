//go:build !linux

package main

import "syscall"

// setUserTimeout does nothing: only Linux has the option, and keepalive has to do.
func setUserTimeout(_, _ string, _ syscall.RawConn) error { return nil }
