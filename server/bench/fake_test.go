package bench

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// fake is a server that answers every request as a test says.
type fake struct {
	*httptest.Server
	sessions atomic.Int64
	answer   func(request wire.Request) []wire.Frame // nil: what answers does
}

func startFake(t *testing.T, answer func(f *fake, request wire.Request) []wire.Frame) *fake {
	f := &fake{}
	f.answer = f.answers
	if answer != nil {
		f.answer = func(request wire.Request) []wire.Frame { return answer(f, request) }
	}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{}
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	for {
		var request wire.Request
		if socket.ReadJSON(&request) != nil {
			return
		}
		for _, frame := range f.answer(request) {
			socket.WriteJSON(frame)
		}
	}
}

// answers are those of a server that keeps its promises.
func (f *fake) answers(request wire.Request) []wire.Frame {
	frame := wire.Frame{ID: request.ID}
	if request.Cmd == wire.CmdLogin {
		n := f.sessions.Add(1)
		frame.Body, _ = json.Marshal(wire.Session{SessionID: fmt.Sprintf("%032x", n), Number: n})
	} else {
		frame.Body = json.RawMessage("{}")
	}
	return []wire.Frame{frame}
}

// config returns the settings of a run against the fake, with the flags that args change.
func (f *fake) config(t *testing.T, s Scenario, args ...string) Config {
	var cfg Config
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	cfg.Flags(flags)
	s.Flags(&cfg, flags)
	usual := []string{"--server", "ws" + strings.TrimPrefix(f.URL, "http"), "--app-id", "7", "--duration", "100ms", "--users", "100"}
	require.NoError(t, flags.Parse(append(usual, args...)))
	cfg.Key = []byte("a key")
	return cfg
}

func (f *fake) run(t *testing.T, name string, args ...string) *Report {
	t.Helper()
	s, found := Find(name)
	require.True(t, found, name)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	report, err := s.Run(ctx, f.config(t, s, args...), t.Output())
	require.NoError(t, err)
	return report
}
