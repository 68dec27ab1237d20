package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// patience bounds each wait of these tests. It is no expectation: nothing takes so long.
const patience = 20 * time.Second

// domain is a Chat that lets everybody in, unless a test says otherwise.
type domain struct {
	login  func(peer chat.Peer, login wire.Login) error
	resume func(peer chat.Peer) error
	told   chan bool    // what LinkClosed or LinkLost said
	lost   atomic.Int32 // how often it was LinkLost
	peers  chan chat.Peer
	life   time.Duration // of a login's ticket

	refusal error // of every command about statuses and messages

	listening atomic.Int32
	sending   chan []wire.Message  // nil: nobody wants to see them
	mayKeep   chan struct{}        // nil: at once
	assisting chan context.Context // of translations that are slow

	mu   sync.Mutex
	ends []string
	did  [][]string // commands about statuses, and what they were about
	own  []wire.UserStatus
}

// For how long tickets are good.
const (
	firstFor   = time.Hour
	renewedFor = 3 * time.Hour
)

func newDomain() *domain {
	return &domain{told: make(chan bool, 100), peers: make(chan chat.Peer, 100), life: firstFor}
}

func sessionFor(life time.Duration) wire.Session {
	return wire.Session{SessionID: strings.Repeat("0", 32), Number: 1, ExpiresAt: time.Now().Add(life).Unix()}
}

func (d *domain) Login(peer chat.Peer, login wire.Login) (*chat.Attachment, wire.Session, error) {
	if d.login != nil {
		if err := d.login(peer, login); err != nil {
			return nil, wire.Session{}, err
		}
	}
	d.peers <- peer
	return &chat.Attachment{}, sessionFor(d.life), nil
}

func (d *domain) Resume(peer chat.Peer, _ wire.Resume) (*chat.Attachment, wire.Session, error) {
	if d.resume != nil {
		return nil, wire.Session{}, d.resume(peer)
	}
	return &chat.Attachment{}, sessionFor(d.life), nil
}

func (d *domain) Renew(*chat.Attachment, wire.Login) (wire.Session, error) {
	return sessionFor(renewedFor), nil
}

func (d *domain) Logout(*chat.Attachment) error { return d.ended("logout") }
func (d *domain) Expire(*chat.Attachment) error { return d.ended("expiry") }

func (d *domain) ended(how string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ends = append(d.ends, how)
	return nil
}

func (d *domain) LinkLost(_ *chat.Attachment, told bool) {
	d.lost.Add(1)
	d.told <- told
}

func (d *domain) LinkClosed(_ *chat.Attachment, told bool) { d.told <- told }

// meter hands on what is counted.
type meter struct {
	closed  chan string
	refused chan string
	panics  chan struct{}
}

func (m meter) LinkRefused(why string)   { m.refused <- why }
func (m meter) LinkClosed(reason string) { m.closed <- reason }
func (m meter) Panicked()                { m.panics <- struct{}{} }

// harness is a gateway that a test can dial.
type harness struct {
	*Server
	t     *testing.T
	http  *httptest.Server
	meter meter
}

func start(t *testing.T, d *domain, cfg Config) *harness {
	t.Helper()
	m := meter{make(chan string, 1000), make(chan string, 1000), make(chan struct{}, 10)}
	if cfg.CloseTimeout == 0 {
		cfg.CloseTimeout = 50 * time.Millisecond
	}
	s := New(cfg, d, m, slog.New(slog.DiscardHandler))
	server := httptest.NewUnstartedServer(s)
	server.Config.ConnState = s.ConnState
	server.Listener = s.Listener(server.Listener)
	server.Start()
	t.Cleanup(server.Close)
	return &harness{Server: s, t: t, http: server, meter: m}
}

type client struct {
	*websocket.Conn
	t *testing.T
}

// try dials, and returns the status of a refusal.
func (h *harness) try(header http.Header) (*client, int) {
	h.t.Helper()
	socket, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.http.URL, "http"), header)
	if err != nil {
		require.NotNil(h.t, response, "%v", err)
		return nil, response.StatusCode
	}
	h.t.Cleanup(func() { socket.Close() })
	socket.SetReadDeadline(time.Now().Add(patience))
	return &client{socket, h.t}, 0
}

func (h *harness) dial() *client {
	h.t.Helper()
	c, status := h.try(nil)
	require.Zero(h.t, status)
	return c
}

var goodHello = wire.Hello{Protocol: wire.Version, AppID: 7, SDKVersion: "1", Platform: "linux", InstanceID: "i"}

// greeted dials and says hello.
func (h *harness) greeted() *client {
	h.t.Helper()
	c := h.dial()
	require.Zero(h.t, c.call(wire.CmdHello, goodHello).Code)
	return c
}

// online dials, says hello and logs in.
func (h *harness) online() *client {
	h.t.Helper()
	c := h.greeted()
	require.Zero(h.t, c.call(wire.CmdLogin, wire.Login{UserID: "ann"}).Code)
	return c
}

func (c *client) send(text string) {
	c.t.Helper()
	require.NoError(c.t, c.WriteMessage(websocket.TextMessage, []byte(text)))
}

func (c *client) read() wire.Frame {
	c.t.Helper()
	var frame wire.Frame
	require.NoError(c.t, c.ReadJSON(&frame))
	return frame
}

func (c *client) request(cmd string, body any) {
	c.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(c.t, err)
	require.NoError(c.t, c.WriteJSON(wire.Request{ID: 1, Cmd: cmd, Body: text}))
}

func (c *client) call(cmd string, body any) wire.Frame {
	c.t.Helper()
	c.request(cmd, body)
	frame := c.read()
	require.EqualValues(c.t, 1, frame.ID, "%+v", frame)
	return frame
}

// closing reads the server's last frames, and checks the reason that they give.
func (c *client) closing(reason string) wire.Closing {
	c.t.Helper()
	frame := c.read()
	require.Equal(c.t, wire.EventClosing, frame.Event, "%+v", frame)
	why := decode[wire.Closing](c.t, frame)
	assert.Equal(c.t, reason, why.Reason, why.Desc)
	_, _, err := c.ReadMessage()
	require.True(c.t, websocket.IsCloseError(err, websocket.CloseNormalClosure), "%v", err)
	return why
}

func decode[T any](t *testing.T, frame wire.Frame) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(frame.Body, &v))
	return v
}

// await returns what comes out of a channel.
func await[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

var errRefused = timerr.Newf(timerr.SvrAccountUserSigExpired, "expired")
