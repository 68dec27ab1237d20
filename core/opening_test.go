package core

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// gated is a server whose dials wait until a test lets them go on.
type gated struct {
	*fakeServer
	openings chan transport.Opening
	goOn     chan error
}

func (g *gated) dial(ctx context.Context, target transport.Target, opening transport.Opening) (Link, error) {
	g.openings <- opening
	if err := <-g.goOn; err != nil {
		return nil, err
	}
	return g.fakeServer.dial(ctx, target, opening)
}

// startGated returns a client that has no link: its first dial has failed.
func startGated(t *testing.T, game *fakeGame) (*Client, *gated) {
	g := &gated{&fakeServer{answer: good}, make(chan transport.Opening, 10), make(chan error)}
	c, err := New(Options{AppID: 1, ServerURLEnv: "wss://server.example", Settings: NewSettings(NewLogFiles()), Dialer: g.dial}, game)
	require.NoError(t, err)
	opening := <-g.openings
	assert.Empty(t, opening.Cmd)
	assert.False(t, opening.Hello.LoginWanted)
	g.goOn <- timerr.New(timerr.SDKNetConnRefuse)
	synctest.Wait()
	game.since()
	return c, g
}

func loginOf(t *testing.T, opening transport.Opening) (login wire.Login) {
	t.Helper()
	assert.Equal(t, wire.CmdLogin, opening.Cmd)
	assert.True(t, opening.Hello.LoginWanted)
	require.NoError(t, json.Unmarshal(opening.Body, &login))
	return login
}

func TestADialBeginsWithTheLoginInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		game := &fakeGame{}
		c, g := startGated(t, game)
		defer c.Close()
		c.Login("ann", "a1", game.done("login"))
		first := loginOf(t, <-g.openings)
		assert.Equal(t, "a1", first.UserSig)
		g.goOn <- timerr.New(timerr.SDKNetConnRefuse)
		second := loginOf(t, <-g.openings)
		assert.Greater(t, second.Attempt, first.Attempt, "the server may have done the first")
		g.goOn <- nil
		synctest.Wait()
		assert.Equal(t, []string{wire.CmdLogin}, g.since(), "and it is sent no second time")
		assert.Contains(t, game.since(), "login: 0 , status 1")
	})
}

func TestADialBeginsWithTheResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		game := &fakeGame{}
		c, g := startGated(t, game)
		defer c.Close()
		c.Login("ann", "a1", game.done("login"))
		<-g.openings
		g.goOn <- nil
		synctest.Wait()
		g.since()
		g.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		opening := <-g.openings
		assert.Equal(t, wire.CmdResume, opening.Cmd)
		var resume wire.Resume
		require.NoError(t, json.Unmarshal(opening.Body, &resume))
		assert.Equal(t, "5e55", resume.SessionID)
		g.goOn <- nil
		synctest.Wait()
		assert.Equal(t, []string{wire.CmdResume}, g.since())
		c.Request("TIMGetUserStatus", nil, game.done("request"))
		synctest.Wait()
		assert.Equal(t, []string{"TIMGetUserStatus"}, g.since(), "the session is in force")
	})
}

// The server logs the first one out when it hears of the second.
func TestAnotherLoginWhileADialRunsFollowsTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		game := &fakeGame{}
		c, g := startGated(t, game)
		defer c.Close()
		c.Login("ann", "a1", game.done("ann"))
		<-g.openings
		c.Login("bob", "b1", game.done("bob"))
		g.goOn <- nil
		synctest.Wait()
		assert.Equal(t, []string{wire.CmdLogin, wire.CmdLogin}, g.since())
		heard := game.since()
		assert.Contains(t, heard, "ann: 7009 , status 2")
		assert.Contains(t, heard, "bob: 0 , status 1")
		assert.Equal(t, "bob", game.now().UserID)
		assert.Len(t, heard, 4, "connecting, connected and one answer for each")
	})
}

func TestALogoutWhileADialRunsIsForTheServerToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		game := &fakeGame{}
		c, g := startGated(t, game)
		defer c.Close()
		c.Login("ann", "a1", game.done("login"))
		<-g.openings
		c.Logout(game.done("logout"))
		assert.Equal(t, LoggingOut, c.Status())
		g.goOn <- nil
		synctest.Wait()
		assert.Equal(t, []string{wire.CmdLogin, wire.CmdLogout}, g.since())
		assert.Equal(t, LoggedOut, c.Status())
		heard := game.since()
		assert.Contains(t, heard, "login: 6023 , status 4")
		assert.Contains(t, heard, "logout: 0 , status 3")
	})
}

// Nobody waits longer than for any logout.
func TestALogoutDoesNotWaitForADial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		game := &fakeGame{}
		c, g := startGated(t, game)
		defer c.Close()
		c.Login("ann", "a1", game.done("login"))
		<-g.openings
		c.Logout(game.done("logout"))
		time.Sleep(logoutTimeout)
		synctest.Wait()
		assert.Equal(t, LoggedOut, c.Status())
		assert.Contains(t, game.since(), "logout: 0 , status 3")
		g.goOn <- timerr.New(timerr.SDKNetConnTimeout)
	})
}
