package bus

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/server/chat"
)

const subject = "banter.1.u.ann"

// listen subscribes, and returns what comes and a channel that is told of losses.
func listen(t *testing.T, on chat.Bus) (messages <-chan string, lagged <-chan struct{}) {
	t.Helper()
	inbox, losses := make(chan string, 16), make(chan struct{}, 16)
	_, err := on.Subscribe(subject, chat.Receiver{
		Message: func(body []byte) { inbox <- string(body) },
		Lagged:  func() { losses <- struct{}{} },
	})
	require.NoError(t, err)
	return inbox, losses
}

func receive[T any](t *testing.T, from <-chan T, what string) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(patience):
		t.Fatal("nothing came: " + what)
	}
	return value
}

// drain empties what a start may have left.
func drain[T any](from <-chan T) {
	for len(from) > 0 {
		<-from
	}
}

func TestWhileTheServersAreAwayANodeTalksToItself(t *testing.T) {
	s := startServer(t, -1, nil)
	port := portOf(s)
	n := dial(t, s)
	before, lagged := listen(t, n)
	stopServer(s)
	eventually(t, func() bool { return !n.Connected() }, "the cut was not noticed")

	assert.Error(t, n.Publish(t.Context(), subject, []byte("1")), "others have not got it")
	assert.Equal(t, "1", receive(t, before, "a message"))
	during, laggedToo := listen(t, n)
	_, err := n.Handle(subject, func(context.Context, []byte) ([]byte, error) { return []byte("yes"), nil })
	require.NoError(t, err)
	reply, err := n.Request(t.Context(), subject, nil)
	require.NoError(t, err)
	assert.Equal(t, "yes", string(reply))
	_, err = n.Request(t.Context(), "banter.node.b", nil)
	assert.Error(t, err, "a handler elsewhere cannot be asked")

	drain(n.Returned())
	restarted := startServer(t, port, nil)
	receive(t, n.Returned(), "that the bus has returned")
	receive(t, lagged, "of the subscription before")
	receive(t, laggedToo, "of the subscription meanwhile")
	other := dial(t, restarted)
	meet(t, n, other)
	require.NoError(t, other.Publish(t.Context(), subject, []byte("2")))
	assert.Equal(t, "2", receive(t, before, "a message"))
	assert.Equal(t, "2", receive(t, during, "a message"))
	reply, err = other.Request(t.Context(), subject, nil)
	require.NoError(t, err)
	assert.Equal(t, "yes", string(reply))
}

func TestANodeStartsWithoutItsServers(t *testing.T) {
	address := freeport.Address(t)
	n, err := Dial(NATSConfig{Servers: []string{"nats://" + address}}, quiet())
	require.NoError(t, err)
	t.Cleanup(func() { n.Close() })
	assert.False(t, n.Connected())
	messages, _ := listen(t, n)

	_, port, err := splitAddress(address)
	require.NoError(t, err)
	other := dial(t, startServer(t, port, nil))
	receive(t, n.Returned(), "that the bus is there")
	meet(t, n, other)
	require.NoError(t, other.Publish(t.Context(), subject, []byte("hello")))
	assert.Equal(t, "hello", receive(t, messages, "a message"))
}

func TestCredentials(t *testing.T) {
	tests := []struct {
		name  string
		serve func(*server.Options)
		cfg   NATSConfig
		want  string // "" is in
	}{
		{"the token is let in", func(o *server.Options) { o.Authorization = "s3cret" }, NATSConfig{Secret: "s3cret"}, ""},
		{"another is not", func(o *server.Options) { o.Authorization = "s3cret" }, NATSConfig{Secret: "gue5s"}, "Authorization Violation"},
		{"nor is none", func(o *server.Options) { o.Authorization = "s3cret" }, NATSConfig{}, "Authorization Violation"},
		{"a user's password is let in", func(o *server.Options) { o.Username, o.Password = "game", "s3cret" },
			NATSConfig{User: "game", Secret: "s3cret"}, ""},
		{"another user's is not", func(o *server.Options) { o.Username, o.Password = "game", "s3cret" },
			NATSConfig{User: "other", Secret: "s3cret"}, "Authorization Violation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := startServer(t, -1, tt.serve)
			tt.cfg.Servers = []string{"nats://" + s.Addr().String()}
			log := &logText{}
			n, err := Dial(tt.cfg, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
			if tt.want == "" {
				require.NoError(t, err)
				assert.True(t, n.Connected())
				require.NoError(t, n.Close())
			} else {
				require.ErrorContains(t, err, tt.want)
				assert.NotRegexp(t, "s3cret|gue5s", err.Error())
			}
			assert.NotRegexp(t, "s3cret|gue5s", log.String())
		})
	}
}

// logText is a log that may be written by several.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// wire is a way to an address that can be cut.
type wire struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func startWire(t *testing.T, target string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{listener: listener, target: target}
	go w.accept()
	t.Cleanup(func() {
		listener.Close()
		w.set(true)
	})
	return w
}

func (w *wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.carry(near)
	}
}

func (w *wire) carry(near net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	far, err := net.Dial("tcp", w.target)
	if err != nil || w.cut {
		near.Close()
		if err == nil {
			far.Close()
		}
		return
	}
	w.conns = append(w.conns, near, far)
	for from, to := range map[net.Conn]net.Conn{near: far, far: near} {
		go func() {
			io.Copy(to, from)
			to.Close()
		}()
	}
}

// set cuts the wire, or mends it.
func (w *wire) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}
