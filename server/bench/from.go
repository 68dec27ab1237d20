package bench

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
)

// helloSays leaves a connection without keepalive until the answer to hello says which.
const helloSays = -1

// dial returns what opens connections from the network's addresses in turn. A server bounds what
// one address may do, and one address has some 28,000 ports.
func (s *Subnet) dial() func(ctx context.Context, network, address string) (net.Conn, error) {
	if !s.IsValid() {
		return (&net.Dialer{KeepAlive: helloSays}).DialContext
	}
	var addresses []netip.Addr
	address := s.Addr()
	if s.Addr().BitLen()-s.Bits() > 1 {
		address = address.Next() // the network's own
	}
	for range s.hosts() {
		addresses = append(addresses, address)
		address = address.Next()
	}
	var turn atomic.Uint64
	return func(ctx context.Context, network, to string) (net.Conn, error) {
		from := addresses[(turn.Add(1)-1)%uint64(len(addresses))]
		dialer := net.Dialer{KeepAlive: helloSays, Control: choosePortLate,
			LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))}
		return dialer.DialContext(ctx, network, to)
	}
}
