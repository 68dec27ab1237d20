package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/wire"
)

// startTelling starts a node that tells g; each has a token file of its own.
func startTelling(t *testing.T, store string, g *game) process {
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte("my token\n"), 0o600))
	return startNodeOf(t, store, short, "", fmt.Sprintf("webhook_url = %q\nwebhook_token_file = %q\n", g.URL+"/hook", token))
}

// delivered is how many events the node has sent.
func (p process) delivered() (n int) {
	_, rest, _ := strings.Cut(p.metrics(), `banter_webhook_events_total{how="delivered"} `)
	text, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(text)
	require.NoError(p.t, err)
	return n
}

// visits lets users log in and out, all at the same time, each so many times in a row on
// one node after the other.
func visits(users []string, times int, nodes ...process) {
	var all sync.WaitGroup
	for _, user := range users {
		all.Go(func() {
			for i := range times {
				c, _ := nodes[i%len(nodes)].online(user, "linux", user)
				c.call(wire.CmdLogout, nil)
			}
		})
	}
	all.Wait()
}

// Two nodes share the users whose events they send. One is killed in the middle of it, and
// the other takes its users over: the game hears of everything, each user's in order.
func TestANodeTakesOverTheEventsOfAKilledOne(t *testing.T) {
	t.Parallel() // it waits more than it works
	database := pgtest.Start(t)
	store := database.Database(t)
	g := startGame(t)
	a, b := startTelling(t, store, g), startTelling(t, store, g)
	var users, want []string
	for i := range 12 {
		users = append(users, fmt.Sprint("user", i))
	}
	heard := func(times int) {
		t.Helper()
		for range times {
			want = append(want, "Login/Register", "Logout/Unregister")
		}
		for _, user := range users {
			g.await(user, want...)
		}
	}
	b.await("sending its share", func() bool {
		visits(users, 1, a, b)
		heard(1)
		return a.delivered() > 0 && b.delivered() > 0
	})

	g.set(true)
	visits(users, 2, a, b)
	require.NoError(t, a.Process.Kill()) // which has not sent its share of these
	g.set(false)
	visits(users, 2, b)
	heard(4)
}
