package core

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func TestPanicEndsWhatIsInFlightAndTheClientGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		server.set(func() { server.answer = func(*fakeLink, wire.Request) { panic("ours") } })
		c.Request("TIMPanics", nil, game.done("request"))
		synctest.Wait()
		assert.Contains(t, game.since(), "request: 7012 , status 1")

		server.set(func() { server.answer = good })
		time.Sleep(time.Minute)
		c.Request("TIMGoesOn", nil, game.done("request"))
		synctest.Wait()
		assert.Contains(t, game.since(), `request: 0 {"did":"TIMGoesOn"}, status 1`)
		assert.Contains(t, server.since(), "resume")
	})
}

func TestPanicOfTheGameEndsNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, game := &fakeServer{answer: good}, &fakeGame{panic: true}
		c := newClient(t, server, game)
		defer c.Close()
		synctest.Wait()
		c.Login("ann", "a1", game.done("login"))
		time.Sleep(time.Minute)
		assert.Contains(t, game.since(), "login: 0 , status 1")
	})
}

func TestSessionThatTheServerForgotIsOpenedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		server.set(func() {
			server.answer = func(l *fakeLink, r wire.Request) {
				if r.Cmd == wire.CmdResume {
					l.refuse(r, timerr.SDKNotLoggedIn)
					return
				}
				good(l, r)
			}
		})
		server.link.event(wire.EventClosing, wire.Closing{Reason: wire.CloseShutdown, Redial: true, AfterMS: 700})
		synctest.Wait()
		assert.Equal(t, []string{"disconnected 9508"}, game.since())
		time.Sleep(699 * time.Millisecond)
		assert.Empty(t, game.since(), "not before the server said")
		time.Sleep(2 * time.Second)
		assert.Equal(t, []string{"connecting 0", "connected 0"}, game.since())
		assert.Equal(t, []string{"resume", "login"}, server.since())
		assert.Equal(t, LoggedIn, game.now().Status)
	})
}

func TestTicketThatExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		dials := server.count()
		server.link.event(wire.EventExpiring, wire.Expiring{ExpiresIn: 60})
		server.link.event(wire.EventUserSigExpired, struct{}{})
		server.link.event(wire.EventClosing, wire.Closing{Reason: wire.CloseExpired})
		time.Sleep(time.Hour)
		assert.Equal(t, []string{`banter_usersig_expiring {"expires_in":60}`, "expired, status 3"}, game.since())
		assert.Equal(t, dials, server.count(), "an expired session does not redial")
	})
}

func TestTwoAccountsTheLastWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		server.set(func() { server.answer = nil })
		c.Login("bob", "b1", game.done("bob"))
		assert.Equal(t, LoggingIn, game.now().Status)
		assert.Empty(t, game.now().UserID)
		server.set(func() { server.answer = good })
		c.Login("cid", "c1", game.done("cid"))
		synctest.Wait()
		assert.Equal(t, []string{"bob: 7009 , status 2", "cid: 0 , status 1"}, game.since())
		assert.Equal(t, "cid", game.now().UserID)
	})
}

func TestLogoutOfAnUnreachableServerTakes5Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		server.set(func() { server.answer = nil })
		start := time.Now()
		answered := make(chan error, 1)
		c.Logout(func(err error, _ string) { answered <- err })
		require.NoError(t, <-answered)
		assert.Equal(t, logoutTimeout, time.Since(start))
		assert.Equal(t, LoggedOut, game.now().Status)
	})
}

func TestServerClockIsPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, game := &fakeServer{answer: good, down: timerr.New(timerr.SDKNetConnRefuse)}, &fakeGame{}
		c := newClient(t, server, game)
		defer c.Close()
		synctest.Wait()
		assert.False(t, game.now().ServerTimeKnown)
		server.set(func() { server.down, server.answer = nil, nil })
		c.Login("ann", "a1", game.done("login"))
		synctest.Wait()
		assert.True(t, game.now().ServerTimeKnown)
		assert.Equal(t, time.Hour, game.now().ServerOffset, "hello's")
		server.set(func() { server.answer = good })
		c.Login("bob", "b1", game.done("login"))
		synctest.Wait()
		assert.Zero(t, game.now().ServerOffset, "the login's")
	})
}

func TestNoSecretIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, game := &fakeServer{answer: good}, &fakeGame{}
		settings := NewSettings(NewLogFiles())
		_, err := settings.SetConfig(`{"set_config_callback_log_level":1}`)
		require.NoError(t, err)
		c, err := New(Options{AppID: 1, ServerURLEnv: "wss://server.example", Settings: settings, Dialer: server.dial}, game)
		require.NoError(t, err)
		c.Login("ann", "the-ticket", game.done("login"))
		synctest.Wait()
		c.Request("TIMSecret", json.RawMessage(`"the-body"`), game.done("request"))
		synctest.Wait()
		server.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		time.Sleep(time.Minute)
		c.Close()

		log := strings.Join(game.lines, "\n")
		require.Contains(t, log, "connected")
		for _, secret := range []string{"the-ticket", "the-body", "5e55"} {
			assert.NotContains(t, log, secret)
		}
	})
}

func TestRedialDelays(t *testing.T) {
	tests := []struct {
		name string
		of   redial
		away time.Duration
		most time.Duration
	}{
		{"a lost link waits for a random part of the spread", redial{spread: true}, 0, 10 * time.Second},
		{"a first login does not", redial{}, 0, 500 * time.Millisecond},
		{"each try may wait twice as long", redial{tries: 3}, time.Hour, 4 * time.Second},
		{"up to 30 s", redial{tries: 6, spread: true}, time.Hour, 30 * time.Second},
		{"for ever", redial{tries: 1 << 40, spread: true}, time.Hour, 30 * time.Second},
		{"but no longer than there has been no link", redial{tries: 6, spread: true}, 3 * time.Second, 3 * time.Second},
		{"which may be no time at all", redial{tries: 6}, time.Millisecond, 500 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var longest time.Duration
			for range 2000 {
				d := tt.of.delay(10*time.Second, tt.away)
				require.GreaterOrEqual(t, d, time.Duration(0))
				require.Less(t, d, tt.most)
				longest = max(longest, d)
			}
			assert.Greater(t, longest, tt.most/2, "the whole range is used")
		})
	}
	assert.GreaterOrEqual(t, redial{after: time.Minute}.delay(0, 0), time.Minute, "a closing server's word comes first")
}

// A game may be without a network for hours, and dials all the while: what a dial had dies with it.
func TestADialThatFailedLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &fakeServer{answer: good}
		const fail = 4 // the fifth is within 16 s: the login waits for it
		var dials []context.Context
		c, err := New(Options{AppID: 1, SDKVersion: "8.6.1", ServerURLEnv: "wss://server.example", Settings: NewSettings(NewLogFiles()),
			Dialer: func(ctx context.Context, target transport.Target, opening transport.Opening) (Link, error) {
				tries := 0
				server.set(func() { dials = append(dials, ctx); tries = len(dials) })
				if tries <= fail {
					return nil, timerr.New(timerr.SDKNetConnRefuse)
				}
				return server.dial(ctx, target, opening)
			}}, &fakeGame{})
		require.NoError(t, err)
		defer c.Close()
		c.Login("ann", "a1", func(error, string) {})
		time.Sleep(time.Minute)
		assert.Equal(t, LoggedIn, c.Status())
		server.set(func() {
			require.Len(t, dials, fail+1)
			for i, ctx := range dials[:fail] {
				assert.Error(t, ctx.Err(), "dial %d", i)
			}
			assert.NoError(t, dials[fail].Err(), "the link is in use")
		})
	})
}

// A server that is started anew has its players back by the time that it was away for once more.
func TestAShortOutageIsNotALongOneForAnybody(t *testing.T) {
	const outage = 3 * time.Second
	for range 300 {
		synctest.Test(t, func(t *testing.T) {
			server := &fakeServer{answer: good}
			c := newClient(t, server, &fakeGame{})
			defer c.Close()
			c.Login("ann", "a1", func(error, string) {})
			time.Sleep(time.Minute)
			dials := server.count()
			server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse); server.link.cut(server.down) })
			time.Sleep(outage)
			server.set(func() { server.down = nil })
			time.Sleep(outage + time.Second)
			synctest.Wait()
			server.set(func() { assert.Contains(t, server.got, wire.CmdResume) })
			assert.Less(t, server.count()-dials, 25, "it does not hammer")
		})
	}
}
