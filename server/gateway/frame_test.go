package gateway

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// FuzzFrame: no frame panics, and what is accepted says the same when it is encoded again.
func FuzzFrame(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"cmd":"hello","body":{"protocol":1,"sdk_app_id":1400000001,"platform":"linux"}}`,
		`{"id":18446744073709551615,"cmd":"ping"}`, `{"id":18446744073709551616,"cmd":"ping"}`,
		`{"id":1,"cmd":"login","body":null}`, `{"ID":1,"CMD":"x","body":[1,{"a":"\ud83d"}]}`,
		`{"id":1.0,"cmd":"ping"}`, `{"id":1,"id":0,"cmd":"ping"}`, ` {"id":1,"cmd":"<>&` + "\u2028" + `"}`,
		"\xef\xbb\xbf{}", `[]`, `"`, "", "{\"id\":1,\"cmd\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		request, err := parseRequest(text)
		if err != nil {
			return
		}
		require.True(t, utf8.Valid(text))
		require.NotZero(t, request.ID)
		again, err := json.Marshal(request)
		require.NoError(t, err)
		second, err := parseRequest(again)
		require.NoError(t, err)
		require.Equal(t, request.ID, second.ID)
		require.Equal(t, request.Cmd, second.Cmd)
		if len(request.Body) > 0 {
			require.JSONEq(t, string(request.Body), string(second.Body))
		}
		var login wire.Login
		_ = parseBody(request, &login)
	})
}

// A client reads every length of frame as it was meant.
func TestFramesOfEveryLength(t *testing.T) {
	lengths := []int{0, 1, 125, 126, 127, 65535, 65536, 1 << 20}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var upgrader websocket.Upgrader
		socket, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer socket.Close()
		for _, n := range lengths {
			socket.NetConn().Write(frameOf(textFrame, []byte(strings.Repeat("x", n))))
		}
	}))
	defer server.Close()
	socket, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	require.NoError(t, err)
	defer socket.Close()
	for _, n := range lengths {
		kind, data, err := socket.ReadMessage()
		require.NoError(t, err)
		assert.Equal(t, websocket.TextMessage, kind)
		assert.Len(t, data, n)
	}
}

func TestAnswers(t *testing.T) {
	request := wire.Request{ID: 5, Cmd: "x"}
	tests := []struct {
		name string
		body any
		err  error
		want string
	}{
		{"success without a body is the id alone", nil, nil, `{"id":5}`},
		{"success with one has no code", wire.Pong{ServerTimeMS: 1}, nil, `{"id":5,"body":{"server_time_ms":1}}`},
		{"an error has a code and its text", nil, errRefused, `{"id":5,"code":70001,"desc":"expired"}`},
		{"a stranger's text stays here", nil, assert.AnError,
			`{"id":5,"code":7012,"desc":"` + timerr.SDKInternalError.Text() + `"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, frameOf(textFrame, []byte(tt.want)), answerFrame(request, tt.body, tt.err))
		})
	}
}
