package core

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// statusOf is what a server says of a user.
func statusOf(user string, kind int, custom string) wire.UserStatus {
	return wire.UserStatus{User: user, Type: kind, Custom: custom, Devices: []string{}}
}

// told is how a fakeGame writes down what it hears of users.
func told(statuses ...wire.UserStatus) string {
	text, _ := json.Marshal(statuses)
	return "statuses " + string(text)
}

// watchServer is a server whose users have statuses, and which knows who is watched.
type watchServer struct {
	*fakeServer
	statuses map[string]wire.UserStatus
	watched  []string    // by the requests since the last look
	refuse   timerr.Code // of every subscription
}

// startWatching logs ann in at one.
func startWatching(t *testing.T) (*Client, *watchServer, *fakeGame) {
	c, server, game := startOnline(t)
	w := &watchServer{fakeServer: server, statuses: map[string]wire.UserStatus{}}
	server.set(func() { server.answer = w.answer })
	return c, w, game
}

func (w *watchServer) answer(l *fakeLink, r wire.Request) {
	var named wire.UserIDs
	_ = json.Unmarshal(r.Body, &named) // of other commands there is none
	switch {
	case r.Cmd == wire.CmdSubscribeUserStatus && w.refuse != 0:
		l.refuse(r, w.refuse)
	case r.Cmd == wire.CmdSubscribeUserStatus:
		w.watched = append(w.watched, named.Users...)
		statuses := []wire.UserStatus{}
		for _, user := range named.Users {
			if s, known := w.statuses[user]; known {
				statuses = append(statuses, s)
			} else {
				statuses = append(statuses, statusOf(user, 3, ""))
			}
		}
		l.answer(r, statuses)
	default:
		good(l, r)
	}
}

// looks returns who was named in subscriptions since the last look.
func (w *watchServer) looks() (watched []string) {
	w.set(func() { watched, w.watched = w.watched, nil })
	return watched
}

func (w *watchServer) is(s wire.UserStatus) { w.set(func() { w.statuses[s.User] = s }) }

// tells has the server tell of statuses, as they are from now on.
func (w *watchServer) tells(statuses ...wire.UserStatus) {
	for _, s := range statuses {
		w.is(s)
	}
	w.link.event(wire.EventUserStatus, statuses)
	synctest.Wait()
}

// asks calls a command about users, and waits for its answer.
func asks(c *Client, game *fakeGame, cmd string, users ...string) {
	body, _ := json.Marshal(wire.UserIDs{Users: users})
	c.Request(cmd, body, game.done(strings.TrimPrefix(cmd, "TIM")))
	synctest.Wait()
}

// cuts ends the link, and waits until the session is back.
func (w *watchServer) cuts(game *fakeGame) {
	time.Sleep(lasts)
	w.link.cut(timerr.New(timerr.SDKNetResetByPeer))
	time.Sleep(3 * time.Second)
	synctest.Wait()
}

func TestTheGameHearsOfWhomItWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startWatching(t)
		defer c.Close()
		asks(c, game, wire.CmdSubscribeUserStatus, "bob", "cid")
		assert.Equal(t, []string{"SubscribeUserStatus: 0 , status 1"}, game.since(), "without JSON, and what is true already is no news")
		server.tells(statusOf("bob", 1, ""), statusOf("dan", 1, ""), statusOf("ann", 1, ""))
		assert.Equal(t, []string{told(statusOf("bob", 1, ""))}, game.since(), "nobody asked for dan, and ann knows")
		server.tells(statusOf("bob", 1, ""))
		assert.Empty(t, game.since())
		server.tells(statusOf("ann", 1, "busy"))
		assert.Equal(t, []string{told(statusOf("ann", 1, "busy"))}, game.since())

		asks(c, game, wire.CmdUnsubscribeUserStatus, "bob")
		server.tells(statusOf("bob", 3, ""), statusOf("cid", 1, "hi"))
		assert.Equal(t, []string{"UnsubscribeUserStatus: 0 , status 1", told(statusOf("cid", 1, "hi"))}, game.since())
		asks(c, game, wire.CmdUnsubscribeUserStatus)
		server.tells(statusOf("cid", 3, ""), statusOf("ann", 1, ""))
		assert.Equal(t, []string{"UnsubscribeUserStatus: 0 , status 1", told(statusOf("ann", 1, ""))}, game.since())
	})
}

func TestWhatChangedWhileTheLinkWasLostIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startWatching(t)
		defer c.Close()
		server.is(statusOf("cid", 1, "busy"))
		asks(c, game, wire.CmdSubscribeUserStatus, "bob", "cid")
		server.looks()
		game.since()

		server.cuts(game)
		assert.Equal(t, []string{"bob", "cid"}, server.looks())
		assert.NotContains(t, strings.Join(game.since(), ""), "statuses", "nothing has changed")

		server.is(statusOf("bob", 1, ""))
		server.cuts(game)
		assert.Equal(t, []string{"disconnected 9514", "connecting 0", "connected 0", told(statusOf("bob", 1, ""))}, game.since())

		server.set(func() { server.refuse = timerr.SvrAccountInternalError })
		server.cuts(game)
		server.is(statusOf("bob", 3, ""))
		server.set(func() { server.refuse = 0 })
		game.since()
		time.Sleep(6 * time.Second)
		assert.Equal(t, []string{told(statusOf("bob", 3, ""))}, game.since(), "the server could not at once")

		server.set(func() { server.refuse = timerr.SvrAccountUserStatusDisabled })
		server.cuts(game)
		server.looks()
		server.set(func() { server.refuse = 0 })
		time.Sleep(time.Minute)
		assert.Empty(t, server.looks(), "one that will not is not asked again on the link")
	})
}

func TestTheListOfWhomTheGameWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startWatching(t)
		defer c.Close()
		var all []string
		for i := range 210 {
			all = append(all, fmt.Sprint("user", i))
		}
		asks(c, game, wire.CmdSubscribeUserStatus, all[:100]...)
		asks(c, game, wire.CmdSubscribeUserStatus, all[100:200]...)
		asks(c, game, wire.CmdSubscribeUserStatus, append(all[200:], "user0")...)
		server.set(func() { server.refuse = timerr.SvrAccountInvalidParameters })
		asks(c, game, wire.CmdSubscribeUserStatus, "refused")
		server.set(func() { server.refuse = 0 })
		server.looks()
		server.cuts(game)
		assert.Equal(t, append(all[11:], "user0"), server.looks(), "the last 200, in their order")
		game.since()
		server.tells(statusOf("user10", 1, ""), statusOf("user0", 1, ""))
		assert.Equal(t, []string{told(statusOf("user0", 1, ""))}, game.since())

		c.Logout(func(error, string) {})
		synctest.Wait()
		c.Login("ann", "a1", game.done("login"))
		synctest.Wait()
		server.looks()
		server.cuts(game)
		assert.Empty(t, server.looks(), "a logout ends it")
	})
}

func TestAGameWithoutRoomHearsTheLastStatusLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startWatching(t)
		defer c.Close()
		asks(c, game, wire.CmdSubscribeUserStatus, "bob", "cid")
		game.since()
		server.set(func() { game.full = true })
		server.tells(statusOf("bob", 1, ""))
		server.tells(statusOf("cid", 1, ""))
		server.tells(statusOf("bob", 1, "busy"))
		time.Sleep(time.Minute)
		assert.Empty(t, game.since())
		game.mu.Lock()
		game.full = false
		game.mu.Unlock()
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, []string{told(statusOf("cid", 1, ""), statusOf("bob", 1, "busy"))}, game.since())
		time.Sleep(time.Minute)
		assert.Empty(t, game.since())
	})
}

func TestBadStatusesOfAServerHurtNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startWatching(t)
		defer c.Close()
		asks(c, game, wire.CmdSubscribeUserStatus, "bob")
		game.since()
		for _, body := range []any{nil, 1, "x", []any{1}, map[string]any{}, []any{map[string]any{"user_status_status_type": "x"}}} {
			server.link.event(wire.EventUserStatus, body)
		}
		server.tells(statusOf("bob", 1, ""))
		assert.Equal(t, []string{told(statusOf("bob", 1, ""))}, game.since())
	})
}
