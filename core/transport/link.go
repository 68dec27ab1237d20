package transport

import (
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

const (
	outboxBytes  = 4 << 20          // what may wait to be written
	writeTimeout = 15 * time.Second // for one frame
	closeTimeout = time.Second      // for all that waits when the link is closed
)

// ErrFull says that the outbox is full: Events.Drained tells when there is room again.
var ErrFull = errors.New("transport: the outbox is full")

// Events are what Serve tells of a link. They may block: then reading, or for Drained
// writing, waits.
type Events struct {
	Frame   func(wire.Frame)         // an answer, or an event
	Clock   func(serverTimeMS int64) // the server's clock, as a pong brought it
	Drained func()                   // there is room again after ErrFull
}

// Link is a WebSocket over which hello has been said and answered. Sending never blocks.
type Link struct {
	conn    *websocket.Conn
	welcome wire.Welcome
	spawn   func(func())
	begun   time.Time
	heard   atomic.Int64  // when the last frame came, in nanoseconds since begun
	wake    chan struct{} // there is something to write, or the link is closing
	written chan struct{} // closed when the writer has ended
	early   []wire.Frame  // that came before the answer to hello

	mu      sync.Mutex
	outbox  [][]byte
	queued  int // bytes in outbox
	full    bool
	nextID  uint64
	pings   map[uint64]struct{} // not answered yet
	closing bool
	cause   error // why the link ended, when this side knows
}

func newLink(conn *websocket.Conn, welcome wire.Welcome, spawn func(func())) *Link {
	return &Link{
		conn:    conn,
		welcome: welcome,
		spawn:   spawn,
		begun:   time.Now(),
		wake:    make(chan struct{}, 1),
		written: make(chan struct{}),
		nextID:  helloID + 1,
		pings:   map[uint64]struct{}{},
	}
}

// Welcome is the server's answer to hello, with settings that are within reason.
func (l *Link) Welcome() wire.Welcome { return l.welcome }

// Send queues a request and returns the id that its answer will bear. The error is
// ErrFull, or of code 9522 for a frame that the server would not take, or 9508 after Close.
// The link's own commands are few and small, and never find the outbox full.
func (l *Link) Send(cmd string, body json.RawMessage) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.send(cmd, body)
}

func (l *Link) send(cmd string, body json.RawMessage) (uint64, error) {
	if l.closing {
		return 0, timerr.New(timerr.SDKNetDisconnect)
	}
	frame, err := encode(wire.Request{ID: l.nextID, Cmd: cmd, Body: body})
	if err != nil {
		return 0, timerr.Wrap(timerr.InvalidJSON, err)
	}
	if len(frame) > l.welcome.MaxFrameBytes {
		return 0, timerr.New(timerr.SDKNetPkgSizeLimit)
	}
	if l.queued > 0 && l.queued+len(frame) > outboxBytes && !ownCommand(cmd) {
		l.full = true
		return 0, ErrFull
	}
	id := l.nextID
	l.nextID++
	l.outbox = append(l.outbox, frame)
	l.queued += len(frame)
	l.signal()
	return id, nil
}

func ownCommand(cmd string) bool {
	switch cmd {
	case wire.CmdLogin, wire.CmdResume, wire.CmdLogout, wire.CmdPing:
		return true
	}
	return false
}

// Close ends the link: what waits is written within a second, then the WebSocket is
// closed. It does not wait for that.
func (l *Link) Close() { l.end(nil) }

// end closes the link because of cause; the first cause stands.
func (l *Link) end(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return
	}
	l.closing, l.cause = true, cause
	// The writer may stand in a write that would take longer.
	l.conn.NetConn().SetWriteDeadline(time.Now().Add(closeTimeout))
	l.signal()
}

func (l *Link) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Serve reads the link until it ends, tells events of it, and returns why it ended. When
// it returns, the connection is closed and nothing more is told. It must be called once for
// every link, also for one that was closed meanwhile.
func (l *Link) Serve(events Events) error {
	l.spawn(func() { l.write(events.Drained) })
	err := l.read(events)
	l.end(err)
	<-l.written
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause == nil {
		return timerr.Newf(timerr.SDKNetDisconnect, "the link was closed")
	}
	return linkError(l.cause)
}

func (l *Link) read(events Events) error {
	for _, frame := range l.early {
		events.Frame(frame)
	}
	l.early = nil
	for {
		frame, err := readFrame(l.conn)
		if err != nil {
			return err
		}
		l.heard.Store(int64(time.Since(l.begun))) // monotonic: a step of the clock is not silence
		if !l.isPong(frame.ID) {
			events.Frame(frame)
			continue
		}
		var pong wire.Pong
		if json.Unmarshal(frame.Body, &pong) == nil && pong.ServerTimeMS > 0 {
			events.Clock(pong.ServerTimeMS)
		}
	}
}

func (l *Link) isPong(id uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.pings[id]
	delete(l.pings, id)
	return ok
}
