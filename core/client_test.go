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

// online starts a client that ann is logged in to, and forgets what was said until then.
func startOnline(t *testing.T) (*Client, *fakeServer, *fakeGame) {
	server, game := &fakeServer{answer: good}, &fakeGame{}
	c := newClient(t, server, game)
	c.Login("ann", "a1", game.done("login"))
	synctest.Wait()
	require.Equal(t, LoggedIn, game.now().Status)
	server.since()
	game.since()
	return c, server, game
}

func TestLoginTriesFor30Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, game := &fakeServer{down: timerr.New(timerr.SDKNetConnRefuse)}, &fakeGame{}
		c := newClient(t, server, game)
		defer c.Close()

		start := time.Now()
		got := make(chan error, 1)
		c.Login("ann", "sig", func(err error, _ string) { got <- err })
		assert.Equal(t, LoggingIn, game.now().Status)

		err := <-got
		assert.Equal(t, timerr.SDKNetWaitSendTimeoutNoNetwork, timerr.CodeOf(err))
		assert.Contains(t, timerr.DescOf(err), timerr.SDKNetConnRefuse.Text())
		assert.Equal(t, 30*time.Second, time.Since(start))
		assert.Equal(t, LoggedOut, game.now().Status)
		assert.Greater(t, server.count(), 4)

		tries := server.count()
		time.Sleep(time.Hour)
		assert.Equal(t, tries, server.count(), "nobody wants a link")
	})
}

func TestLoginIsPublishedBeforeItIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, game := &fakeServer{answer: good}, &fakeGame{}
		c := newClient(t, server, game)
		defer c.Close()
		synctest.Wait()
		assert.Equal(t, []string{"connecting 0", "connected 0"}, game.since())

		c.Login("ann", "a1", game.done("login"))
		synctest.Wait()
		assert.Equal(t, []string{"login: 0 , status 1"}, game.since())
		assert.Equal(t, "ann", game.now().UserID)

		server.set(func() {
			server.answer = func(l *fakeLink, r wire.Request) {
				time.AfterFunc(time.Second, func() { good(l, r) })
			}
		})
		c.Logout(game.done("logout"))
		assert.Equal(t, LoggingOut, game.now().Status)
		time.Sleep(2 * time.Second)
		assert.Equal(t, []string{"logout: 0 , status 3"}, game.since(), "no network event")
		assert.Equal(t, []string{"login", "logout"}, server.since())
		assert.Equal(t, []Status{LoggedOut, LoggingIn, LoggedIn, LoggingOut, LoggedOut}, game.settled)
		assert.Equal(t, 1, game.heardSettled, "after the logout's answer")
		assert.Empty(t, game.now().UserID)
	})
}

func TestKickComesBeforeTheAnswersThatItCauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		server.set(func() { server.answer = nil })
		c.Request("TIMGetUserStatus", json.RawMessage(`["bob"]`), game.done("request"))
		dials := server.count()

		server.link.event(wire.EventKicked, wire.Kicked{Reason: wire.KickOtherDevice, Time: 5})
		synctest.Wait()
		assert.Equal(t, []string{
			`banter_kicked {"reason":"other_device","time":5}`,
			"kicked, status 3",
			"request: 6014 , status 3",
		}, game.since())
		time.Sleep(time.Hour)
		assert.Equal(t, dials, server.count(), "a kicked client does not redial")
		assert.Empty(t, game.since())
	})
}

func TestLostLinkIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		server.set(func() { server.answer, server.down = nil, timerr.New(timerr.SDKNetNetUnreach) })
		c.Request("TIMSent", nil, game.done("sent"))
		server.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		time.Sleep(5 * time.Second)
		heard := game.since()
		assert.Equal(t, []string{"sent: 9508 , status 1", "disconnected 9514", "connecting 0", "connect failed 9512"}, heard[:4])

		c.Request("TIMWaits", nil, game.done("waits"))
		server.set(func() { server.answer, server.down = good, nil })
		server.since()
		c.NetworkBack()
		synctest.Wait()
		heard = game.since()
		assert.Equal(t, []string{"connecting 0", "connected 0", `waits: 0 {"did":"TIMWaits"}, status 1`}, heard)
		assert.Equal(t, []string{"resume", "TIMWaits"}, server.since())
	})
}

func TestRequestsAreAnsweredInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		server.set(func() { server.answer = nil })
		c.Request("TIMNoAnswer", nil, game.done("no answer"))
		time.Sleep(29 * time.Second)
		assert.Empty(t, game.since())
		c.Request("TIMLater", nil, game.done("later"))
		time.Sleep(2 * time.Second)
		assert.Equal(t, []string{"no answer: 9520 , status 1"}, game.since())
		time.Sleep(29 * time.Second)
		assert.Equal(t, []string{"later: 9520 , status 1"}, game.since())

		server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse) })
		server.link.cut(timerr.New(timerr.SDKNetDisconnect))
		synctest.Wait()
		c.Request("TIMNeverSent", nil, game.done("never sent"))
		time.Sleep(31 * time.Second)
		assert.Contains(t, game.since(), "never sent: 9523 , status 1")
	})
}

func TestRequestsThatAreRefusedHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, game := &fakeServer{}, &fakeGame{}
		c := newClient(t, server, game)
		defer c.Close()
		synctest.Wait()
		game.since()

		c.Request("TIMEarly", nil, game.done("before login"))
		c.Login("ann", "a1", game.done("login"))
		c.Request("TIMEarly", nil, game.done("while logging in"))
		c.Request("TIMBig", make(json.RawMessage, maxRequest+1), game.done("too big"))
		c.Login(strings.Repeat("a", 33), "b1", game.done("33 bytes"))
		c.Login("张", "b1", game.done("not ASCII"))
		c.Login("bob", strings.Repeat("x", 9000), game.done("long ticket"))
		assert.Equal(t, []string{
			"before login: 6014 , status 3", "while logging in: 6014 , status 2", "too big: 9522 , status 2",
			"33 bytes: 7003 , status 2", "not ASCII: 7003 , status 2", "long ticket: 70003 , status 2",
		}, game.since())
	})
}

func TestCloseAnswersWhatIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		server.set(func() { server.answer = nil })
		c.Login("ann", "a2", game.done("login"))
		c.Request("TIMPending", nil, game.done("request"))

		c.Close()
		assert.Equal(t, []string{"login: 7009 , status 3", "request: 7009 , status 3"}, game.since())
		c.Request("TIMLate", nil, game.done("late"))
		c.Logout(game.done("logout"))
		assert.Equal(t, []string{"late: 7009 , status 3", "logout: 7009 , status 3"}, game.since())
	})
}

func TestCloseDoesNotWaitForAStuckDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		game := &fakeGame{}
		stuck := func(context.Context, transport.Target, transport.Opening) (Link, error) {
			time.Sleep(time.Minute) // such as the system's resolver, which heeds no context
			return nil, timerr.New(timerr.SDKNetConnTimeout)
		}
		c, err := New(Options{AppID: 1, ServerURLEnv: "wss://server.example", Settings: NewSettings(NewLogFiles()), Dialer: stuck}, game)
		require.NoError(t, err)
		c.Login("ann", "a1", game.done("login"))
		game.since()

		start := time.Now()
		c.Close()
		assert.LessOrEqual(t, time.Since(start), time.Second)
		assert.Equal(t, []string{"login: 7009 , status 3"}, game.since())
		lines := len(game.lines)
		time.Sleep(time.Hour)
		assert.Empty(t, game.since())
		assert.Len(t, game.lines, lines, "not even a line of the log")
	})
}
