package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// mustGiveUp opens o's session, loses it at after(5), and gives it up.
func mustGiveUp(t *testing.T, store chat.Store, o chat.Opening) chat.Session {
	t.Helper()
	s := mustOpen(t, store, o).Session
	mustEnd(t, store, s.Ref, chat.LinkLost)
	reaped, err := store.Reap(t.Context(), after(100), start)
	require.NoError(t, err)
	require.Len(t, reaped, 1)
	require.Equal(t, s.Ref, reaped[0].Ref)
	return s
}

// mustForget lets every gone session that was lost at after(5) go for good.
func mustForget(t *testing.T, store chat.Store) {
	t.Helper()
	reaped, err := store.Reap(t.Context(), after(100), after(5).Add(time.Millisecond))
	require.NoError(t, err)
	require.Empty(t, reaped, "it was given up once")
}

var goneTests = []test{
	{"a session that was given up comes back, with its login, and ends nobody", testGoneResumes},
	{"one whose place another device took is refused like any kicked one", func(t *testing.T, store chat.Store) {
		s := mustGiveUp(t, store, phone("a"))
		victims := mustOpen(t, store, pc("b")).Victims
		require.Len(t, victims, 1)
		assert.Equal(t, chat.Gone, victims[0].State)
		assert.True(t, victims[0].Reported, "its end was told when it was given up")
		mustRefuse(t, store, resume(s))
		assertOpen(t, store, "b")
	}},
	{"and its install is refused once when it is started anew", func(t *testing.T, store chat.Store) {
		mustGiveUp(t, store, phone("a"))
		mustOpen(t, store, pc("b"))
		mustRefuse(t, store, phone("c"))
		mustOpen(t, store, phone("d"))
	}},
	{"its own install's login leaves nothing of it, without a word", func(t *testing.T, store chat.Store) {
		s := mustGiveUp(t, store, phone("a"))
		assert.Empty(t, mustOpen(t, store, phone("b")).Victims)
		_, err := store.OpenSession(t.Context(), resume(s))
		assert.ErrorIs(t, err, chat.ErrNoSession)
		assertOpen(t, store, "b")
	}},
	{"a login sees that it is gone", func(t *testing.T, store chat.Store) {
		s := mustGiveUp(t, store, login("a"))
		o := login("b")
		o.Admit = func(open []session.Live, _ session.Live) []session.Live {
			assert.Equal(t, []session.Live{{ID: "a", Platform: session.Android, Instance: "install of a", Login: s.Login, Lost: true, Gone: true}}, open)
			return nil
		}
		mustOpen(t, store, o)
	}},
	{"a logout leaves nothing of it, and a closed link changes nothing", func(t *testing.T, store chat.Store) {
		s := mustGiveUp(t, store, login("a"))
		for _, how := range []chat.Ending{chat.LinkClosed, chat.LinkLost} {
			ended, err := store.EndSession(t.Context(), s.Ref, how, after(200))
			require.NoError(t, err)
			assert.False(t, ended, how)
		}
		mustEnd(t, store, s.Ref, chat.LoggedOut)
		_, err := store.OpenSession(t.Context(), resume(s))
		assert.ErrorIs(t, err, chat.ErrNoSession)
		assert.Empty(t, presenceOf(t, store, "ann").Lost)
	}},
	{"an administrator's kick ends it", func(t *testing.T, store chat.Store) {
		s := mustGiveUp(t, store, login("a"))
		live, err := store.VoidTickets(t.Context(), app, "ann", after(-60), chat.End{Reason: wire.KickAdmin, At: after(200)})
		require.NoError(t, err)
		assert.Empty(t, live)
		assert.Empty(t, presenceOf(t, store, "ann").Lost)
		o := resume(s)
		o.TicketIssued = after(10)
		_, err = store.OpenSession(t.Context(), o)
		assert.ErrorAs(t, err, new(*chat.EndedError))
	}},
	{"it is not kept for ever", func(t *testing.T, store chat.Store) {
		s := mustGiveUp(t, store, login("a"))
		reaped, err := store.Reap(t.Context(), after(100), after(5))
		require.NoError(t, err)
		assert.Empty(t, reaped)
		assert.Equal(t, []session.Platform{session.Android}, presenceOf(t, store, "ann").Lost)
		mustForget(t, store)
		assert.Empty(t, presenceOf(t, store, "ann").Lost)
		_, err = store.OpenSession(t.Context(), resume(s))
		assert.ErrorIs(t, err, chat.ErrNoSession)
	}},
}

func testGoneResumes(t *testing.T, store chat.Store) {
	s := mustGiveUp(t, store, login("a"))
	web := login("b")
	web.Platform = session.Web
	mustOpen(t, store, web)
	o := resume(s)
	o.Admit = func(open []session.Live, newcomer session.Live) []session.Live {
		return session.Admit(session.Policy{}, open, newcomer)
	}
	opened := mustOpen(t, store, o)
	want := s
	want.Number, want.Node = opened.Session.Number, "n2"
	assert.Greater(t, want.Number, s.Number)
	assert.Equal(t, chat.Opened{Session: want, Presence: opened.Presence}, opened)
	assertOpen(t, store, "a", "b")

	mustForget(t, store)
	_, err := store.OpenSession(t.Context(), resume(s))
	assert.ErrorIs(t, err, chat.ErrNoSession, "its number is an old one")
	mustOpen(t, store, resume(opened.Session))
}
