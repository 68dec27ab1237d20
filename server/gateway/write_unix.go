//go:build unix

package gateway

import (
	"net"
	"syscall"
)

// writeNow writes what the system takes without waiting, and returns how much that was. Where
// there is room, as there mostly is, it costs neither a goroutine nor a change of threads. What
// has failed, whoever writes the rest finds as well.
func writeNow(conn net.Conn, frames []byte) (n int) {
	direct, ok := conn.(syscall.Conn) // not with TLS
	if !ok {
		return 0
	}
	raw, err := direct.SyscallConn()
	if err != nil {
		return 0
	}
	raw.Write(func(fd uintptr) bool {
		n, err = syscall.Write(int(fd), frames)
		return true // do not wait
	})
	if err != nil {
		return 0
	}
	return max(n, 0)
}
