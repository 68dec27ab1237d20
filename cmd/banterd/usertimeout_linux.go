package main

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// setUserTimeout says for how long what was sent may stay unacknowledged.
func setUserTimeout(conn syscall.RawConn, timeout time.Duration) error {
	var failed error
	err := conn.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(timeout.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
