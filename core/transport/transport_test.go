package transport

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func spawn(f func()) { go f() }

var hello = Opening{Hello: wire.Hello{Protocol: wire.Version, AppID: 7, Platform: "linux"}}

// serve upgrades every request and hands the socket to play.
func serve(play func(*websocket.Conn)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upgrader := websocket.Upgrader{}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		play(conn)
	})
}

// welcome answers hello, and returns what it said.
func welcome(conn *websocket.Conn, settings wire.Welcome) wire.Request {
	var r wire.Request
	if conn.ReadJSON(&r) == nil {
		answer(conn, r.ID, settings)
	}
	return r
}

func answer(conn *websocket.Conn, id uint64, body any) {
	data, _ := json.Marshal(body)
	conn.WriteJSON(wire.Frame{ID: id, Body: data})
}

// start serves play, and returns the server's address.
func start(t *testing.T, play func(*websocket.Conn)) string {
	server := httptest.NewServer(serve(play))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http") + wire.Path
}

// open dials, and serves the link until the test ends; ended brings why it did.
func open(t *testing.T, target Target, frames func(wire.Frame)) (l *Link, ended chan error) {
	l, err := Dial(t.Context(), target, hello, spawn)
	require.NoError(t, err)
	ended = make(chan error, 1)
	spawn(func() {
		ended <- l.Serve(Events{Frame: frames, Clock: func(int64) {}, Drained: func() {}})
	})
	t.Cleanup(l.Close)
	return l, ended
}

func TestRequestsAreAnsweredByID(t *testing.T) {
	url := start(t, func(conn *websocket.Conn) {
		said := welcome(conn, wire.Welcome{ServerTimeMS: 5})
		assert.JSONEq(t, `{"protocol":1,"sdk_app_id":7,"sdk_version":"","platform":"linux","instance_id":"","login_wanted":false}`,
			string(said.Body))
		var r wire.Request
		for conn.ReadJSON(&r) == nil {
			answer(conn, r.ID, map[string]string{"cmd": r.Cmd})
		}
	})
	frames := make(chan wire.Frame, 10)
	l, ended := open(t, Target{URL: url}, func(f wire.Frame) { frames <- f })
	assert.EqualValues(t, 5, l.Welcome().ServerTimeMS)

	first, err := l.Send("TIMFirst", json.RawMessage(`{}`))
	require.NoError(t, err)
	second, err := l.Send("TIMSecond", nil)
	require.NoError(t, err)
	assert.NotEqual(t, first, second)
	for id, cmd := range map[uint64]string{first: "TIMFirst", second: "TIMSecond"} {
		f := <-frames
		if f.ID != id { // answers keep the order of this server, the map does not
			id, cmd = f.ID, map[uint64]string{first: "TIMFirst", second: "TIMSecond"}[f.ID]
		}
		assert.Equal(t, id, f.ID)
		assert.JSONEq(t, `{"cmd":"`+cmd+`"}`, string(f.Body))
	}
	l.Close()
	assert.Equal(t, timerr.SDKNetDisconnect, timerr.CodeOf(<-ended))
	_, err = l.Send("TIMLate", nil)
	assert.Equal(t, timerr.SDKNetDisconnect, timerr.CodeOf(err))
}

func TestCloseWritesWhatWaits(t *testing.T) {
	got := make(chan []string, 1)
	url := start(t, func(conn *websocket.Conn) {
		welcome(conn, wire.Welcome{})
		var commands []string
		var r wire.Request
		var err error
		for err = conn.ReadJSON(&r); err == nil; err = conn.ReadJSON(&r) {
			commands = append(commands, r.Cmd)
		}
		assert.True(t, websocket.IsCloseError(err, websocket.CloseNormalClosure), "%v", err)
		got <- commands
	})
	l, ended := open(t, Target{URL: url}, func(wire.Frame) {})
	_, err := l.Send(wire.CmdLogout, nil)
	require.NoError(t, err)
	l.Close()
	<-ended
	assert.Equal(t, []string{wire.CmdLogout}, <-got)
}

func TestSendIsBounded(t *testing.T) {
	release := make(chan struct{})
	url := start(t, func(conn *websocket.Conn) {
		welcome(conn, wire.Welcome{})
		<-release
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
		}
	})
	l, err := Dial(t.Context(), Target{URL: url}, hello, spawn)
	require.NoError(t, err)
	drained := make(chan struct{}, 1)
	ended := make(chan error, 1)
	spawn(func() {
		ended <- l.Serve(Events{Drained: func() { drained <- struct{}{} }})
	})
	body, err := json.Marshal(strings.Repeat("x", 1<<20))
	require.NoError(t, err)
	full := false
	for range 100 {
		if _, err := l.Send("TIMBig", body); err != nil {
			require.ErrorIs(t, err, ErrFull)
			full = true
			break
		}
	}
	require.True(t, full, "100 MB are more than a link may hold")
	_, err = l.Send(wire.CmdLogout, nil)
	assert.NoError(t, err, "the link's own commands find room")
	close(release)
	<-drained
	_, err = l.Send("TIMBig", body)
	assert.NoError(t, err)
	_, err = l.Send("TIMTooBig", append(append(json.RawMessage(`"`), make([]byte, 2<<20)...), '"'))
	assert.Error(t, err)
	l.Close()
	<-ended
}

func TestDeadLinkIsFoundByPing(t *testing.T) {
	pinged := make(chan wire.Request, 1)
	url := start(t, func(conn *websocket.Conn) {
		welcome(conn, wire.Welcome{PingAfterMS: 1000, PingTimeoutMS: 1000})
		var r wire.Request
		conn.ReadJSON(&r)
		answer(conn, r.ID, wire.Pong{ServerTimeMS: 99})
		conn.ReadJSON(&r)
		pinged <- r
		conn.ReadJSON(&r) // no answer
	})
	l, err := Dial(t.Context(), Target{URL: url}, hello, spawn)
	require.NoError(t, err)
	clock := make(chan int64, 1)
	err = l.Serve(Events{Frame: func(f wire.Frame) { t.Errorf("a pong is no frame of the client's: %v", f) },
		Clock: func(ms int64) { clock <- ms }})
	assert.EqualValues(t, 99, <-clock)
	assert.Equal(t, wire.CmdPing, (<-pinged).Cmd)
	assert.Equal(t, timerr.SDKNetDisconnect, timerr.CodeOf(err))
	assert.Contains(t, timerr.DescOf(err), "ping")
}

func TestBadFramesEndTheLink(t *testing.T) {
	for name, send := range map[string]func(*websocket.Conn){
		"binary":              func(c *websocket.Conn) { c.WriteMessage(websocket.BinaryMessage, []byte(`{"event":"x"}`)) },
		"no JSON":             func(c *websocket.Conn) { c.WriteMessage(websocket.TextMessage, []byte(`{`)) },
		"no answer, no event": func(c *websocket.Conn) { c.WriteMessage(websocket.TextMessage, []byte(`{}`)) },
		"both":                func(c *websocket.Conn) { c.WriteMessage(websocket.TextMessage, []byte(`{"id":1,"event":"x"}`)) },
		"not UTF-8":           func(c *websocket.Conn) { c.WriteMessage(websocket.TextMessage, []byte("{\"event\":\"\xff\"}")) },
	} {
		t.Run(name, func(t *testing.T) {
			url := start(t, func(conn *websocket.Conn) {
				welcome(conn, wire.Welcome{})
				send(conn)
				conn.ReadMessage()
			})
			_, ended := open(t, Target{URL: url}, func(wire.Frame) { t.Error("it was told") })
			err := <-ended
			assert.Equal(t, timerr.SDKNetDisconnect, timerr.CodeOf(err))
			assert.Contains(t, timerr.DescOf(err), "frame")
		})
	}
}

func TestDialGivesUpWhenItsContextEnds(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	require.NoError(t, err)
	defer listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	spawn(func() {
		_, err := Dial(ctx, Target{URL: "ws://" + listener.Addr().String()}, hello, spawn)
		result <- err
	})
	conn, err := listener.Accept()
	require.NoError(t, err)
	defer conn.Close()
	cancel()
	select {
	case err := <-result:
		assert.ErrorIs(t, err, context.Canceled)
	case <-time.After(DialTimeout / 2):
		t.Fatal("the dial goes on")
	}
}
