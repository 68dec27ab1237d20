package gateway

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/banter-im/banter/server/chat"
)

// bounds counts links, so that those who have shown no ticket cannot crowd out players.
type bounds struct {
	cfg Config

	mu           sync.Mutex
	closed       bool
	all          int
	withoutLogin int
	byAddress    map[netip.Prefix]int // without a login
	handshakes   int                  // connections that are not WebSockets yet
	excused      map[net.Conn]bool    // those that are not to become any
}

func newBounds(cfg Config) *bounds {
	return &bounds{cfg: cfg, byAddress: map[netip.Prefix]int{}, excused: map[net.Conn]bool{}}
}

// enter counts a link without a login, or says why there is no room for it.
func (b *bounds) enter(address netip.Addr) (refusal string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	from := chat.Network(address)
	switch {
	case b.closed:
		return "the server shuts down"
	case b.all >= b.cfg.MaxConnections:
		return "the server is full"
	case b.withoutLogin >= b.cfg.MaxWithoutLogin:
		return "too many connections without a login"
	case b.byAddress[from] >= b.cfg.MaxPerAddress:
		return "too many connections without a login from this address"
	}
	b.all++
	b.withoutLogin++
	b.byAddress[from]++
	return ""
}

// login counts a link among those that have a login.
func (b *bounds) login(address netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.withoutLogin--
	b.subtract(chat.Network(address))
}

// logout counts a link among those without a login again, even past the limit: it is there.
func (b *bounds) logout(address netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.withoutLogin++
	b.byAddress[chat.Network(address)]++
}

// leave counts a link no more.
func (b *bounds) leave(address netip.Addr, withoutLogin bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all--
	if withoutLogin {
		b.withoutLogin--
		b.subtract(chat.Network(address))
	}
}

func (b *bounds) subtract(from netip.Prefix) {
	if b.byAddress[from]--; b.byAddress[from] <= 0 {
		delete(b.byAddress, from)
	}
}

// shut refuses every link from now on.
func (b *bounds) shut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

// ConnState bounds the connections that have not become links: as the hook of the
// http.Server it closes new ones while too many are in their handshakes.
func (s *Server) ConnState(conn net.Conn, state http.ConnState) {
	b := s.bounds
	b.mu.Lock()
	defer b.mu.Unlock()
	switch state {
	case http.StateNew:
		b.handshakes++
		if b.handshakes > b.cfg.MaxWithoutLogin {
			conn.Close() // the http.Server finds it closed, and reports it so
		}
	case http.StateHijacked, http.StateClosed:
		if !b.excused[conn] {
			b.handshakes--
		}
		delete(b.excused, conn)
	}
}

type connKey struct{}

// ConnContext makes connections known to Excuse: as the hook of the http.Server.
func (s *Server) ConnContext(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// Excuse says that a request was shown to be a player's and is for something else than a
// link. Its connection, which may be used for long, does not count among the handshakes.
func (s *Server) Excuse(r *http.Request) {
	conn, ok := r.Context().Value(connKey{}).(net.Conn)
	b := s.bounds
	b.mu.Lock()
	defer b.mu.Unlock()
	if ok && !b.excused[conn] {
		b.excused[conn] = true
		b.handshakes--
	}
}

// clientAddress returns where a request comes from, and whether a trusted proxy brought
// it. Only such a proxy's X-Forwarded-For is believed, and of it the last entry that is
// no trusted proxy itself: what stands before that one, the client may have made up.
func clientAddress(r *http.Request, trusted []netip.Prefix) (address netip.Addr, proxied bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	address = peer.Addr().Unmap()
	if !contains(trusted, address) {
		return address, false
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap()
		if !contains(trusted, address) {
			break
		}
	}
	return address, true
}

func contains(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(address) {
			return true
		}
	}
	return false
}
