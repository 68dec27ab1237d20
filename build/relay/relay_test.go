package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// patience bounds each wait of these tests. It is no expectation: nothing takes so long.
const patience = 20 * time.Second

type client struct {
	*testing.T
	socket *websocket.Conn
	id     uint64
}

func newHub(t *testing.T, file string) (*hub, string) {
	h := &hub{users: map[string]*link{}, pairs: map[pair]uint64{}}
	if file != "" {
		var err error
		h.log, err = openLog(file)
		require.NoError(t, err)
		t.Cleanup(h.log.close)
	}
	server := httptest.NewServer(h.handler())
	t.Cleanup(server.Close)
	return h, "ws" + strings.TrimPrefix(server.URL, "http") + wire.Path
}

func dial(t *testing.T, url string) *client {
	socket, _, err := websocket.DefaultDialer.Dial(url, nil)
	require.NoError(t, err)
	t.Cleanup(func() { socket.Close() })
	socket.SetReadDeadline(time.Now().Add(patience))
	return &client{T: t, socket: socket}
}

func (c *client) read() wire.Frame {
	c.Helper()
	var frame wire.Frame
	require.NoError(c, c.socket.ReadJSON(&frame))
	return frame
}

func (c *client) call(cmd string, body any) wire.Frame {
	c.Helper()
	c.id++
	text, err := json.Marshal(body)
	require.NoError(c, err)
	require.NoError(c, c.socket.WriteJSON(wire.Request{ID: c.id, Cmd: cmd, Body: text}))
	frame := c.read()
	require.Equal(c, c.id, frame.ID, "%+v", frame)
	return frame
}

func (c *client) login(user string) wire.Session {
	c.Helper()
	return body[wire.Session](c, c.call(wire.CmdLogin, wire.Login{UserID: user}))
}

func body[T any](c *client, frame wire.Frame) T {
	c.Helper()
	var v T
	require.Zero(c, frame.Code, frame.Desc)
	require.NoError(c, json.Unmarshal(frame.Body, &v))
	return v
}

// message is a message of so many bytes: longer ones take other headers of frames.
func message(to string, seq uint64, size int) wire.Message {
	text, _ := json.Marshal(strings.Repeat("x", size))
	return wire.Message{ConvType: 1, ConvID: to, MsgID: "id", Seq: seq, Elements: []json.RawMessage{text}}
}

func TestTheRelaySpeaksWhatABenchNeeds(t *testing.T) {
	for _, file := range []string{"", filepath.Join(t.TempDir(), "log")} {
		_, url := newHub(t, file)
		ann, bob := dial(t, url), dial(t, url)
		assert.NotZero(t, body[wire.Welcome](ann, ann.call(wire.CmdHello, wire.Hello{})).PingAfterMS)
		assert.NotZero(t, body[wire.Pong](ann, ann.call(wire.CmdPing, nil)).ServerTimeMS)
		assert.Equal(t, timerr.SDKNotLoggedIn, ann.call(wire.CmdSendMessage, message("bob", 1, 1)).Code)
		assert.Equal(t, timerr.SvrAccountInvalidParameters, ann.call(wire.CmdLogin, "nobody").Code)
		assert.Equal(t, timerr.SDKInterfaceNotSupport, ann.call("nonsense", nil).Code)
		first := ann.login("ann")
		assert.Len(t, first.SessionID, 32)
		second := body[wire.Session](bob, bob.call(wire.CmdResume, wire.Resume{UserID: "bob", SessionID: first.SessionID}))
		assert.Equal(t, first.SessionID, second.SessionID)
		assert.Greater(t, second.Number, first.Number)
		for i, size := range []int{1, 200, 70_000} {
			sent := body[wire.Sent](ann, ann.call(wire.CmdSendMessage, message("bob", uint64(i+7), size)))
			assert.EqualValues(t, i+1, sent.Pos)
			assert.EqualValues(t, i+7, sent.Seq)
			frame := bob.read()
			assert.Equal(t, wire.EventMessage, frame.Event)
			got := body[wire.Message](bob, frame)
			assert.Equal(t, "ann", got.Sender)
			assert.Equal(t, sent.Pos, got.Pos)
			assert.Equal(t, message("bob", uint64(i+7), size).Elements, got.Elements)
		}
		if file != "" {
			kept, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Len(t, strings.Split(strings.TrimSpace(string(kept)), "\n"), 5, "two logins and three messages")
		}
	}
}

func TestASecondLinkOfAUserKicksTheFirst(t *testing.T) {
	h, url := newHub(t, filepath.Join(t.TempDir(), "log"))
	first, second := dial(t, url), dial(t, url)
	first.login("ann")
	second.login("ann")
	assert.Equal(t, wire.KickOtherDevice, body[wire.Kicked](first, first.read()).Reason)
	assert.Equal(t, wire.CloseKicked, body[wire.Closing](first, first.read()).Reason)
	_, _, err := first.socket.ReadMessage()
	assert.True(t, websocket.IsCloseError(err, websocket.CloseNormalClosure), "%v", err)
	assert.NotEmpty(t, second.call(wire.CmdLogout, nil).ID)
	assert.Equal(t, wire.EventClosing, second.read().Event)
	second.socket.Close()
	require.Eventually(t, func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return len(h.users) == 0
	}, patience, time.Millisecond, "nobody is online, and somebody is left")
}

func TestAnOpening(t *testing.T) {
	h, url := newHub(t, filepath.Join(t.TempDir(), "log"))
	opening := wire.Opening([]byte(`{"id":1,"cmd":"hello","body":{}}`), []byte(`{"id":2,"cmd":"login","body":{"user_id":"ann"}}`))
	connect := func(header string) (*client, string) {
		socket, answer, err := websocket.DefaultDialer.Dial(url, http.Header{wire.OpeningHeader: {header}})
		require.NoError(t, err)
		t.Cleanup(func() { socket.Close() })
		socket.SetReadDeadline(time.Now().Add(patience))
		return &client{T: t, socket: socket, id: 10}, answer.Header.Get(wire.OpeningTaken)
	}
	c, taken := connect(opening)
	assert.Empty(t, taken, "without -openings it is an echo server's")
	assert.EqualValues(t, 1, c.login("ann").Number)

	h.openings = true
	c, taken = connect(opening)
	assert.Equal(t, "2", taken)
	assert.EqualValues(t, 1, c.read().ID)
	assert.EqualValues(t, 2, body[wire.Session](c, c.read()).Number)
	_, taken = connect(wire.Opening([]byte("no JSON")))
	assert.Empty(t, taken)
}
