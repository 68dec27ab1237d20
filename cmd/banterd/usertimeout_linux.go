package main

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// userTimeout is for how long what was sent may stay unacknowledged. Keepalive alone
// does not look while something is under way.
const userTimeout = 15 * time.Second

func setUserTimeout(_, _ string, conn syscall.RawConn) error {
	var failed error
	err := conn.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
