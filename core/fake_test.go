package core

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// fakeGame writes down what it is told, and what it asked.
type fakeGame struct {
	mu    sync.Mutex
	heard []string
	state State
	lines []string

	settled      []Status // at each Settled
	heardSettled int      // how much had been heard at the last
	panic        bool     // in NetworkStatus, once
	full         bool     // for statuses, messages and conversations
	chats        bool     // writes down what comes of conversations too
}

func (g *fakeGame) hear(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.heard = append(g.heard, fmt.Sprintf(format, args...))
}

// since returns what was heard since the last call.
func (g *fakeGame) since() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	heard := g.heard
	g.heard = nil
	return heard
}

func (g *fakeGame) now() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}

func (g *fakeGame) NetworkStatus(status NetworkStatus, code timerr.Code, _ string) {
	g.hear("%s %d", status, code)
	if g.panic {
		g.panic = false
		panic("the game's own")
	}
}
func (g *fakeGame) KickedOffline()                    { g.hear("kicked, status %d", g.now().Status) }
func (g *fakeGame) UserSigExpired()                   { g.hear("expired, status %d", g.now().Status) }
func (g *fakeGame) ExperimentalNotify(k, data string) { g.hear("%s %s", k, data) }

func (g *fakeGame) UserStatusChanged(statuses string) bool {
	return g.hearIfRoom("statuses %s", statuses)
}

// hearIfRoom is hear for what the game may have no room for.
func (g *fakeGame) hearIfRoom(format string, args ...any) bool {
	g.mu.Lock()
	full := g.full
	g.mu.Unlock()
	if !full {
		g.hear(format, args...)
	}
	return !full
}

func (g *fakeGame) Log(_ int, text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lines = append(g.lines, text)
}

// Settled checks that it comes when there is something to settle.
func (g *fakeGame) Settled() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.settled = append(g.settled, g.state.Status)
	g.heardSettled = len(g.heard)
}

func (g *fakeGame) Publish(s State) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = s
}

// done is a Done that writes its answer down, with the status that holds then.
func (g *fakeGame) done(call string) Done {
	return func(err error, json string) {
		g.hear("%s: %d %s, status %d", call, timerr.CodeOf(err), json, g.now().Status)
	}
}

// fakeServer answers the links that are dialled to it.
type fakeServer struct {
	mu     sync.Mutex
	down   error // of every dial
	dials  int
	link   *fakeLink // the newest
	got    []string  // commands, by name
	answer func(*fakeLink, wire.Request)
}

// good answers as a server does that accepts everything.
func good(l *fakeLink, r wire.Request) {
	switch r.Cmd {
	case wire.CmdLogin, wire.CmdResume:
		l.answer(r, wire.Session{SessionID: "5e55", Number: 7, ServerTimeMS: time.Now().UnixMilli()})
	default:
		l.answer(r, map[string]string{"did": r.Cmd})
	}
}

func (s *fakeServer) dial(_ context.Context, _ transport.Target, opening transport.Opening) (Link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials++
	if s.down != nil {
		return nil, s.down
	}
	s.link = &fakeLink{server: s, frames: make(chan wire.Frame, 100), ended: make(chan error, 10), id: transport.FirstID}
	if opening.Cmd != "" {
		s.link.take(wire.Request{ID: transport.FirstID, Cmd: opening.Cmd, Body: opening.Body})
	}
	return s.link, nil
}

// set changes how the server behaves.
func (s *fakeServer) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *fakeServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

// since returns the commands that came since the last call.
func (s *fakeServer) since() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.got
	s.got = nil
	return got
}

type fakeLink struct {
	server *fakeServer
	frames chan wire.Frame
	ended  chan error
	id     uint64
}

func (l *fakeLink) Welcome() wire.Welcome {
	return wire.Welcome{ServerTimeMS: time.Now().Add(time.Hour).UnixMilli(), ReconnectSpreadMS: 1000}
}

func (l *fakeLink) Send(cmd string, body json.RawMessage) (uint64, error) {
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	l.id++
	l.take(wire.Request{ID: l.id, Cmd: cmd, Body: body})
	return l.id, nil
}

// take is called under the server's lock.
func (l *fakeLink) take(r wire.Request) {
	if r.Cmd != wire.CmdGetConversations && r.Cmd != wire.CmdGetConversation { // which come by themselves
		l.server.got = append(l.server.got, r.Cmd)
	}
	if l.server.answer != nil {
		l.server.answer(l, r)
	}
}

func (l *fakeLink) Serve(on transport.Events) error {
	for {
		select {
		case f := <-l.frames:
			on.Frame(f)
		case err := <-l.ended:
			return err
		}
	}
}

func (l *fakeLink) Close() { l.cut(timerr.New(timerr.SDKNetDisconnect)) }

func (l *fakeLink) cut(err error) {
	select {
	case l.ended <- err:
	default:
	}
}

func (l *fakeLink) answer(r wire.Request, body any) {
	data, _ := json.Marshal(body)
	l.frames <- wire.Frame{ID: r.ID, Body: data}
}

func (l *fakeLink) refuse(r wire.Request, code timerr.Code) {
	l.frames <- wire.Frame{ID: r.ID, Code: code, Desc: "refused"}
}

func (l *fakeLink) event(name string, body any) {
	data, _ := json.Marshal(body)
	l.frames <- wire.Frame{Event: name, Body: data}
}

// newClient starts a client of server.
func newClient(t *testing.T, server *fakeServer, game *fakeGame) *Client {
	c, err := New(Options{AppID: 1, SDKVersion: "8.6.1", ServerURLEnv: "wss://server.example", Settings: NewSettings(NewLogFiles()), Dialer: server.dial}, game)
	require.NoError(t, err)
	return c
}
