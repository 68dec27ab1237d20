package storetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// endings are all the ways in which a session ends from its own side.
var endings = []chat.Ending{chat.LoggedOut, chat.Expired, chat.LinkClosed}

var endingTests = []test{
	{"a logout, or a ticket that ran out, leaves nothing to resume", func(t *testing.T, store chat.Store) {
		for _, how := range []chat.Ending{chat.LoggedOut, chat.Expired} {
			s := mustOpen(t, store, login("a")).Session
			mustEnd(t, store, s.Ref, how)
			assertOpen(t, store)
			_, err := store.OpenSession(t.Context(), resume(s))
			assert.ErrorIs(t, err, chat.ErrNoSession)
			assertEndsNothing(t, store, s.Ref)
		}
	}},
	{"a link that closes leaves a lost session, once", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, login("a")).Session
		mustEnd(t, store, s.Ref, chat.LinkClosed)
		live, lost := openIDs(t, store)
		assert.Empty(t, live)
		assert.Equal(t, []string{"a"}, lost)
		again, err := store.EndSession(t.Context(), s.Ref, chat.LinkClosed, after(7))
		require.NoError(t, err)
		assert.False(t, again)
		mustEnd(t, store, s.Ref, chat.LoggedOut)
		_, lost = openIDs(t, store)
		assert.Empty(t, lost)
	}},
	{"an old number ends nothing", func(t *testing.T, store chat.Store) {
		old := mustOpen(t, store, login("a")).Session
		mustOpen(t, store, resume(old))
		assertEndsNothing(t, store, old.Ref)
		assertOpen(t, store, "a")
	}},
	{"a session that was kicked does not end again", func(t *testing.T, store chat.Store) {
		a := mustOpen(t, store, login("a")).Session
		o := login("b")
		o.Admit = one
		mustOpen(t, store, o)
		assertEndsNothing(t, store, a.Ref)
		ended, err := store.EndedOf(t.Context(), "n1")
		require.NoError(t, err)
		require.Len(t, ended, 1)
		assert.Equal(t, wire.KickOtherDevice, ended[0].End.Reason)
	}},
	{"an ending that has no meaning is refused", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, login("a")).Session
		_, err := store.EndSession(t.Context(), s.Ref, "exploded", start)
		assert.ErrorContains(t, err, "exploded")
		assertOpen(t, store, "a")
	}},
	{"a fresh ticket's times take the place of the old one's", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, login("a")).Session
		renewed, err := store.RenewTicket(t.Context(), s.Ref, after(50), after(5000))
		require.NoError(t, err)
		assert.True(t, renewed)
		s.TicketIssued, s.TicketExpires = after(50), after(5000)
		assert.Equal(t, &s, mustOpen(t, store, resume(s)).Superseded)
	}},
	{"who renews the ticket of a session that was kicked is told by whom", func(t *testing.T, store chat.Store) {
		a := mustOpen(t, store, login("a")).Session
		o := login("b")
		o.Admit = one
		mustOpen(t, store, o)
		_, err := store.RenewTicket(t.Context(), a.Ref, after(50), after(5000))
		var ended *chat.EndedError
		require.ErrorAs(t, err, &ended)
		assert.Equal(t, chat.End{Reason: wire.KickOtherDevice, Platform: o.Platform, Instance: o.Instance, At: o.At}, ended.End)
	}},
	{"a ticket is renewed for a live session with that number only", func(t *testing.T, store chat.Store) {
		old := mustOpen(t, store, login("a")).Session
		now := mustOpen(t, store, resume(old)).Session
		lost := mustOpen(t, store, login("lost")).Session
		mustEnd(t, store, lost.Ref, chat.LinkClosed)
		stranger := now.Ref
		stranger.User = "bob"
		for _, ref := range []chat.Ref{old.Ref, lost.Ref, stranger} {
			renewed, err := store.RenewTicket(t.Context(), ref, after(50), after(5000))
			require.NoError(t, err)
			assert.False(t, renewed, "%v", ref)
		}
		assert.Equal(t, &now, mustOpen(t, store, resume(now)).Superseded)
	}},
}

func assertEndsNothing(t *testing.T, store chat.Store, ref chat.Ref) {
	t.Helper()
	for _, how := range endings {
		ended, err := store.EndSession(t.Context(), ref, how, after(6))
		require.NoError(t, err)
		assert.False(t, ended, how)
	}
}
