package core

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// twoFakes is a client that knows two servers, of which it dials the first.
func twoFakes(t *testing.T, game *fakeGame) (c *Client, first, second *fakeServer) {
	first, second = &fakeServer{answer: good}, &fakeServer{answer: good}
	servers := map[string]*fakeServer{"wss://a.example:443/ws": first, "ws://[::1]:7000/ws": second}
	settings := NewSettings(NewLogFiles())
	_, err := settings.Experimental(twoServers)
	require.NoError(t, err)
	c, err = New(Options{AppID: 1, Settings: settings,
		Dialer: func(ctx context.Context, server transport.Target, opening transport.Opening) (Link, error) {
			return servers[server.URL].dial(ctx, server, opening)
		}}, game)
	require.NoError(t, err)
	return c, first, second
}

// cannot answers as a server does that is out of touch with its store.
func cannot(l *fakeLink, r wire.Request) { l.refuse(r, timerr.SvrAccountInternalError) }

func TestALoginThatAServerCannotTakeIsForTheNextServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		game := &fakeGame{}
		c, first, second := twoFakes(t, game)
		defer c.Close()
		first.set(func() { first.answer = cannot })
		synctest.Wait()
		game.since()
		c.Login("ann", "a1", game.done("login"))
		synctest.Wait()
		assert.Equal(t, []string{"login: 70500 , status 3"}, game.since())
		c.Login("ann", "a1", game.done("again"))
		synctest.Wait()
		assert.Equal(t, []string{"connecting 0", "connected 0", "again: 0 , status 1"}, game.since())
		assert.Equal(t, []string{wire.CmdLogin}, first.since())
		assert.Equal(t, []string{wire.CmdLogin}, second.since())
	})
}

func TestAServerThatCannotResumeIsLeftForTheNext(t *testing.T) {
	tests := []struct {
		name  string
		leave func(*fakeServer)
	}{
		{"it is out of touch with its store", func(s *fakeServer) {
			s.set(func() { s.answer = cannot })
			s.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		}},
		{"it shuts down", func(s *fakeServer) {
			s.link.event(wire.EventClosing, wire.Closing{Reason: wire.CloseShutdown, Redial: true})
		}},
		{"it was given up by the others", func(s *fakeServer) {
			s.link.event(wire.EventClosing, wire.Closing{Reason: wire.CloseMoved, Redial: true})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				game := &fakeGame{}
				c, first, second := twoFakes(t, game)
				defer c.Close()
				c.Login("ann", "a1", game.done("login"))
				synctest.Wait()
				tt.leave(first)
				time.Sleep(time.Minute)
				assert.Equal(t, []string{wire.CmdResume}, second.since())
				assert.LessOrEqual(t, first.count(), 2)
				assert.Equal(t, LoggedIn, c.Status())
			})
		})
	}
}

func TestALoginThatTheOnlyServerCannotTakeKeepsItsLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, game := &fakeServer{answer: cannot}, &fakeGame{}
		c := newClient(t, server, game)
		defer c.Close()
		for range 3 {
			c.Login("ann", "a1", game.done("login"))
			synctest.Wait()
		}
		assert.Equal(t, 1, server.count())
	})
}
