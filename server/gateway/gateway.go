// Package gateway takes the clients' WebSocket links: frames in, calls of chat, frames
// out. Every link is bounded: in the size of its frames, in what waits to be written,
// and in how long it may stay without a hello and a login.
package gateway

import (
	"cmp"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// Config is a gateway's settings. What is zero takes the default.
type Config struct {
	MaxConnections  int // links at the same time; 20,000
	MaxWithoutLogin int // of them without a login; a tenth
	MaxPerAddress   int // of those from one address; 500
	TrustedProxies  []netip.Prefix

	RequestsPerSecond int // that are read of a link, once its user has logged in; 500

	HelloTimeout  time.Duration // for a connection to ask for a link, and from the link's start to its hello; 5 s
	LoginTimeout  time.Duration // from hello to the login; 60 s
	ExpiringAhead time.Duration // warning before a ticket expires; 60 s
	WriteTimeout  time.Duration // for what waits to be written; 10 s
	CloseTimeout  time.Duration // for the client to close its side; 3 s
	OpeningWait   time.Duration // at most, for the answer to a login that came with the link; 2 s
	MaxQueued     int           // bytes that wait to be written on one link; 4 MB
	MaxAside      int           // requests that wait for services beside the server, of all links; 256

	ReconnectSpread time.Duration // over which clients come back after a cut; 1 s
	Alone           bool          // no other server takes the clients while this one restarts
	PingAfter       time.Duration // of silence, a client pings; 60 s
	PingAfterProxy  time.Duration // the same behind a proxy, which hides keepalives; 10 s
	PingTimeout     time.Duration // after which a client gives the link up; 10 s

	// TCP keepalive, on both sides: silence before the first probe, time between probes, and
	// how many without an answer end the link; 5 s, 2 s and 5.
	KeepaliveIdle, KeepaliveEvery time.Duration
	KeepaliveCount                int
}

// Connections is how many links there may be at the same time.
func (c Config) Connections() int { return c.withDefaults().MaxConnections }

func (c Config) withDefaults() Config {
	c.MaxConnections = cmp.Or(c.MaxConnections, 20_000)
	c.MaxWithoutLogin = cmp.Or(c.MaxWithoutLogin, max(1, c.MaxConnections/10))
	c.MaxPerAddress = cmp.Or(c.MaxPerAddress, 500)
	c.RequestsPerSecond = cmp.Or(c.RequestsPerSecond, 500)
	c.HelloTimeout = cmp.Or(c.HelloTimeout, wire.HelloTimeout)
	c.LoginTimeout = cmp.Or(c.LoginTimeout, time.Minute)
	c.ExpiringAhead = cmp.Or(c.ExpiringAhead, time.Minute)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 10*time.Second)
	c.CloseTimeout = cmp.Or(c.CloseTimeout, 3*time.Second)
	c.OpeningWait = cmp.Or(c.OpeningWait, 2*time.Second)
	c.MaxQueued = cmp.Or(c.MaxQueued, 4<<20)
	c.MaxAside = cmp.Or(c.MaxAside, 256)
	c.ReconnectSpread = cmp.Or(c.ReconnectSpread, time.Second)
	c.PingAfter = cmp.Or(c.PingAfter, time.Minute)
	c.PingAfterProxy = cmp.Or(c.PingAfterProxy, 10*time.Second)
	c.PingTimeout = cmp.Or(c.PingTimeout, 10*time.Second)
	c.KeepaliveIdle = cmp.Or(c.KeepaliveIdle, 5*time.Second)
	c.KeepaliveEvery = cmp.Or(c.KeepaliveEvery, 2*time.Second)
	c.KeepaliveCount = cmp.Or(c.KeepaliveCount, 5)
	return c
}

// Meter counts what happens. Its methods may be called at the same time.
type Meter interface {
	LinkRefused(why string)   // before it was a WebSocket
	LinkClosed(reason string) // one of wire's Close reasons, or "lost"
	Panicked()
}

// Chat is what the gateway asks of the domain. *chat.Service is one.
type Chat interface {
	Login(peer chat.Peer, login wire.Login) (*chat.Attachment, wire.Session, error)
	Resume(peer chat.Peer, resume wire.Resume) (*chat.Attachment, wire.Session, error)
	Renew(a *chat.Attachment, login wire.Login) (wire.Session, error)
	Logout(a *chat.Attachment) error
	Expire(a *chat.Attachment) error
	LinkClosed(a *chat.Attachment, told bool)
	LinkLost(a *chat.Attachment, told bool)
	StatusChat
	MessageChat
	FileChat
	AssistChat
}

// Server takes links. It is the http.Handler of wire.Path.
type Server struct {
	cfg      Config
	chat     Chat
	meter    Meter
	log      *slog.Logger
	upgrader websocket.Upgrader
	bounds   *bounds
	aside    chan struct{} // has room for so many requests as wait for others
	crew     crew

	mu       sync.Mutex
	links    map[*link]struct{}
	draining bool
	running  sync.WaitGroup
}

// New returns a Server.
func New(cfg Config, domain Chat, meter Meter, log *slog.Logger) *Server {
	s := &Server{cfg: cfg.withDefaults(), chat: domain, meter: meter, log: log, links: map[*link]struct{}{}}
	s.bounds = newBounds(s.cfg)
	s.aside = make(chan struct{}, s.cfg.MaxAside)
	s.upgrader = websocket.Upgrader{
		HandshakeTimeout: 5 * time.Second,
		ReadBufferSize:   512,     // of each link for good; what is longer is read past it
		WriteBufferSize:  1 << 10, // for gorilla's own control frames only
		WriteBufferPool:  &sync.Pool{},
		// A page of any site may connect: a login takes a ticket, which a browser never
		// sends by itself as it does cookies, so there is nothing to forge.
		CheckOrigin: func(*http.Request) bool { return true },
	}
	return s
}

// Keepalive is what clients are told, and what the listener of their links is to have too.
func (s *Server) Keepalive() net.KeepAliveConfig {
	return net.KeepAliveConfig{
		Enable:   true,
		Idle:     s.cfg.KeepaliveIdle,
		Interval: s.cfg.KeepaliveEvery,
		Count:    s.cfg.KeepaliveCount,
	}
}

// Links returns how many links there are.
func (s *Server) Links() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.links)
}

// ServeHTTP makes a link of a WebSocket request. It returns when the link stands, so
// that nothing of HTTP is kept for it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l := s.link(w, r); l != nil {
		s.crew.run(l.serve)
	}
}

// link returns the link that a request makes, if it is one for a WebSocket and there is room for it.
func (s *Server) link(w http.ResponseWriter, r *http.Request) *link {
	first, err := opening(r)
	if err != nil {
		s.meter.LinkRefused("a bad opening")
		http.Error(w, err.Error(), http.StatusBadRequest)
		return nil
	}
	address, proxied := clientAddress(r, s.cfg.TrustedProxies)
	place, why := s.bounds.enter(address)
	if why != "" {
		s.meter.LinkRefused(why)
		http.Error(w, why, http.StatusServiceUnavailable)
		return nil
	}
	socket, handshake, err := s.upgrade(w, r, len(first))
	if err != nil { // and answered
		s.bounds.leave(place)
		s.meter.LinkRefused("no websocket")
		return nil
	}
	l := newLink(s, socket, address, proxied)
	l.place = place
	l.open(first, handshake)
	if !s.add(l) {
		s.bounds.leave(place)
		socket.Close()
		return nil
	}
	if s.bounds.stands(place, l.makeRoom) {
		l.makeRoom()
	}
	return l
}

// add makes the link one of those that Drain closes and waits for.
func (s *Server) add(l *link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.links[l] = struct{}{}
	s.running.Add(1)
	return true
}

func (s *Server) remove(l *link) {
	s.mu.Lock()
	delete(s.links, l)
	s.mu.Unlock()
	s.running.Done()
}

// guard runs f for a link. A panic costs that link only.
func (s *Server) guard(l *link, f func()) {
	defer func() {
		if r := recover(); r != nil {
			s.panicked("panic on a link", r)
			l.socket.Close()
		}
	}()
	f()
}

// panicked notes what was recovered.
func (s *Server) panicked(where string, r any) {
	s.meter.Panicked()
	s.log.Error(where, "panic", r, "stack", string(debug.Stack()))
}
