package storetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// as is o as the given attempt of run "r", which ends all others.
func as(o chat.Opening, number int64) chat.Opening {
	o.Attempt = chat.Attempt{Run: "r", Number: number}
	o.Admit = one
	return o
}

// mustBeLate requires that o is refused because its run has gone on, and changes nothing.
func mustBeLate(t *testing.T, store chat.Store, o chat.Opening) {
	t.Helper()
	before := liveOfAll(t, store)
	_, err := store.OpenSession(t.Context(), o)
	require.ErrorIs(t, err, chat.ErrOvertaken)
	assert.Equal(t, before, liveOfAll(t, store))
}

func liveOfAll(t *testing.T, store chat.Store) (live []chat.Session) {
	t.Helper()
	for _, node := range []string{"n1", "n2"} {
		some, err := store.LiveOf(t.Context(), node)
		require.NoError(t, err)
		live = append(live, some...)
	}
	return live
}

var attemptTests = []test{
	{"a login that is done late ends nobody when its run has logged in", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, as(login("b"), 2)).Session
		assert.Equal(t, chat.Attempt{Run: "r", Number: 2}, s.Attempt)
		mustBeLate(t, store, as(login("a"), 1))
		mustBeLate(t, store, as(login("c"), 2))
		assertOpen(t, store, "b")
	}},
	{"nor when its run has resumed", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, as(login("b"), 1)).Session
		mustOpen(t, store, as(resume(s), 3))
		mustBeLate(t, store, as(login("a"), 2))
		assertOpen(t, store, "b")
	}},
	{"nor when another device has ended that session", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, as(login("b"), 2)).Session
		mustOpen(t, store, pc("pc"))
		mustBeLate(t, store, as(login("a"), 1))
		require.NoError(t, store.ReleaseSession(t.Context(), s.Ref))
		mustRefuse(t, store, as(resume(s), 3))
		mustBeLate(t, store, as(login("a"), 1)) // it was told, so the row has no install
		assertOpen(t, store, "pc")
	}},
	{"a device that was kicked logs in with its next attempt", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, as(login("a"), 1)).Session
		mustOpen(t, store, pc("pc"))
		mustRefuse(t, store, as(resume(s), 2))
		mustOpen(t, store, as(login("b"), 3))
		assertOpen(t, store, "b")
	}},
	{"a resume that is done late takes nothing, and its device has heard nothing", func(t *testing.T, store chat.Store) {
		o := phone("a")
		s := mustOpen(t, store, as(o, 1)).Session
		s = mustOpen(t, store, as(resume(s), 3)).Session
		mustBeLate(t, store, as(resume(s), 2))
		mustEnd(t, store, s.Ref, chat.LinkLost)
		mustOpen(t, store, pc("b"))
		mustBeLate(t, store, as(resume(s), 2))
		mustRefuse(t, store, phone("c"))
	}},
	{"attempts are apart by run, user and app, and clients without them log in as ever", testAttemptsAreApart},
	{"a resume whose answer was lost is taken again, beside who came in between", testResumeAgain},
	{"but not by another run, an earlier attempt or a client without them", testNotResumedAgain},
	{"and not when the session was kicked", func(t *testing.T, store chat.Store) {
		s := mustOpen(t, store, as(login("a"), 1)).Session
		mustOpen(t, store, as(resume(s), 2))
		mustOpen(t, store, pc("b"))
		mustRefuse(t, store, as(resume(s), 3))
		assertOpen(t, store, "b")
	}},
	{"a session that was given up keeps its attempt", func(t *testing.T, store chat.Store) {
		s := mustGiveUp(t, store, as(login("a"), 2))
		mustBeLate(t, store, as(login("b"), 1))
		mustOpen(t, store, as(resume(s), 3))
		mustOpen(t, store, as(resume(s), 4))
		assertOpen(t, store, "a")
	}},
}

func testAttemptsAreApart(t *testing.T, store chat.Store) {
	tests := []struct {
		name string
		edit func(*chat.Opening)
	}{
		{"another run", func(o *chat.Opening) { o.Attempt.Run = "s" }},
		{"another user", func(o *chat.Opening) { o.User = "bob" }},
		{"another app", func(o *chat.Opening) { o.App++ }},
		{"no attempt", func(o *chat.Opening) { o.Attempt = chat.Attempt{} }},
		{"none again", func(o *chat.Opening) { o.Attempt = chat.Attempt{} }},
	}
	mustOpen(t, store, as(login("a"), 5))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := as(login(tt.name), 1)
			tt.edit(&o)
			mustOpen(t, store, o)
		})
	}
}

func testResumeAgain(t *testing.T, store chat.Store) {
	s := mustOpen(t, store, as(login("a"), 1)).Session
	lost := mustOpen(t, store, as(resume(s), 2)).Session // its answer does not arrive
	web := login("web")
	web.Platform = session.Web
	mustOpen(t, store, web)

	o := as(resume(s), 3) // with the number that it was told last
	o.Admit = all
	opened := mustOpen(t, store, o)
	assert.Equal(t, &lost, opened.Superseded, "the lost one's link is closed")
	assert.Greater(t, opened.Session.Number, lost.Number)
	assert.Equal(t, o.Attempt, opened.Session.Attempt)
	assert.Equal(t, s.Login, opened.Session.Login)
	assert.Empty(t, opened.Victims)
	assertOpen(t, store, "a", "web")
}

func testNotResumedAgain(t *testing.T, store chat.Store) {
	s := mustOpen(t, store, as(login("a"), 1)).Session
	now := mustOpen(t, store, as(resume(s), 2)).Session
	tests := []struct {
		name    string
		attempt chat.Attempt
		err     error
	}{
		{"another run", chat.Attempt{Run: "s", Number: 3}, chat.ErrNoSession},
		{"no run", chat.Attempt{}, chat.ErrNoSession},
		{"the same attempt", chat.Attempt{Run: "r", Number: 2}, chat.ErrOvertaken},
		{"an earlier one", chat.Attempt{Run: "r", Number: 1}, chat.ErrOvertaken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := as(resume(s), 0)
			o.Attempt = tt.attempt
			_, err := store.OpenSession(t.Context(), o)
			assert.ErrorIs(t, err, tt.err)
		})
	}
	mustOpen(t, store, as(resume(now), 3)) // none of them took its number
	assertOpen(t, store, "a")
}
