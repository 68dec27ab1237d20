package storetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

var resumeTests = []test{
	{"a resume takes a new number and the new link, and keeps the login", func(t *testing.T, store chat.Store) {
		before := mustOpen(t, store, login("a")).Session
		o := resume(before)
		o.Platform, o.Instance = session.IPad, "reinstalled"
		o.TicketIssued, o.TicketExpires = after(9), after(999)
		opened := mustOpen(t, store, o)

		want := before
		want.Number = opened.Session.Number
		want.Platform, want.Instance, want.Node = session.IPad, "reinstalled", "n2"
		want.TicketIssued, want.TicketExpires = after(9), after(999)
		assert.Greater(t, opened.Session.Number, before.Number)
		assert.Equal(t, chat.Opened{Session: want, Superseded: &before, Presence: opened.Presence}, opened)
		assertOpen(t, store, "a")
	}},
	{"a resume of a lost session has no link to supersede", func(t *testing.T, store chat.Store) {
		before := mustOpen(t, store, login("a")).Session
		mustEnd(t, store, before.Ref, chat.LinkClosed)
		opened := mustOpen(t, store, resume(before))
		assert.Nil(t, opened.Superseded)
		assert.Equal(t, chat.Live, opened.Session.State)
		assert.Zero(t, opened.Session.LostAt)
		assertOpen(t, store, "a")
	}},
	{"a session that is not known cannot be resumed", testUnknownResume},
	{"a resume of an account that is not there does not make it", func(t *testing.T, store chat.Store) {
		o := login("a")
		o.Resume = 1
		_, err := store.OpenSession(t.Context(), o)
		assert.ErrorIs(t, err, chat.ErrNoSession)
		assert.True(t, mustOpen(t, store, login("b")).NewAccount)
	}},
	{"a resume asks the policy, as the login that it was", func(t *testing.T, store chat.Store) {
		before := mustOpen(t, store, login("a")).Session
		other := mustOpen(t, store, login("b")).Session
		o := resume(before)
		o.Admit = func(open []session.Live, newcomer session.Live) []session.Live {
			assert.Len(t, open, 2)
			assert.Equal(t, before.Login, newcomer.Login)
			return one(open, newcomer)
		}
		assert.Equal(t, []chat.Session{other}, mustOpen(t, store, o).Victims)
		assertOpen(t, store, "a")
	}},
	{"a resume of a kicked session tells of the kick, whatever its number", func(t *testing.T, store chat.Store) {
		before := mustOpen(t, store, login("a")).Session
		o := login("b")
		o.Platform, o.Admit, o.At = session.Mac, one, after(3)
		mustOpen(t, store, o)
		for _, number := range []int64{before.Number, before.Number + 77} {
			back := resume(before)
			back.Resume = number
			_, err := store.OpenSession(t.Context(), back)
			var ended *chat.EndedError
			require.ErrorAs(t, err, &ended)
			assert.Equal(t, chat.End{
				Reason: wire.KickOtherDevice, Platform: session.Mac, Instance: "install of b", At: after(3),
			}, ended.End)
		}
		assertOpen(t, store, "b")
	}},
}

func testUnknownResume(t *testing.T, store chat.Store) {
	a := mustOpen(t, store, login("a")).Session
	again := mustOpen(t, store, resume(a)).Session
	out := mustOpen(t, store, login("out")).Session
	mustEnd(t, store, out.Ref, chat.LoggedOut)
	bobs := login("b")
	bobs.User = "bob"
	b := mustOpen(t, store, bobs).Session

	tests := []struct {
		name string
		edit func(*chat.Opening)
	}{
		{"the number before the last", func(o *chat.Opening) { o.Resume = a.Number }},
		{"a number that is still to come", func(o *chat.Opening) { o.Resume = again.Number + 1 }},
		{"another id", func(o *chat.Opening) { o.Session = "c" }},
		{"a session that logged out", func(o *chat.Opening) { o.Session, o.Resume = "out", out.Number }},
		{"another user's session", func(o *chat.Opening) { o.Session, o.Resume = "b", b.Number }},
		{"a user who is not there", func(o *chat.Opening) { o.User = "carl" }},
		{"another app", func(o *chat.Opening) { o.App++ }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := resume(again)
			o.Admit = one
			tt.edit(&o)
			_, err := store.OpenSession(t.Context(), o)
			assert.ErrorIs(t, err, chat.ErrNoSession)
		})
	}
	assertOpen(t, store, "a")
	mustOpen(t, store, resume(again)) // none of them took its number
}
