package storetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

var statusTests = []test{
	{"a custom status is the account's, and an empty one clears it", func(t *testing.T, store chat.Store) {
		s := withCustom(t, store, "in a match ♞")
		assert.Equal(t, "in a match ♞", customOf(t, store))
		setCustom(t, store, s.Ref, "")
		assert.Empty(t, customOf(t, store))
	}},
	{"only a live session sets a custom status", testCustomRefused},
	{"a login beside a live session leaves the custom status", func(t *testing.T, store chat.Store) {
		withCustom(t, store, "busy")
		mustOpen(t, store, login("b"))
		o := login("c")
		o.Admit = one // which ends both
		mustOpen(t, store, o)
		assert.Equal(t, "busy", customOf(t, store))
	}},
	{"a resume leaves it", func(t *testing.T, store chat.Store) {
		s := withCustom(t, store, "busy")
		mustEnd(t, store, s.Ref, chat.LinkLost)
		mustOpen(t, store, resume(s))
		assert.Equal(t, "busy", customOf(t, store))
	}},
	{"a login clears the custom status of an account that is offline", testCustomCleared},
}

// withCustom logs ann in and sets her custom status.
func withCustom(t *testing.T, store chat.Store, text string) chat.Session {
	t.Helper()
	s := mustOpen(t, store, login("a")).Session
	setCustom(t, store, s.Ref, text)
	return s
}

func setCustom(t *testing.T, store chat.Store, ref chat.Ref, text string) {
	t.Helper()
	set, err := store.SetCustomStatus(t.Context(), ref, text)
	require.NoError(t, err)
	require.True(t, set)
}

func customOf(t *testing.T, store chat.Store) string {
	t.Helper()
	return presenceOf(t, store, "ann").Custom
}

func testCustomRefused(t *testing.T, store chat.Store) {
	before := withCustom(t, store, "busy")
	after := mustOpen(t, store, resume(before)).Session
	lost := mustOpen(t, store, login("lost")).Session
	mustEnd(t, store, lost.Ref, chat.LinkLost)
	for name, ref := range map[string]chat.Ref{
		"a number of before": before.Ref, "a lost session": lost.Ref, "nobody's": {App: app, User: "bob", Session: "b", Number: 1},
	} {
		set, err := store.SetCustomStatus(t.Context(), ref, "other")
		require.NoError(t, err)
		assert.False(t, set, name)
	}
	assert.Equal(t, "busy", customOf(t, store))
	setCustom(t, store, after.Ref, "free")
}

func testCustomCleared(t *testing.T, store chat.Store) {
	for _, how := range []chat.Ending{chat.LoggedOut, chat.Expired, chat.LinkClosed, chat.LinkLost} {
		o := login("a " + string(how))
		o.Platform = session.Web
		s := mustOpen(t, store, o).Session
		require.Empty(t, customOf(t, store), how)
		setCustom(t, store, s.Ref, "busy")
		mustEnd(t, store, s.Ref, how)
	}
	setCustom(t, store, mustOpen(t, store, login("z")).Session.Ref, "busy")
	mustDelete(t, store, "ann")
	mustOpen(t, store, freshLogin("b"))
	assert.Empty(t, customOf(t, store))
}
