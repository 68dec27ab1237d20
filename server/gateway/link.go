package gateway

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// link is one client's connection. One goroutine reads its frames and does what they
// ask, one after the other; another writes while there is something to write.
type link struct {
	server  *Server
	socket  *websocket.Conn
	address netip.Addr
	proxied bool
	place   *guest
	out     outbox
	clock   clock

	// Of the reading goroutine alone.
	opening  []wire.Request // that came with the link and are not done yet
	greeted  bool           // hello was answered well
	peer     chat.Peer
	user     string // who is logged in, when admitted
	admitted bool   // counted among the links that have a login
	pace     pace
	sends    *sends // nil: it has sent nothing
	aside    *aside // nil: it has asked for nothing that takes long

	mu       sync.Mutex
	held     *chat.Attachment // the session, also one that has ended here
	expires  time.Time        // of its ticket: the last second in which it is good
	handling bool             // a request is being done
	later    []func()         // when it is done
	reason   string           // why the link was closed, when it was
}

func newLink(s *Server, socket *websocket.Conn, address netip.Addr, proxied bool) *link {
	l := &link{server: s, socket: socket, address: address, proxied: proxied, pace: newPace(s.cfg.RequestsPerSecond)}
	l.out = outbox{conn: socket.NetConn(), timeout: s.cfg.WriteTimeout, linger: s.cfg.CloseTimeout, max: s.cfg.MaxQueued}
	socket.SetPingHandler(func(data string) error {
		l.send(frameOf(pongFrame, []byte(data)))
		return nil
	})
	socket.SetCloseHandler(func(code int, _ string) error {
		if !l.out.isSealed() { // else our close frame is on its way
			socket.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(hurry))
		}
		return nil
	})
	return l
}

// serve runs the link until it has ended, and tells the domain. Once its user has logged in, a
// goroutine of the link's own goes on: a login goes deep, and a stack that it has grown to 8 KB
// would stay so large for as long as the link is silent.
func (l *link) serve() {
	l.clock.start(awaitHello, time.Now().Add(l.server.cfg.HelloTimeout), l.ring)
	l.readOn(l.ended)
}

// readOn reads until the link has ended, or its user has logged in.
func (l *link) readOn(ended func(error)) {
	var err error
	l.server.guard(l, func() { err = l.read() })
	if errors.Is(err, errLoggedIn) {
		go l.readOn(l.endedDeep)
		return
	}
	ended(err)
}

// endedDeep is ended, which goes deep as well.
func (l *link) endedDeep(err error) { l.server.crew.run(func() { l.ended(err) }) }

// errLoggedIn says that the link goes on with a user.
var errLoggedIn = errors.New("a user has logged in")

// ended tells the domain, after the last frame was read.
func (l *link) ended(err error) {
	l.clock.stop()
	l.aside.end()
	l.sends.wait() // what was taken is done, though its answers may not arrive
	flushed := l.out.close()
	held, reason := l.last()
	if held != nil {
		end := l.server.chat.LinkClosed
		if reason != lost || timedOut(err) {
			end = l.server.chat.LinkLost
		}
		l.server.guard(l, func() { end(held, flushed && peerClosed(err)) })
	}
	l.server.bounds.leave(l.place)
	l.server.meter.LinkClosed(reason)
	l.server.remove(l)
}

// lost is why a link ended that the server did not close.
const lost = "lost"

func (l *link) last() (held *chat.Attachment, reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reason == "" {
		return l.held, lost
	}
	return l.held, l.reason
}

// peerClosed says whether the client itself ended the link, so that it has read what
// was written before, or is no more. A link that times out or breaks tells nothing.
func peerClosed(err error) bool {
	var closed *websocket.CloseError
	return errors.As(err, &closed) || errors.Is(err, io.EOF)
}

// timedOut says whether the network gave the client up. It may still be there, and come
// back.
func timedOut(err error) bool {
	var failed net.Error
	return errors.As(err, &failed) && failed.Timeout()
}

// read does what the client's frames ask until the link ends, or its user has logged in.
func (l *link) read() error {
	for admitted := l.admitted; ; {
		request, bad, err := l.next()
		switch {
		case err != nil:
			return err
		case l.out.isSealed(): // the client is told that the link is over: only its end counts
		case bad != nil:
			l.breach(bad.Error())
		default:
			l.do(request)
		}
		if l.admitted && !admitted {
			return errLoggedIn
		}
		if wait := l.pace.wait(time.Now()); wait > 0 {
			time.Sleep(wait)
		}
	}
}

// next returns the client's next request: those that came with the link are the first.
func (l *link) next() (request wire.Request, frame, link error) {
	switch len(l.opening) {
	case 0:
		return readRequest(l.socket, l.limit())
	case 1:
		request, l.opening = l.opening[0], nil // nothing is kept of a ticket
	default:
		request, l.opening = l.opening[0], l.opening[1:]
	}
	return request, nil, nil
}

func (l *link) limit() int {
	if l.admitted {
		return wire.MaxFrame
	}
	return wire.MaxFrameBeforeLogin
}

// do handles a request, and then what had to wait for its end.
func (l *link) do(request wire.Request) {
	l.mu.Lock()
	l.handling = true
	l.mu.Unlock()
	l.handle(request)
	l.mu.Lock()
	later := l.later
	l.handling, l.later = false, nil
	l.mu.Unlock()
	for _, f := range later {
		f()
	}
}

// whenIdle runs f: at once, or, while a request is being done, after it.
func (l *link) whenIdle(f func()) {
	l.mu.Lock()
	if l.handling {
		l.later = append(l.later, f)
		l.mu.Unlock()
		return
	}
	l.mu.Unlock()
	f()
}

// ring is the clock's.
func (l *link) ring() {
	l.whenIdle(func() { l.server.guard(l, l.timeUp) })
}

func (l *link) timeUp() {
	p, due := l.clock.rung()
	if !due || l.out.isSealed() {
		return
	}
	switch p {
	case awaitHello:
		l.Close(wire.Closing{Reason: wire.CloseIdle, Desc: "no hello came in time"})
	case awaitLogin:
		l.Close(wire.Closing{Reason: wire.CloseIdle, Desc: "no login came in time"})
	case awaitWarning:
		l.warn()
	case awaitExpiry:
		l.expire()
	}
}

// warn says that the ticket expires before long.
func (l *link) warn() {
	_, expires := l.session()
	left := max(0, expires.Unix()-time.Now().Unix())
	l.send(encode(wire.Frame{Event: wire.EventExpiring, Body: bodyOf(wire.Expiring{ExpiresIn: left})}))
	l.clock.set(awaitExpiry, expires.Add(time.Second))
}

// expire ends the session in the first second in which its ticket is not good.
func (l *link) expire() {
	held, _ := l.session()
	l.server.chat.Expire(held) // it logs what fails; the client hears the same
	l.finish(wire.Closing{Reason: wire.CloseExpired, Desc: "the ticket has expired"},
		encode(wire.Frame{Event: wire.EventUserSigExpired}))
}

func (l *link) session() (*chat.Attachment, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held, l.expires
}

// Kick gives the client the notice, and closes the link.
func (l *link) Kick(notice wire.Kicked) {
	l.finish(wire.Closing{Reason: wire.CloseKicked}, kickedFrame(notice))
}

func kickedFrame(notice wire.Kicked) []byte {
	return encode(wire.Frame{Event: wire.EventKicked, Body: bodyOf(notice)})
}

// Close tells the client why, and closes the link.
func (l *link) Close(why wire.Closing) { l.finish(why) }

// makeRoom closes the link of a client that has not logged in, for one of another network.
func (l *link) makeRoom() {
	l.Close(wire.Closing{Reason: wire.CloseFull, Desc: "others need the room", Redial: true, AfterMS: 1000})
}

// closeWhenIdle is Close, after the request that is being done was answered.
func (l *link) closeWhenIdle(why wire.Closing) { l.whenIdle(func() { l.Close(why) }) }

// breach closes the link of a client that breaks the protocol.
func (l *link) breach(desc string) {
	l.Close(wire.Closing{Reason: wire.CloseProtocol, Desc: desc, Redial: true, AfterMS: 1000})
}

// send queues a frame, encoded by encode or frameOf.
func (l *link) send(frame []byte) {
	if l.out.add(frame) {
		return
	}
	slow := wire.Closing{Reason: wire.CloseSlow, Desc: "the client reads too slowly", Redial: true}
	l.end(slow.Reason, func() bool { return l.out.sealSlow(closingFrames(slow)...) })
}

// sendNow is send, of an answer to a client that has nothing else to wait for.
func (l *link) sendNow(frame []byte) {
	if !l.out.addNow(frame) {
		l.send(frame)
	}
}

// finish sends the link's last frames, unless they were sent before.
func (l *link) finish(why wire.Closing, before ...[]byte) {
	l.end(why.Reason, func() bool { return l.out.seal(append(before, closingFrames(why)...)...) })
}

// end notes why the link was closed, if seal was the first to do so. Whoever asks once the
// client has answered to seal's frames is told the reason: hence the one lock around both.
func (l *link) end(reason string, seal func() (first bool)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seal() {
		l.reason = reason
	}
}

// closingFrames returns the event that ends a link, and the WebSocket's own.
func closingFrames(why wire.Closing) [][]byte {
	return [][]byte{
		encode(wire.Frame{Event: wire.EventClosing, Body: bodyOf(why)}),
		frameOf(closeFrame, websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")),
	}
}
