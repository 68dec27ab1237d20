package main

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

const (
	keepaliveIdle  = 5 * time.Second
	keepaliveEvery = 2 * time.Second
	keepaliveCount = 5
)

// link is one client's. One goroutine reads; another writes while something waits.
type link struct {
	hub    *hub
	socket *websocket.Conn
	user   string // of the hub's lock; "": not logged in
	out    outbox
}

func (l *link) serve() {
	for {
		request, err := l.read()
		if err != nil {
			break
		}
		l.do(request)
	}
	l.hub.leave(l)
	l.socket.Close()
}

// buffers are what frames are read into: a silent link has none.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (l *link) read() (request wire.Request, err error) {
	_, reader, err := l.socket.NextReader()
	if err != nil {
		return request, err
	}
	buffer := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(buffer)
	buffer.Reset()
	if _, err := buffer.ReadFrom(reader); err != nil {
		return request, err
	}
	return request, json.Unmarshal(buffer.Bytes(), &request)
}

func (l *link) do(request wire.Request) {
	switch request.Cmd {
	case wire.CmdHello:
		l.answer(request.ID, wire.Welcome{ServerTimeMS: time.Now().UnixMilli(), ReconnectSpreadMS: 1000, PingAfterMS: 60_000,
			PingTimeoutMS: 10_000, KeepaliveIdleMS: keepaliveIdle.Milliseconds(), KeepaliveEveryMS: keepaliveEvery.Milliseconds(),
			KeepaliveCount: keepaliveCount, MaxFrameBytes: wire.MaxFrame})
	case wire.CmdLogin:
		var login wire.Login
		l.parse(request, &login)
		l.hub.login(l, request.ID, login.UserID, newSessionID())
	case wire.CmdResume:
		var resume wire.Resume
		l.parse(request, &resume)
		l.hub.login(l, request.ID, resume.UserID, resume.SessionID)
	case wire.CmdPing:
		l.answer(request.ID, wire.Pong{ServerTimeMS: time.Now().UnixMilli()})
	case wire.CmdSendMessage:
		l.hub.message(l, request)
	case wire.CmdLogout:
		l.answer(request.ID, struct{}{})
		l.end(wire.CloseLoggedOut)
	default:
		l.refuse(request.ID, timerr.SDKInterfaceNotSupport)
	}
}

// parse reads a body. One that is malformed leaves out empty, which is no user's name.
func (l *link) parse(request wire.Request, out any) { _ = json.Unmarshal(request.Body, out) }

func (l *link) answer(id uint64, body any) {
	text, err := json.Marshal(body)
	if err == nil {
		text, err = json.Marshal(wire.Frame{ID: id, Body: text})
	}
	if err == nil {
		l.out.add(text)
	}
}

func (l *link) refuse(id uint64, code timerr.Code) {
	text, err := json.Marshal(wire.Frame{ID: id, Code: code, Desc: "the relay does not do this"})
	if err == nil {
		l.out.add(text)
	}
}

// kick tells the client that another one came, and ends the link.
func (l *link) kick() {
	text, _ := json.Marshal(wire.Kicked{Reason: wire.KickOtherDevice, Time: time.Now().Unix()})
	if text, err := json.Marshal(wire.Frame{Event: wire.EventKicked, Body: text}); err == nil {
		l.out.add(text)
	}
	l.end(wire.CloseKicked)
}

// end writes the link's last frames.
func (l *link) end(reason string) {
	text, _ := json.Marshal(wire.Closing{Reason: reason})
	text, _ = json.Marshal(wire.Frame{Event: wire.EventClosing, Body: text})
	l.out.seal(text)
}
