package transport

import (
	"net"

	"golang.org/x/sys/unix"

	"github.com/banter-im/banter/internal/wire"
)

// setUserTimeout bounds how long sent data may stay unacknowledged. Keepalive alone does
// not: it rests while data is on its way.
func setUserTimeout(conn net.Conn, w wire.Welcome) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout(w).Milliseconds()))
	})
}
