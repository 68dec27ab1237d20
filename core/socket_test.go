package core

import (
	"encoding/json"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// miniServer is a server of one address that accepts every ticket.
type miniServer struct {
	http     *http.Server
	commands chan string
	sockets  chan *websocket.Conn
}

func listen(t *testing.T, address string) (*miniServer, string) {
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	s := &miniServer{commands: make(chan string, 100), sockets: make(chan *websocket.Conn, 100)}
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve)}
	go s.http.Serve(listener)
	t.Cleanup(func() { s.http.Close() })
	return s, listener.Addr().String()
}

func (s *miniServer) serve(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{}
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	s.sockets <- socket
	var request wire.Request
	for socket.ReadJSON(&request) == nil {
		if request.Cmd != wire.CmdGetConversations {
			s.commands <- request.Cmd
		}
		body, _ := json.Marshal(wire.Session{SessionID: "5e55", Number: 1, ServerTimeMS: time.Now().UnixMilli()})
		socket.WriteJSON(wire.Frame{ID: request.ID, Body: body})
	}
}

// die closes the server and its links without a word, as SIGKILL does.
func (s *miniServer) die() {
	s.http.Close()
	(<-s.sockets).NetConn().Close()
}

// The whole client over real sockets: its server dies, and comes back at the same address.
func TestServerThatDiesAndComesBack(t *testing.T) {
	first, address := listen(t, "127.0.0.1:0")
	game := &fakeGame{}
	c, err := New(Options{AppID: 1, ServerURLEnv: "ws://" + address, Settings: NewSettings(NewLogFiles())}, game)
	require.NoError(t, err)
	defer c.Close()
	answered := make(chan error, 1)
	done := func(err error, _ string) { answered <- err }

	c.Login("ann", "a1", done)
	require.NoError(t, <-answered)
	assert.Equal(t, wire.CmdHello, <-first.commands)
	assert.Equal(t, wire.CmdLogin, <-first.commands)

	first.die()
	second, _ := listen(t, address)
	assert.Equal(t, wire.CmdHello, <-second.commands)
	assert.Equal(t, wire.CmdResume, <-second.commands)
	assert.Equal(t, LoggedIn, c.Status(), "without another login")

	c.Request("TIMGetUserStatus", json.RawMessage(`{}`), done)
	require.NoError(t, <-answered)
	assert.Equal(t, "TIMGetUserStatus", <-second.commands)
	c.Logout(done)
	require.NoError(t, <-answered)
	assert.Equal(t, wire.CmdLogout, <-second.commands)
	heard := game.since()
	assert.Equal(t, []string{"connecting 0", "connected 0"}, heard[:2])
	assert.Regexp(t, "^disconnected 95", heard[2])
	assert.Equal(t, []string{"connecting 0", "connected 0"}, heard[len(heard)-2:])
}
