package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
)

// patience bounds each wait of these tests. It is no expectation: nothing takes so long.
const patience = 20 * time.Second

// devServer is a running `banterd dev`.
type devServer struct {
	devReady
	t    testing.TB
	stop func() error // ends it, and returns what run returned
	log  *safeBuffer
}

// startDev runs `banterd dev` on a folder until the test ends or stop is called.
func startDev(t testing.TB, folder string, args ...string) *devServer {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	stdout, out := io.Pipe()
	log := &safeBuffer{}
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"dev", "--data", folder, "--log-level", "debug"}, args...), noEnv, nil, out, log)
		out.CloseWithError(err)
		ended <- err
	}()
	s := &devServer{t: t, log: log}
	s.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { assert.NoError(t, s.stop()) })
	require.NoError(t, json.NewDecoder(stdout).Decode(&s.devReady), log)
	return s
}

func noEnv(string) string { return "" }

// ticket makes a ticket that is good for so many seconds.
func (s *devServer) ticket(user string, expire int) string {
	return usersig.Sign(s.AppID, []byte(s.AppKey), user, time.Now(), time.Duration(expire)*time.Second, nil)
}

func (s *devServer) get(path string) string {
	s.t.Helper()
	response, err := http.Get(s.RestURL + path)
	require.NoError(s.t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	return string(body)
}

// client is a player's link, as raw frames.
type client struct {
	t      testing.TB
	socket *websocket.Conn
	id     uint64
	syncs  int // events that ask to catch up
}

func (s *devServer) dial() *client {
	s.t.Helper()
	socket, _, err := websocket.DefaultDialer.Dial(s.ServerURL+wire.Path, nil)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { socket.Close() })
	socket.SetReadDeadline(time.Now().Add(patience))
	return &client{t: s.t, socket: socket}
}

// connect dials and says hello, as a client of that platform and install.
func (s *devServer) connect(platform, instance string) *client {
	s.t.Helper()
	c := s.dial()
	answer := c.call(wire.CmdHello, wire.Hello{Protocol: wire.Version, AppID: s.AppID, SDKVersion: "test",
		Platform: platform, InstanceID: instance, LoginWanted: true})
	require.Zero(s.t, answer.Code, answer.Desc)
	return c
}

// online connects and logs in.
func (s *devServer) online(user, platform, instance string) (*client, wire.Session) {
	s.t.Helper()
	c := s.connect(platform, instance)
	return c, c.login(user, s.ticket(user, 3600))
}

// read returns the next frame, but for statuses, which come whenever they change, and what
// asks to catch up, which comes whenever a bus was away.
func (c *client) read() wire.Frame {
	c.t.Helper()
	for {
		switch frame := c.readAny(); frame.Event {
		case wire.EventUserStatus:
		case wire.EventSync:
			c.syncs++
		default:
			return frame
		}
	}
}

func (c *client) readAny() wire.Frame {
	c.t.Helper()
	var frame wire.Frame
	require.NoError(c.t, c.socket.ReadJSON(&frame))
	return frame
}

func (c *client) request(cmd string, body any) {
	c.t.Helper()
	c.id++
	text, err := json.Marshal(body)
	require.NoError(c.t, err)
	require.NoError(c.t, c.socket.WriteJSON(wire.Request{ID: c.id, Cmd: cmd, Body: text}))
}

// call sends a request and returns the next frame, which must be its answer.
func (c *client) call(cmd string, body any) wire.Frame {
	c.t.Helper()
	c.request(cmd, body)
	frame := c.read()
	require.Equal(c.t, c.id, frame.ID, "%+v", frame)
	return frame
}

func (c *client) login(user, sig string) wire.Session {
	c.t.Helper()
	return c.session(c.call(wire.CmdLogin, wire.Login{UserID: user, UserSig: sig}))
}

func (c *client) session(answer wire.Frame) wire.Session {
	c.t.Helper()
	require.Zero(c.t, answer.Code, answer.Desc)
	return body[wire.Session](c.t, answer)
}

// refused logs in, in vain.
func (c *client) refused(user, sig string) (timerr.Code, string) {
	c.t.Helper()
	answer := c.call(wire.CmdLogin, wire.Login{UserID: user, UserSig: sig})
	return answer.Code, answer.Desc
}

// expect reads an event.
func (c *client) expect(event string) wire.Frame {
	c.t.Helper()
	frame := c.read()
	require.Equal(c.t, event, frame.Event, "%+v", frame)
	return frame
}

// expectClosing reads the server's last frame and the end of the link.
func (c *client) expectClosing(reason string) wire.Closing {
	c.t.Helper()
	why := body[wire.Closing](c.t, c.expect(wire.EventClosing))
	assert.Equal(c.t, reason, why.Reason, why.Desc)
	_, _, err := c.socket.ReadMessage()
	require.True(c.t, websocket.IsCloseError(err, websocket.CloseNormalClosure), "%v", err)
	return why
}

// expectKicked reads a kick's frames and the end of the link.
func (c *client) expectKicked() wire.Kicked {
	c.t.Helper()
	notice := body[wire.Kicked](c.t, c.expect(wire.EventKicked))
	assert.False(c.t, c.expectClosing(wire.CloseKicked).Redial)
	return notice
}

// cut ends the link without a word, as a lost network does once it is noticed.
func (c *client) cut() { c.socket.NetConn().Close() }

func (c *client) resume(user, sig string, s wire.Session) wire.Frame {
	c.t.Helper()
	return c.call(wire.CmdResume, wire.Resume{UserID: user, UserSig: sig, SessionID: s.SessionID, Number: s.Number})
}

func body[T any](t testing.TB, frame wire.Frame) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(frame.Body, &v), "%+v", frame)
	return v
}

// safeBuffer is a bytes.Buffer for several goroutines.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func testFolder(t testing.TB) string { return filepath.Join(t.TempDir(), "dev") }

func lines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }
