package main

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// inheritKeepalive has a listener hand keepalive down to each connection it accepts, which Go would
// otherwise set on each by four system calls. What was sent may stay unacknowledged for as long.
func inheritKeepalive(listener *net.ListenConfig, keepalive net.KeepAliveConfig) {
	listener.KeepAlive = -1
	listener.Control = func(_, _ string, conn syscall.RawConn) error {
		var failed error
		err := conn.Control(func(fd uintptr) { failed = setKeepalive(int(fd), keepalive) })
		if err != nil {
			return err
		}
		return failed
	}
}

func setKeepalive(fd int, keepalive net.KeepAliveConfig) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1); err != nil {
		return err
	}
	for option, value := range map[int]int{
		unix.TCP_KEEPIDLE:     seconds(keepalive.Idle),
		unix.TCP_KEEPINTVL:    seconds(keepalive.Interval),
		unix.TCP_KEEPCNT:      keepalive.Count,
		unix.TCP_USER_TIMEOUT: int(deadAfter(keepalive).Milliseconds()),
	} {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, option, value); err != nil {
			return err
		}
	}
	return nil
}

// deadAfter is how long a link is silent before keepalive ends it.
func deadAfter(keepalive net.KeepAliveConfig) time.Duration {
	return keepalive.Idle + keepalive.Interval*time.Duration(keepalive.Count)
}

// seconds are whole ones, as the kernel has them, and rounded up, as Go does.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
