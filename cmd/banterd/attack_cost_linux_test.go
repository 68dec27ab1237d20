package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// attacks are what one kind of attacker does; together they are the last.
var attacks = []struct {
	name  string
	start func(ctx context.Context, from func() *attackers)
}{
	{"none", func(context.Context, func() *attackers) {}},
	{"18,000 silent connections from 150 addresses", func(ctx context.Context, from func() *attackers) {
		for range 150 {
			f := from()
			f.wait = time.Second
			f.start(ctx, 120, f.silent)
		}
	}},
	{"slow requests, 2,000 from 20 addresses", func(ctx context.Context, from func() *attackers) {
		for range 20 {
			f := from()
			f.start(ctx, 100, f.slowHeader)
		}
	}},
	{"links without a login, 4,000 from 20 addresses", func(ctx context.Context, from func() *attackers) {
		for range 20 {
			f := from()
			f.wait = time.Second
			f.start(ctx, 200, f.noLogin)
		}
	}},
	{"guesses at tickets, 50 links", func(ctx context.Context, from func() *attackers) {
		f := from()
		f.wait = time.Millisecond
		f.start(ctx, 50, f.guess)
	}},
	{"logins with good tickets, 4 links", func(ctx context.Context, from func() *attackers) {
		f := from()
		for i := range 4 {
			f.start(ctx, 1, f.as(fmt.Sprint("mallory", i), nil))
		}
	}},
	{"messages as fast as they go, 4 users", func(ctx context.Context, from func() *attackers) {
		f := from()
		for i := range 4 {
			user := fmt.Sprint("mallory", i)
			f.start(ctx, 1, f.as(user, f.flood(wire.CmdSendMessage, true, func(n int) any {
				return textMessage("nobody", fmt.Sprint(user, time.Now().UnixNano(), n), "spam")
			})))
		}
	}},
	{"calls whose answers nobody reads, 4 users", func(ctx context.Context, from func() *attackers) {
		f := from()
		for i := range 4 {
			f.start(ctx, 1, f.as(fmt.Sprint("mallory", i), f.flood(wire.CmdGetConversations, false, func(int) any {
				return wire.ConversationsSince{}
			})))
		}
	}},
	{"pings, 4 links", func(ctx context.Context, from func() *attackers) { f := from(); f.start(ctx, 4, f.pings) }},
	{"uploads without a token, 8 links", func(ctx context.Context, from func() *attackers) { f := from(); f.start(ctx, 8, f.files) }},
}

// TestWhatAttacksCostOthers measures for docs/robustness.md what players notice of each attack. It
// shares the machine with the attackers, which takes from the server what another machine's would not.
func TestWhatAttacksCostOthers(t *testing.T) {
	if os.Getenv("BANTER_LONG") == "" {
		t.Skip("measures for minutes: set BANTER_LONG=1")
	}
	for _, attack := range attacks {
		t.Run(attack.name, func(t *testing.T) {
			s := startProcess(t, testFolder(t))
			ctx, cancel := context.WithCancel(t.Context())
			var all []*attackers
			attack.start(ctx, func() *attackers {
				all = append(all, &attackers{server: s.devServer, from: fmt.Sprintf("127.0.1.%d", len(all)+1)})
				return all[len(all)-1]
			})
			time.Sleep(2 * time.Second)
			logins, sends := play(s, 8, 10*time.Second)
			resident := s.resident()
			cancel()
			tries := int64(0)
			for _, f := range all {
				f.running.Wait()
				tries += f.tries.Load()
			}
			t.Logf("| %s | %d | %s | %s | %d |", attack.name, tries, quantiles(logins), quantiles(sends), resident>>20)
			assert.NotContains(t, s.log.String(), "panic")
		})
	}
}

// play has so many players log in, say ten things to each other and leave, for so long. Every login and
// every message must succeed at once.
func play(s process, players int, long time.Duration) (logins, sends []time.Duration) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range players {
		all.Go(func() {
			for began, round := time.Now(), 0; time.Since(began) < long; round++ {
				user := fmt.Sprint("player", i)
				start := time.Now()
				c, _ := s.online(user, "linux", user)
				took := []time.Duration{time.Since(start)}
				for n := range 10 {
					start = time.Now()
					c.request(wire.CmdSendMessage, textMessage(fmt.Sprint("player", (i+1)%players), fmt.Sprint(round, " ", n), "hello"))
					for frame := c.read(); frame.ID != c.id; {
						frame = c.read()
					}
					took = append(took, time.Since(start))
				}
				c.socket.WriteControl(websocket.CloseMessage, nil, time.Now().Add(time.Second))
				c.socket.Close()
				mu.Lock()
				logins, sends = append(logins, took[0]), append(sends, took[1:]...)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return logins, sends
}

func quantiles(of []time.Duration) string {
	slices.Sort(of)
	at := func(q float64) string { return of[int(q*float64(len(of)-1))].Round(100 * time.Microsecond).String() }
	return fmt.Sprintf("%d: %s, %s", len(of), at(0.5), at(0.99))
}

// resident is what the process has in RAM, in bytes.
func (p process) resident() int64 { return residentOf(p.t, p.Process.Pid) }

func residentOf(t testing.TB, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	require.NoError(t, err)
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	require.NoError(t, err)
	return pages * int64(os.Getpagesize())
}
