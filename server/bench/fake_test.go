package bench

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
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
	answer   func(request wire.Request) []wire.Frame
	takes    bool         // openings
	taken    atomic.Int64 // requests that came with a handshake
	sent     atomic.Int64 // requests that came as frames

	mu    sync.Mutex
	users map[string]*websocket.Conn      // who is logged in
	kick  func(old *websocket.Conn) error // a user who logs in again
}

func startFake(t *testing.T, answer func(f *fake, request wire.Request) []wire.Frame) *fake {
	f := &fake{users: map[string]*websocket.Conn{}}
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
	var first [][]byte
	header := http.Header{}
	if f.takes {
		first, _ = wire.ReadOpening(r.Header.Get(wire.OpeningHeader))
		if len(first) > 0 {
			header.Set(wire.OpeningTaken, fmt.Sprint(len(first)))
		}
		f.taken.Add(int64(len(first)))
	}
	socket, err := upgrader.Upgrade(w, r, header)
	if err != nil {
		return
	}
	defer socket.Close()
	for {
		var request wire.Request
		if len(first) > 0 {
			_ = json.Unmarshal(first[0], &request)
			first = first[1:]
		} else if socket.ReadJSON(&request) != nil {
			return
		} else {
			f.sent.Add(1)
		}
		frames := f.answer(request)
		f.mu.Lock() // one writes to a socket at a time
		f.displace(request, socket)
		for _, frame := range frames {
			socket.WriteJSON(frame)
		}
		f.mu.Unlock()
	}
}

// displace kicks the link that a user had who logs in. It is called under the lock.
func (f *fake) displace(request wire.Request, socket *websocket.Conn) {
	var login wire.Login
	if request.Cmd != wire.CmdLogin || json.Unmarshal(request.Body, &login) != nil {
		return
	}
	old := f.users[login.UserID]
	f.users[login.UserID] = socket
	if old != nil && f.kick != nil {
		f.kick(old)
	}
}

// drop ends every link.
func (f *fake) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, socket := range f.users {
		socket.Close()
	}
}

// answers are those of a server that keeps its promises.
func (f *fake) answers(request wire.Request) []wire.Frame {
	frame := wire.Frame{ID: request.ID}
	switch request.Cmd {
	case wire.CmdResume:
		var resume wire.Resume
		_ = json.Unmarshal(request.Body, &resume)
		frame.Body, _ = json.Marshal(wire.Session{SessionID: resume.SessionID, Number: resume.Number + 1})
	case wire.CmdLogin:
		n := f.sessions.Add(1)
		frame.Body, _ = json.Marshal(wire.Session{SessionID: fmt.Sprintf("%032x", n), Number: n})
	default:
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
	usual := []string{"--server", "ws" + strings.TrimPrefix(f.URL, "http"), "--app-id", "7"}
	for name, value := range map[string]string{"duration": "100ms", "users": "100", "connections": "4", "settle": "1ms"} {
		if flags.Lookup(name) != nil {
			usual = append(usual, "--"+name, value)
		}
	}
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
	report, err := s.Run(ctx, f.config(t, s, args...), f.tell(t))
	require.NoError(t, err)
	return report
}

// tell drops every link when a run says that they are to be dropped.
func (f *fake) tell(t *testing.T) io.Writer {
	return writer(func(text []byte) (int, error) {
		if strings.Contains(string(text), "end the server") {
			f.drop()
		}
		return t.Output().Write(text)
	})
}

type writer func(text []byte) (int, error)

func (w writer) Write(text []byte) (int, error) { return w(text) }
