package gateway

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/wire"
)

// opening returns the requests that came with the one for a WebSocket: none, hello, or hello
// and a login or a resume.
func opening(r *http.Request) ([]wire.Request, error) {
	texts, err := wire.ReadOpening(r.Header.Get(wire.OpeningHeader))
	if err != nil {
		return nil, fmt.Errorf("the header %s: %w", wire.OpeningHeader, err)
	}
	var requests []wire.Request
	for _, text := range texts {
		request, err := parseRequest(text)
		if err != nil {
			return nil, fmt.Errorf("the header %s: %w", wire.OpeningHeader, err)
		}
		requests = append(requests, request)
	}
	if !opens(requests) {
		return nil, errors.New("the header " + wire.OpeningHeader + ": it brings hello, and then nothing or a login or a resume")
	}
	return requests, nil
}

func opens(requests []wire.Request) bool {
	switch len(requests) {
	case 0:
		return true
	case 1:
		return requests[0].Cmd == wire.CmdHello
	case 2:
		then := requests[1].Cmd
		return requests[0].Cmd == wire.CmdHello && (then == wire.CmdLogin || then == wire.CmdResume)
	}
	return false
}

// upgrade makes a WebSocket of a request. When so many requests came with it, the handshake's
// answer is returned: it is to go out with the first of theirs, which saves the client a wait
// and both sides a change of threads.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request, opening int) (*websocket.Conn, []byte, error) {
	if opening == 0 {
		socket, err := s.upgrader.Upgrade(w, r, nil)
		return socket, nil, err
	}
	held := &handshake{ResponseWriter: w}
	socket, err := s.upgrader.Upgrade(held, r, http.Header{wire.OpeningTaken: {strconv.Itoa(opening)}})
	if err != nil {
		return nil, nil, err
	}
	return socket, held.conn.take(), nil
}

// open has the link do the requests that came with it before any others.
func (l *link) open(first []wire.Request, handshake []byte) {
	if l.opening = first; len(first) > 0 {
		l.out.conn = l.out.conn.(*holdingConn).Conn
		l.out.hold(handshake, l.server.cfg.OpeningWait)
	}
}

// handshake is where an Upgrader writes to, whose answer is held.
type handshake struct {
	http.ResponseWriter
	conn *holdingConn
}

// Hijack is http.Hijacker's.
func (h *handshake) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	hijacker, ok := h.ResponseWriter.(http.Hijacker)
	if !ok {
		return nil, nil, http.ErrNotSupported
	}
	conn, buffered, err := hijacker.Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = &holdingConn{Conn: conn, held: new(bytes.Buffer)}
	return h.conn, buffered, nil
}

// holdingConn is a connection that keeps what is written until it is taken.
type holdingConn struct {
	net.Conn
	held *bytes.Buffer // nil: it was taken
}

func (c *holdingConn) Write(p []byte) (int, error) {
	if c.held != nil {
		return c.held.Write(p)
	}
	return c.Conn.Write(p)
}

func (c *holdingConn) take() []byte {
	held := c.held.Bytes()
	c.held = nil
	return held
}
