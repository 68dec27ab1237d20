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

// bounds counts links and the connections that become links, so that those who have shown
// no ticket cannot crowd out players.
type bounds struct {
	cfg Config

	mu         sync.Mutex
	closed     bool
	all        int
	links      *guests             // without a login
	handshakes *guests             // connections that are not WebSockets yet
	shaking    map[net.Conn]*guest // those that have not been hijacked or closed
}

func newBounds(cfg Config) *bounds {
	return &bounds{
		cfg:        cfg,
		links:      newGuests(cfg.MaxWithoutLogin, cfg.MaxPerAddress),
		handshakes: newGuests(cfg.MaxWithoutLogin, cfg.MaxWithoutLogin),
		shaking:    map[net.Conn]*guest{},
	}
}

// enter counts a link without a login, or says why there is no room for it.
func (b *bounds) enter(address netip.Addr) (link *guest, refusal string) {
	link, out, refusal := b.admit(address)
	if out != nil {
		out()
	}
	return link, refusal
}

func (b *bounds) admit(address netip.Addr) (link *guest, out func(), refusal string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return nil, nil, "the server shuts down"
	case b.all >= b.cfg.MaxConnections:
		return nil, nil, "the server is full"
	}
	link = &guest{from: chat.Network(address)}
	gone, refusal := b.links.add(link)
	if refusal != "" {
		return nil, nil, refusal
	}
	b.all++
	if gone != nil {
		out = gone.end
	}
	return link, out, ""
}

// stands says that a link that was counted is there, and how to end it; and whether it has
// had to make room meanwhile.
func (b *bounds) stands(link *guest, end func()) (gone bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	link.end = end
	return link.gone
}

// login counts a link among those that have a login.
func (b *bounds) login(link *guest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.links.remove(link)
}

// logout counts a link among those without a login again, even past the limit: it is there.
func (b *bounds) logout(link *guest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !link.gone {
		b.links.put(link)
	}
}

// leave counts a link no more.
func (b *bounds) leave(link *guest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all--
	b.links.remove(link)
}

// shut refuses every link from now on.
func (b *bounds) shut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}

// ConnState bounds the connections that have not become links: as the hook of the
// http.Server it closes some while too many are in their handshakes.
func (s *Server) ConnState(conn net.Conn, state http.ConnState) {
	b := s.bounds
	switch state {
	case http.StateNew:
		if _, before := conn.(*passed); before {
			return // it was new to a listener
		}
		if out := b.begin(conn); out != nil {
			s.meter.LinkRefused("too many handshakes")
			out() // whoever reads it finds it closed, and reports it so
		}
	case http.StateHijacked, http.StateClosed:
		b.mu.Lock()
		defer b.mu.Unlock()
		if one := b.shaking[conn]; one != nil {
			b.handshakes.remove(one)
			delete(b.shaking, conn)
		}
	}
}

// passed has a connection go by another name.
func (b *bounds) passed(conn, to net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if one := b.shaking[conn]; one != nil {
		delete(b.shaking, conn)
		b.shaking[to] = one
	}
}

// begin counts a connection, and returns how to end the one that there is no room for, if
// there is none.
func (b *bounds) begin(conn net.Conn) (out func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := &guest{from: b.network(conn), end: func() { cut(conn) }}
	gone, refusal := b.handshakes.add(one)
	switch {
	case refusal != "":
		return one.end
	case gone != nil:
		out = gone.end
	}
	b.shaking[conn] = one
	return out
}

// network is where a connection comes from, or invalid of a proxy that brings many.
func (b *bounds) network(conn net.Conn) netip.Prefix {
	peer, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil || contains(b.cfg.TrustedProxies, peer.Addr().Unmap()) {
		return netip.Prefix{}
	}
	return chat.Network(peer.Addr())
}

// cut closes a connection without TLS's last words, which could wait for the other side.
func cut(conn net.Conn) {
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	conn.Close()
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
	if one := b.shaking[conn]; ok && one != nil {
		b.handshakes.remove(one)
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
