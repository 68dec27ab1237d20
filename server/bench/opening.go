package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

// connect logs the n-th user in on a new link, from one of the user's installs of the game.
func (r *run) connect(n, install int) (*link, error) {
	l := &link{run: r, n: n, install: install}
	if err := l.login(); err != nil {
		l.cut()
		return nil, err
	}
	return l, nil
}

// login opens a session. A link that does not stand yet begins with it.
func (l *link) login() error {
	l.begin()
	return l.open(wire.CmdLogin, wire.Login{UserID: l.run.user(l.n), UserSig: l.run.tickets.of(l.n),
		Run: l.game, Attempt: l.attempt})
}

// resume takes a session up that another link had.
func (l *link) resume(s wire.Session) error {
	l.begin()
	return l.open(wire.CmdResume, wire.Resume{UserID: l.run.user(l.n), UserSig: l.run.tickets.of(l.n),
		SessionID: s.SessionID, Number: s.Number, Run: l.game, Attempt: l.attempt})
}

// The ids of a link's first requests, which are also their number.
const (
	helloID = 1
	firstID = 2
)

// open asks for a session. On a link that does not stand yet, hello and the request go with the
// handshake, or as frames if the server does not take them so.
func (l *link) open(cmd string, body any) error {
	if l.socket != nil {
		return l.call(cmd, body, &l.session)
	}
	hello, err := encode(helloID, wire.CmdHello, l.hello())
	if err != nil {
		return fmt.Errorf("encode a request: %w", err)
	}
	request, err := encode(firstID, cmd, body)
	if err != nil {
		return fmt.Errorf("encode a request: %w", err)
	}
	header := http.Header{}
	if !l.run.Frames {
		header.Set(wire.OpeningHeader, wire.Opening(hello, request))
	}
	taken, err := l.dial(header)
	if err != nil {
		return err
	}
	if !taken {
		return l.byFrames(cmd, body)
	}
	l.lastID = firstID
	if err := l.answered(helloID, &l.welcome); err != nil {
		return err
	}
	l.keepAlive()
	return l.answered(firstID, &l.session)
}

// dial opens the WebSocket, and says whether the server took what came with it.
func (l *link) dial(header http.Header) (taken bool, err error) {
	ctx, cancel := context.WithTimeout(l.run.ctx, l.run.Timeout)
	defer cancel()
	socket, response, err := l.run.dialer.DialContext(ctx, l.run.url(), header)
	if err != nil {
		if response != nil {
			why, _ := io.ReadAll(io.LimitReader(response.Body, 200))
			return false, &refusal{response.StatusCode, strings.TrimSpace(string(why))}
		}
		return false, err
	}
	l.socket = socket
	l.release = context.AfterFunc(l.run.ctx, func() { socket.Close() })
	return response.Header.Get(wire.OpeningTaken) == strconv.Itoa(firstID), nil
}

// byFrames says hello and asks for a session, one after the other.
func (l *link) byFrames(cmd string, body any) error {
	if err := l.call(wire.CmdHello, l.hello(), &l.welcome); err != nil {
		return err
	}
	l.keepAlive()
	return l.call(cmd, body, &l.session)
}

func (l *link) hello() wire.Hello {
	return wire.Hello{Protocol: wire.Version, AppID: l.run.AppID, SDKVersion: "bench", Platform: l.run.Platform,
		InstanceID: fmt.Sprintf("%s-%d", l.run.user(l.n), l.install), LoginWanted: true}
}

// keepAlive has the connection be probed as the server asks.
func (l *link) keepAlive() {
	if tcp, ok := l.socket.NetConn().(*net.TCPConn); ok && l.welcome.KeepaliveIdleMS > 0 {
		tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: milliseconds(l.welcome.KeepaliveIdleMS),
			Interval: milliseconds(l.welcome.KeepaliveEveryMS), Count: l.welcome.KeepaliveCount})
	}
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
