package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var nodeTests = []test{
	{"a node finds its own kicked sessions until it releases or forgets them", testEndedOf},
	{"a kick can be told until the session is forgotten", func(t *testing.T, store chat.Store) {
		victim := kicked(t, store, "a")
		require.NoError(t, store.ReleaseSession(t.Context(), victim.Ref))
		var ended *chat.EndedError
		_, err := store.OpenSession(t.Context(), resume(victim))
		require.ErrorAs(t, err, &ended)
		require.NoError(t, store.ForgetSession(t.Context(), victim.Ref))
		_, err = store.OpenSession(t.Context(), resume(victim))
		require.ErrorIs(t, err, chat.ErrNoSession)
	}},
	{"a session that has not ended is neither released nor forgotten", func(t *testing.T, store chat.Store) {
		live := mustOpen(t, store, login("live")).Session
		lost := mustOpen(t, store, login("lost")).Session
		mustEnd(t, store, lost.Ref, chat.LinkClosed)
		for _, ref := range []chat.Ref{live.Ref, lost.Ref, {App: app, User: "nobody", Session: "none"}} {
			require.NoError(t, store.ReleaseSession(t.Context(), ref))
			require.NoError(t, store.ForgetSession(t.Context(), ref))
		}
		assert.Equal(t, &live, mustOpen(t, store, resume(live)).Superseded)
		mustOpen(t, store, resume(lost))
	}},
	{"a node finds its own live sessions", func(t *testing.T, store chat.Store) {
		kicked(t, store, "kicked")
		mine := mustOpen(t, store, login("mine")).Session
		lost := mustOpen(t, store, login("lost")).Session
		mustEnd(t, store, lost.Ref, chat.LinkClosed)
		moved := mustOpen(t, store, resume(mustOpen(t, store, login("moved")).Session)).Session
		for node, want := range map[string][]chat.Session{"n1": {mine}, "n2": {moved}, "": nil} {
			live, err := store.LiveOf(t.Context(), node)
			require.NoError(t, err)
			assert.Equal(t, want, live, node)
		}
	}},
	{"a node that starts has lost the links of before", testLoseNode},
	{"what was lost too long ago is reaped, and what was closed", testReap},
}

// kicked opens a session and lets another login end it.
func kicked(t *testing.T, store chat.Store, id string) chat.Session {
	t.Helper()
	victim := mustOpen(t, store, login(id)).Session
	o := login("kicker of " + id)
	o.Node, o.Admit = "n2", one
	kicker := mustOpen(t, store, o)
	require.Equal(t, []chat.Session{victim}, kicker.Victims)
	mustEnd(t, store, kicker.Session.Ref, chat.LoggedOut)
	return victim
}

func endedOf(t *testing.T, store chat.Store, node string) (ids []string) {
	t.Helper()
	ended, err := store.EndedOf(t.Context(), node)
	require.NoError(t, err)
	for _, s := range ended {
		assert.Equal(t, chat.Ended, s.State)
		assert.Equal(t, node, s.Node)
		ids = append(ids, s.Session)
	}
	return ids
}

func testEndedOf(t *testing.T, store chat.Store) {
	released, forgotten := kicked(t, store, "released"), kicked(t, store, "forgotten")
	kicked(t, store, "waits")
	assert.ElementsMatch(t, []string{"released", "forgotten", "waits"}, endedOf(t, store, "n1"))
	assert.Empty(t, endedOf(t, store, "n2"))

	old := released.Ref
	old.Number = -1
	require.NoError(t, store.ReleaseSession(t.Context(), old), "ended is final: no number is needed")
	require.NoError(t, store.ForgetSession(t.Context(), forgotten.Ref))
	assert.Equal(t, []string{"waits"}, endedOf(t, store, "n1"))
	assert.Empty(t, endedOf(t, store, ""), "nobody's sessions are nobody's to close")
}

func testLoseNode(t *testing.T, store chat.Store) {
	kicked(t, store, "kicked")
	mine := mustOpen(t, store, login("mine")).Session
	o := login("other")
	o.Node = "n2"
	mustOpen(t, store, o)
	earlier := mustOpen(t, store, login("earlier")).Session
	mustEnd(t, store, earlier.Ref, chat.LinkClosed)

	n, err := store.LoseNode(t.Context(), "n1", after(30))
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	live, lost := openIDs(t, store)
	assert.Equal(t, []string{"other"}, live)
	assert.ElementsMatch(t, []string{"mine", "earlier"}, lost)
	assert.Empty(t, endedOf(t, store, "n1"))

	back := mustOpen(t, store, resume(mine))
	assert.Nil(t, back.Superseded)
	n, err = store.LoseNode(t.Context(), "n1", after(31))
	require.NoError(t, err)
	assert.Zero(t, n)
}

func testReap(t *testing.T, store chat.Store) {
	kept := kicked(t, store, "not closed yet") // ended at start
	released := kicked(t, store, "closed")     // so was this
	require.NoError(t, store.ReleaseSession(t.Context(), released.Ref))
	lost := mustOpen(t, store, login("lost")).Session
	mustEnd(t, store, lost.Ref, chat.LinkClosed) // lost at after(5)
	mustOpen(t, store, login("live"))

	reaped, err := store.Reap(t.Context(), after(5), start)
	require.NoError(t, err)
	assert.Empty(t, reaped, "neither time is before itself")
	_, err = store.OpenSession(t.Context(), resume(released))
	assert.ErrorAs(t, err, new(*chat.EndedError))

	reaped, err = store.Reap(t.Context(), after(5).Add(time.Millisecond), start.Add(time.Millisecond))
	require.NoError(t, err)
	lost.State, lost.LostAt, lost.Node, lost.Reported = chat.Lost, after(5), "", true
	assert.Equal(t, []chat.Session{lost}, reaped)
	_, err = store.OpenSession(t.Context(), resume(released))
	assert.ErrorIs(t, err, chat.ErrNoSession)
	_, err = store.OpenSession(t.Context(), resume(kept))
	assert.ErrorAs(t, err, new(*chat.EndedError))
	live, gone := openIDs(t, store)
	assert.Equal(t, []string{"live"}, live)
	assert.Equal(t, []string{"lost"}, gone, "for longer")
}
