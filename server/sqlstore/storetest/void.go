package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// second is a whole second, as tickets have them.
var second = start.Truncate(time.Second)

var byAdmin = chat.End{Reason: wire.KickAdmin, At: after(20)}

var voidTests = []test{
	{"voiding tickets ends what is open, and returns what was live", func(t *testing.T, store chat.Store) {
		live := mustOpen(t, store, login("live")).Session
		lost := mustOpen(t, store, login("lost")).Session
		mustEnd(t, store, lost.Ref, chat.LinkClosed)
		bobs := login("b")
		bobs.User = "bob"
		mustOpen(t, store, bobs)

		ended, err := store.VoidTickets(t.Context(), app, "ann", second, byAdmin)
		require.NoError(t, err)
		assert.Equal(t, []chat.Session{live}, ended)
		assertOpen(t, store)

		waiting, err := store.EndedOf(t.Context(), "n1")
		require.NoError(t, err)
		require.Len(t, waiting, 1)
		assert.Equal(t, byAdmin, waiting[0].End)
		for _, s := range []chat.Session{live, lost} {
			back := resume(s)
			back.TicketIssued = second.Add(time.Second)
			_, err = store.OpenSession(t.Context(), back)
			var kicked *chat.EndedError
			require.ErrorAs(t, err, &kicked)
			assert.Equal(t, byAdmin, kicked.End)
		}
	}},
	{"tickets of that second are void, and of the next are good", testVoidSecond},
	{"the second never moves back", func(t *testing.T, store chat.Store) {
		mustOpen(t, store, login("a"))
		for _, until := range []time.Time{second.Add(9 * time.Second), second} {
			_, err := store.VoidTickets(t.Context(), app, "ann", until, byAdmin)
			require.NoError(t, err)
		}
		o := login("b")
		o.TicketIssued = second.Add(9 * time.Second)
		_, err := store.OpenSession(t.Context(), o)
		assertVoid(t, second.Add(9*time.Second), err)
	}},
	{"an account that is not there has no tickets to void", func(t *testing.T, store chat.Store) {
		_, err := store.VoidTickets(t.Context(), app, "ann", second, byAdmin)
		assert.ErrorIs(t, err, chat.ErrNoAccount)
		assert.True(t, mustOpen(t, store, login("a")).NewAccount)
	}},
	{"a void ticket is refused before anything is said of the session", func(t *testing.T, store chat.Store) {
		mustOpen(t, store, login("a"))
		_, err := store.VoidTickets(t.Context(), app, "ann", second, byAdmin)
		require.NoError(t, err)
		for _, id := range []string{"a", "not there"} {
			o := login(id)
			o.Resume, o.TicketIssued = 1, second
			_, err := store.OpenSession(t.Context(), o)
			assertVoid(t, second, err)
		}
	}},
}

func testVoidSecond(t *testing.T, store chat.Store) {
	mustOpen(t, store, login("old"))
	_, err := store.VoidTickets(t.Context(), app, "ann", second, byAdmin)
	require.NoError(t, err)

	for _, issued := range []time.Time{second.Add(-time.Hour), second} {
		o := login("void")
		o.TicketIssued = issued
		_, err := store.OpenSession(t.Context(), o)
		assertVoid(t, second, err)
	}
	o := login("good")
	o.TicketIssued = second.Add(time.Second)
	good := mustOpen(t, store, o).Session
	assertOpen(t, store, "good")

	_, err = store.RenewTicket(t.Context(), good.Ref, second, after(9999))
	assertVoid(t, second, err)
	renewed, err := store.RenewTicket(t.Context(), good.Ref, second.Add(time.Second), after(9999))
	require.NoError(t, err)
	assert.True(t, renewed)
}

func assertVoid(t *testing.T, until time.Time, err error) {
	t.Helper()
	var void *chat.VoidTicketError
	require.ErrorAs(t, err, &void)
	assert.Equal(t, until, void.Until)
}
