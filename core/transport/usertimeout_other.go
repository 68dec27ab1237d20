//go:build !linux

package transport

import (
	"net"

	"github.com/banter-im/banter/internal/wire"
)

// setUserTimeout does nothing where there is no such socket option: the write deadline and
// the ping find the dead link.
func setUserTimeout(net.Conn, wire.Welcome) {}
