package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// phone is a login of ann's phone that is refused after a kick, and ends all others.
func phone(id string) chat.Opening {
	o := login(id)
	o.Instance, o.RefuseKicked, o.Admit = "phone", true, one
	return o
}

// pc is a login of ann's PC, which ends all others.
func pc(id string) chat.Opening {
	o := login(id)
	o.Platform, o.Instance, o.At, o.Admit = session.Windows, "pc", after(3), one
	return o
}

// mustRefuse requires that o is refused because its device was kicked by the PC.
func mustRefuse(t *testing.T, store chat.Store, o chat.Opening) {
	t.Helper()
	_, err := store.OpenSession(t.Context(), o)
	var ended *chat.EndedError
	require.ErrorAs(t, err, &ended)
	want := chat.End{Reason: wire.KickOtherDevice, Platform: session.Windows, Instance: "pc", At: after(3)}
	assert.Equal(t, want, ended.End)
}

// kickedAway opens the phone's session, loses it, and ends it by the PC's login.
func kickedAway(t *testing.T, store chat.Store) chat.Session {
	t.Helper()
	s := mustOpen(t, store, phone("a")).Session
	mustEnd(t, store, s.Ref, chat.LinkClosed)
	mustOpen(t, store, pc("b"))
	return s
}

var kickedTests = []test{
	{"a device that was kicked while away is refused at its login, once", func(t *testing.T, store chat.Store) {
		kickedAway(t, store)
		mustRefuse(t, store, phone("c"))
		assertOpen(t, store, "b")
		assert.Len(t, mustOpen(t, store, phone("d")).Victims, 1)
	}},
	{"who does not ask for it is let in, and that is all there is to know", func(t *testing.T, store chat.Store) {
		s := kickedAway(t, store)
		quiet := phone("c")
		quiet.RefuseKicked = false
		again := mustOpen(t, store, quiet).Session
		mustEnd(t, store, again.Ref, chat.LinkClosed)
		mustOpen(t, store, phone("d"))
		mustRefuse(t, store, resume(s)) // a process that still has its id is refused by it
	}},
	{"a device that was kicked long ago is told, however often others have kicked each other since", testKickedLongAgo},
	{"of an account's many sessions that have ended, the last ones stay", testManyEnded},
	{"a resume that was refused has told the device", func(t *testing.T, store chat.Store) {
		s := kickedAway(t, store)
		mustRefuse(t, store, resume(s))
		mustRefuse(t, store, resume(s))
		mustOpen(t, store, phone("c"))
	}},
	{"another install, another platform and an install without an id are not refused", func(t *testing.T, store chat.Store) {
		kickedAway(t, store)
		for _, change := range []func(*chat.Opening){
			func(o *chat.Opening) { o.Instance = "another phone" },
			func(o *chat.Opening) { o.Platform = session.IPad },
			func(o *chat.Opening) { o.Instance = "" },
			func(o *chat.Opening) { o.User = "bob" },
		} {
			o := phone("c")
			change(&o)
			mustEnd(t, store, mustOpen(t, store, o).Session.Ref, chat.LoggedOut)
		}
	}},
	{"a clean logout leaves nothing to be refused for", func(t *testing.T, store chat.Store) {
		mustEnd(t, store, mustOpen(t, store, phone("a")).Session.Ref, chat.LoggedOut)
		mustOpen(t, store, pc("b"))
		mustOpen(t, store, phone("c"))
	}},
	{"a device that its own login kicked is not refused", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, phone("a")).Session
		mustEnd(t, store, s.Ref, chat.LinkClosed)
		mustOpen(t, store, phone("b"))
		mustOpen(t, store, phone("c"))
	}},
	{"nor one whose link is still being told, then or later", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, phone("a")).Session
		mustOpen(t, store, pc("b"))
		mustOpen(t, store, phone("c"))
		require.NoError(t, store.ReleaseSession(t.Context(), s.Ref))
		mustOpen(t, store, phone("d"))
	}},
	{"nor one that an administrator kicked", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, phone("a")).Session
		mustEnd(t, store, s.Ref, chat.LinkClosed)
		_, err := store.VoidTickets(t.Context(), app, "ann", after(-60), chat.End{Reason: wire.KickAdmin, At: after(3)})
		require.NoError(t, err)
		o := phone("c")
		o.TicketIssued = after(10)
		mustOpen(t, store, o)
	}},
}

// kickEachOther has two devices log in by turns, each when the other's link is lost.
func kickEachOther(t *testing.T, store chat.Store, from, to int) (all []chat.Session) {
	t.Helper()
	for n := from; n < to; n++ {
		o := pc(fmt.Sprint("by turns ", n))
		o.Instance, o.At = fmt.Sprint("pc ", n%2), after(10+n)
		opened := mustOpen(t, store, o)
		mustEnd(t, store, opened.Session.Ref, chat.LinkClosed)
		all = append(all, opened.Session)
	}
	return all
}

func testKickedLongAgo(t *testing.T, store chat.Store) {
	kickedAway(t, store)
	kickEachOther(t, store, 0, 100)
	mustRefuse(t, store, phone("c"))
	mustOpen(t, store, phone("d"))
}

func testManyEnded(t *testing.T, store chat.Store) {
	all := kickEachOther(t, store, 0, 70)
	held := mustOpen(t, store, login("held")).Session // its node does not let go of it
	all = append(all, kickEachOther(t, store, 70, 140)...)
	left := 0
	for _, s := range all[:len(all)-1] { // the last one is still open
		_, err := store.OpenSession(t.Context(), resume(s))
		var ended *chat.EndedError
		if errors.As(err, &ended) {
			left++
			continue
		}
		assert.ErrorIs(t, err, chat.ErrNoSession)
		assert.Zero(t, left, "one is gone that ended after others that are there")
	}
	assert.GreaterOrEqual(t, left, 32)
	assert.LessOrEqual(t, left, 3*32)
	ended, err := store.EndedOf(t.Context(), held.Node)
	require.NoError(t, err)
	ids := make([]string, len(ended))
	for i, s := range ended {
		ids[i] = s.Session
	}
	assert.Contains(t, ids, "held")
}
