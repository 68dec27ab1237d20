package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/wire"
)

// narrow are limits that a test can reach.
const narrow = "\n[limits]\nmax_connections = 300\nmax_without_login = 30\nmax_per_address = 20\n"

// Guesses at a player's ticket, users who are named like wildcards of a bus, and floods of connections
// from few addresses leave everybody else's logins and messages as they were.
func TestAttackersLeaveEverybodyElseAlone(t *testing.T) {
	t.Run("SQLite, one node", func(t *testing.T) {
		s := startNodeOf(t, "", "1m", "", narrow)
		attack(t, s, s)
	})
	t.Run("PostgreSQL, two nodes", func(t *testing.T) {
		store := pgtest.Start(t).Database(t)
		at, to := freeport.Address(t), freeport.Address(t)
		a := startNodeOf(t, store, "1m", fmt.Sprintf("cluster_listen = %q\ncluster_peers = %q", at, to), narrow)
		b := startNodeOf(t, store, "1m", fmt.Sprintf("cluster_listen = %q\ncluster_peers = %q", to, at), narrow)
		for _, p := range []process{a, b} {
			p.await("in a cluster of two", func() bool { return strings.Contains(p.metrics(), "banter_bus_peers 1\n") })
		}
		attack(t, a, b)
	})
}

// attack attacks both nodes, which may be the same, while players come to them.
func attack(t *testing.T, a, b process) {
	ctx, cancel := context.WithCancel(t.Context())
	wildcards := map[string]*client{}
	for _, user := range []string{">", "*", "a.b", "$SYS"} {
		wildcards[user], _ = b.online(user, "linux", user)
	}
	floods := startFloods(ctx, a, b)
	for _, f := range floods {
		defer f.running.Wait()
	}
	defer cancel()
	a.await("full", func() bool { return strings.Contains(a.metrics(), `banter_links_refused_total{why="too many`) })
	for _, f := range floods {
		before := f.tries.Load()
		a.await("a flood from "+f.from, func() bool { return f.tries.Load() > before })
	}

	for round := range 5 {
		ann, bob := fmt.Sprint("ann", round), fmt.Sprint("bob", round)
		if round == 4 {
			ann = "ann" // at whose tickets they guess
		}
		first, _ := a.online(ann, "linux", ann) // no try may fail
		second, _ := b.online(bob, "linux", bob)
		for n := range 5 {
			id := fmt.Sprint("message ", n)
			first.say(bob, id, "hello")
			second.hears(id)
		}
		first.socket.Close()
		second.socket.Close()
	}
	ann, _ := a.online("ann", "windows", "2")
	for user, c := range wildcards {
		ann.say(user, "for "+user, "hello")
		c.hears("for " + user) // and nothing of anybody else before
	}
	assert.NotContains(t, a.log.String()+b.log.String(), "panic")
}

// startFloods starts attackers of every kind from two addresses. Players come from a third.
func startFloods(ctx context.Context, servers ...process) (all []*attackers) {
	for i, s := range servers {
		if i > 0 && s == servers[0] {
			break
		}
		for _, from := range []string{"127.0.0.66", "127.0.0.67"} {
			f := &attackers{server: s.devServer, from: from, wait: 20 * time.Millisecond}
			f.start(ctx, 40, f.silent)
			f.start(ctx, 3, f.slowHeader)
			f.start(ctx, 20, f.noLogin)
			f.start(ctx, 2, f.guess)
			f.start(ctx, 1, f.as("mallory", nil))
			f.start(ctx, 1, f.files)
			all = append(all, f)
		}
	}
	return all
}

func TestWhatIsNoFrameOfOurs(t *testing.T) {
	s := startProcess(t, testFolder(t))
	deep := strings.Repeat("[", 7000) + strings.Repeat("]", 7000)
	tests := []struct {
		name  string
		write func(socket *websocket.Conn) error
		desc  string // of the closing; "": the WebSocket itself is broken
	}{
		{"text that is no JSON", text("hello"), "not a JSON object"},
		{"invalid UTF-8", text("{\"id\":1,\"cmd\":\"\xff\"}"), "UTF-8"},
		{"an array", text("[]"), "not a JSON object"},
		{"a huge id", text(`{"id":18446744073709551616,"cmd":"ping"}`), "id has the wrong type"},
		{"no id", text(`{"cmd":"hello"}`), "no id"},
		{"a command that has no end", text(`{"id":1,"cmd":"` + strings.Repeat("a", 5000) + `"}`), "longer than 64 bytes"},
		{"JSON that is too deep", text(`{"id":1,"cmd":"hello","body":` + strings.Repeat("[", 8000)), "not valid JSON"},
		{"deep JSON instead of a command", text(`{"id":1,"cmd":` + deep + `}`), "cmd has the wrong type"},
		{"a frame that is too long", text(strings.Repeat("a", wire.MaxFrameBeforeLogin+1)), "of 16384 bytes"},
		{"a binary frame", func(socket *websocket.Conn) error {
			return socket.WriteMessage(websocket.BinaryMessage, []byte("{}"))
		}, "not text"},
		{"a frame without a mask", raw("\x81\x02{}"), ""},
		{"a frame that is compressed", raw("\xc1\x82\x00\x00\x00\x00{}"), ""},
		{"a frame of a kind that nobody knows", raw("\x83\x80\x00\x00\x00\x00"), ""},
		{"a ping that is too long", raw("\x89\xfe\x01\x00\x00\x00\x00\x00" + strings.Repeat("a", 256)), ""},
		{"a ping in pieces", raw("\x09\x80\x00\x00\x00\x00"), ""},
		{"a frame of 2^63 bytes", raw("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"), ""},
		{"a rest without a beginning", raw("\x80\x80\x00\x00\x00\x00"), ""},
		{"pieces for ever", pieces, "of 16384 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := s.dial()
			c.t = t
			go tt.write(c.socket) // the server may end the link in the middle
			if tt.desc != "" {
				why := body[wire.Closing](t, c.expect(wire.EventClosing))
				assert.Equal(t, wire.CloseProtocol, why.Reason)
				assert.Contains(t, why.Desc, tt.desc)
			}
			_, _, err := c.socket.ReadMessage()
			require.Error(t, err)
			assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the server ends the link")
		})
	}
	s.online("ann", "linux", "1")
	assert.NotContains(t, s.log.String(), "panic")
}

func text(frame string) func(*websocket.Conn) error {
	return func(socket *websocket.Conn) error { return socket.WriteMessage(websocket.TextMessage, []byte(frame)) }
}

func raw(frame string) func(*websocket.Conn) error {
	return func(socket *websocket.Conn) error {
		_, err := socket.NetConn().Write([]byte(frame))
		return err
	}
}

// pieces are those of one frame that never ends.
func pieces(socket *websocket.Conn) error {
	err := raw("\x01\x81\x00\x00\x00\x00{")(socket)
	for err == nil {
		err = raw("\x00\x81\x00\x00\x00\x00 ")(socket)
	}
	return err
}

func TestOversizedNamesAreRefused(t *testing.T) {
	s := startProcess(t, testFolder(t))
	c := s.connect("linux", "1")
	for _, user := range []string{"", strings.Repeat("a", 33), strings.Repeat("a", 9000), "世", "a\x00b"} {
		code, desc := c.refused(user, s.ticket("ann", 3600))
		require.EqualValues(t, 7003, code, desc)
		assert.Less(t, len(desc), 300, "what is wrong is not said back in full")
	}
	code, _ := c.refused("ann", strings.Repeat("A", 9000))
	assert.NotZero(t, code)
	c.login("ann", s.ticket("ann", 3600))
}
