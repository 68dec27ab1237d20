package transport

import (
	"net"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

// keepalive is the kernel's share in noticing a dead link: no thread of ours wakes for it.
func keepalive(w wire.Welcome) net.KeepAliveConfig {
	return net.KeepAliveConfig{
		Enable:   true,
		Idle:     milliseconds(w.KeepaliveIdleMS),
		Interval: milliseconds(w.KeepaliveEveryMS),
		Count:    w.KeepaliveCount,
	}
}

// userTimeout is how long sent data may stay unacknowledged: as long as keepalive takes to
// find a silent peer dead.
func userTimeout(w wire.Welcome) time.Duration {
	return milliseconds(w.KeepaliveIdleMS + w.KeepaliveEveryMS*int64(w.KeepaliveCount))
}

// setKeepalive makes conn follow the server's settings. A platform that lacks one of them
// keeps what it has: the application's ping finds the dead link there.
func setKeepalive(conn net.Conn, w wire.Welcome) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetKeepAliveConfig(keepalive(w))
		setUserTimeout(conn, w)
	}
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
