package transport

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

var login = Opening{Hello: hello.Hello, Cmd: wire.CmdLogin, Body: json.RawMessage(`{"user_id":"ann"}`)}

// startTaking is start for a server that says how much it took of an opening, which play gets.
func startTaking(t *testing.T, says string, play func(*websocket.Conn, []wire.Request)) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		texts, err := wire.ReadOpening(r.Header.Get(wire.OpeningHeader))
		assert.NoError(t, err)
		var requests []wire.Request
		for _, text := range texts {
			var request wire.Request
			assert.NoError(t, json.Unmarshal(text, &request))
			requests = append(requests, request)
		}
		header := http.Header{}
		if says != "" {
			header.Set(wire.OpeningTaken, says)
		}
		upgrader := websocket.Upgrader{}
		conn, err := upgrader.Upgrade(w, r, header)
		if err != nil {
			return
		}
		defer conn.Close()
		play(conn, requests)
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http") + wire.Path
}

func TestAnOpeningIsSaidOnceWhateverTheServerTakes(t *testing.T) {
	for says, taken := range map[string]int{"": 0, "0": 0, "1": 1, "2": 2, "3": 0, "-1": 0, "two": 0, "99999999999999999999": 0} {
		t.Run("it says "+says, func(t *testing.T) {
			heard := make(chan []wire.Request, 1)
			url := startTaking(t, says, func(conn *websocket.Conn, opening []wire.Request) {
				all := opening[:taken:taken]
				for n := range 3 {
					var request wire.Request
					if n < taken {
						request = opening[n]
					} else if conn.ReadJSON(&request) == nil {
						all = append(all, request)
					}
					answer(conn, request.ID, wire.Welcome{ServerTimeMS: 5})
				}
				heard <- all
				conn.ReadMessage()
			})
			frames := make(chan wire.Frame, 10)
			l, err := Dial(t.Context(), Target{URL: url}, login, spawn)
			require.NoError(t, err)
			defer l.Close()
			spawn(func() { l.Serve(Events{Frame: func(f wire.Frame) { frames <- f }}) })
			assert.EqualValues(t, FirstID, (<-frames).ID)
			id, err := l.Send("TIMNext", nil)
			require.NoError(t, err)
			assert.EqualValues(t, FirstID+1, id)
			assert.Equal(t, id, (<-frames).ID)
			var said []string
			for _, request := range <-heard {
				said = append(said, request.Cmd)
			}
			assert.Equal(t, []string{wire.CmdHello, wire.CmdLogin, "TIMNext"}, said)
		})
	}
}

func TestAnAnswerBeforeTheOneToHelloIsTold(t *testing.T) {
	url := startTaking(t, "2", func(conn *websocket.Conn, _ []wire.Request) {
		answer(conn, FirstID, wire.Session{})
		answer(conn, helloID, wire.Welcome{})
		conn.ReadMessage()
	})
	l, err := Dial(t.Context(), Target{URL: url}, login, spawn)
	require.NoError(t, err)
	frames := make(chan wire.Frame, 10)
	spawn(func() { l.Serve(Events{Frame: func(f wire.Frame) { frames <- f }}) })
	assert.EqualValues(t, FirstID, (<-frames).ID)
	l.Close()
}

func TestALongOpeningGoesAsFrames(t *testing.T) {
	long := login
	long.Body, _ = json.Marshal(wire.Login{UserID: "ann", UserSig: strings.Repeat("x", wire.MaxOpening)})
	url := startTaking(t, "", func(conn *websocket.Conn, opening []wire.Request) {
		assert.Empty(t, opening)
		welcome(conn, wire.Welcome{})
		var request wire.Request
		conn.ReadJSON(&request)
		assert.Equal(t, wire.CmdLogin, request.Cmd)
		answer(conn, request.ID, wire.Session{})
		conn.ReadMessage()
	})
	l, err := Dial(t.Context(), Target{URL: url}, long, spawn)
	require.NoError(t, err)
	frames := make(chan wire.Frame, 10)
	spawn(func() { l.Serve(Events{Frame: func(f wire.Frame) { frames <- f }}) })
	assert.EqualValues(t, FirstID, (<-frames).ID)
	l.Close()
}

func TestHelloThatIsRefusedWithItsOpening(t *testing.T) {
	url := startTaking(t, "2", func(conn *websocket.Conn, _ []wire.Request) {
		conn.WriteJSON(wire.Frame{ID: helloID, Code: timerr.SvrCommInvalidRes, Desc: "the client is too old"})
	})
	_, err := Dial(t.Context(), Target{URL: url}, login, spawn)
	assert.Equal(t, timerr.SvrCommInvalidRes, timerr.CodeOf(err))
	assert.ErrorIs(t, err, ErrPermanent)
}
