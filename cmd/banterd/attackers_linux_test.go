package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/wire"
)

// attackers come from an address of their own and do to a server what no client of ours
// does, again and again, until their context ends. All addresses of 127.0.0.0/8 are this machine.
type attackers struct {
	server *devServer
	from   string
	wait   time.Duration // between two tries of each of them; 0: as fast as it goes

	running sync.WaitGroup
	tries   atomic.Int64
}

// start has so many of them do the same.
func (a *attackers) start(ctx context.Context, count int, do func(context.Context) error) {
	for range count {
		a.running.Go(func() {
			for ctx.Err() == nil {
				err := do(ctx)
				a.tries.Add(1)
				pause := a.wait
				if err != nil {
					pause += time.Millisecond // else the refused would only heat this machine
				}
				select {
				case <-ctx.Done():
				case <-time.After(pause):
				}
			}
		})
	}
}

func (a *attackers) address() string { return strings.TrimPrefix(a.server.ServerURL, "ws://") }

// dial opens a connection, which is closed when the attack is over.
func (a *attackers) dial(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(a.from)}, Timeout: patience}
	conn, err := dialer.DialContext(ctx, "tcp", a.address())
	if err == nil {
		conn.(*net.TCPConn).SetLinger(0) // or this machine would run out of ports
		context.AfterFunc(ctx, func() { conn.Close() })
	}
	return conn, err
}

// link makes a link, and says hello on it.
func (a *attackers) link(ctx context.Context, instance string) (*websocket.Conn, error) {
	dialer := websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return a.dial(ctx) }}
	socket, response, err := dialer.DialContext(ctx, a.server.ServerURL+wire.Path, nil)
	if err != nil {
		if response != nil {
			response.Body.Close()
		}
		return nil, err
	}
	context.AfterFunc(ctx, func() { socket.Close() })
	_, err = exchange(socket, 1, wire.CmdHello, wire.Hello{Protocol: wire.Version, AppID: a.server.AppID, SDKVersion: "x",
		Platform: "linux", InstanceID: instance, LoginWanted: true})
	if err != nil {
		socket.Close()
	}
	return socket, err
}

// exchange sends a request, and returns its answer.
func exchange(socket *websocket.Conn, id uint64, cmd string, body any) (wire.Frame, error) {
	text, err := json.Marshal(body)
	if err == nil {
		err = socket.WriteJSON(wire.Request{ID: id, Cmd: cmd, Body: text})
	}
	frame := wire.Frame{}
	for err == nil && frame.ID != id {
		frame = wire.Frame{}
		err = socket.ReadJSON(&frame)
	}
	return frame, err
}

// silent connects, and says nothing until it is closed.
func (a *attackers) silent(ctx context.Context) error {
	conn, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	io.Copy(io.Discard, conn)
	return nil
}

// slowHeader says its request a byte at a time.
func (a *attackers) slowHeader(ctx context.Context) error {
	conn, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	text := "GET /ws HTTP/1.1\r\nHost: a\r\nX-Slow: " + strings.Repeat("a", 1000)
	for i := range len(text) {
		if _, err := conn.Write([]byte{text[i]}); err != nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

// noLogin makes a link, says hello and stays, without a login.
func (a *attackers) noLogin(ctx context.Context) error {
	socket, err := a.link(ctx, "1")
	if err != nil {
		return err
	}
	defer socket.Close()
	for err == nil {
		_, _, err = socket.ReadMessage()
	}
	return nil
}

// guess tries tickets of ann, one after the other.
func (a *attackers) guess(ctx context.Context) error {
	socket, err := a.link(ctx, "1")
	if err != nil {
		return err
	}
	defer socket.Close()
	for id := uint64(2); ; id++ {
		sig := a.server.ticket("ann", 3600)
		if id%2 == 0 {
			sig = "guess" + sig
		} else {
			sig = sig[:len(sig)-12] + "abcdefghijk_"
		}
		answer, err := exchange(socket, id, wire.CmdLogin, wire.Login{UserID: "ann", UserSig: sig})
		if err != nil {
			return err
		}
		if answer.Code == 0 {
			panic("a guess was right")
		}
		a.tries.Add(1)
		time.Sleep(a.wait)
	}
}

// as logs a user in, does what it is told, and comes back.
func (a *attackers) as(user string, do func(*websocket.Conn) error) func(context.Context) error {
	return func(ctx context.Context) error {
		socket, err := a.link(ctx, user)
		if err != nil {
			return err
		}
		defer socket.Close()
		answer, err := exchange(socket, 2, wire.CmdLogin, wire.Login{UserID: user, UserSig: a.server.ticket(user, 3600)})
		if err == nil && answer.Code != 0 {
			err = fmt.Errorf("%d %s", answer.Code, answer.Desc)
		}
		if err == nil && do != nil {
			err = do(socket)
		}
		return err
	}
}

// flood writes a request as fast as it can, and reads the answers or does not.
func (a *attackers) flood(cmd string, reads bool, body func(n int) any) func(*websocket.Conn) error {
	return func(socket *websocket.Conn) error {
		if reads {
			go func() {
				for {
					if _, _, err := socket.ReadMessage(); err != nil {
						return
					}
				}
			}()
		}
		for n := 3; ; n++ {
			text, err := json.Marshal(body(n))
			if err == nil {
				err = socket.WriteJSON(wire.Request{ID: uint64(n), Cmd: cmd, Body: text})
			}
			if err != nil {
				return err
			}
			a.tries.Add(1)
			time.Sleep(a.wait)
		}
	}
}

// pings floods with the WebSocket's own pings, and reads no pong.
func (a *attackers) pings(ctx context.Context) error {
	socket, err := a.link(ctx, "1")
	if err != nil {
		return err
	}
	defer socket.Close()
	for {
		if err := socket.WriteControl(websocket.PingMessage, make([]byte, 125), time.Now().Add(patience)); err != nil {
			return err
		}
		a.tries.Add(1)
	}
}

// files asks for what needs a token, without one, with a body that never ends.
func (a *attackers) files(ctx context.Context) error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return a.dial(ctx) }}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+a.address()+wire.FilesPath, endless{})
	if err != nil {
		return err
	}
	request.Header.Set("Tus-Resumable", "1.0.0")
	request.Header.Set("Authorization", "Bearer guess")
	response, err := client.Do(request)
	if err == nil {
		response.Body.Close()
	}
	return err
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
