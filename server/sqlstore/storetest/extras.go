package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var extrasTests = []test{
	{"an extension is written by who knows its last write", testExtensions},
	{"of writers at the same time one wins", testExtensionRace},
	{"deleting all extensions is one write", testClearExtensions},
	{"extensions have limits", testExtensionLimits},
	{"extensions come in pages", testExtensionPages},
	{"users react and take it back", testReactions},
	{"reactions have limits", testReactionLimits},
	{"users of a reaction come in pages", testReactionUsers},
	{"what changed of extensions and reactions is found by its number", testChangedExtras},
	{"too many changes come bit by bit", testManyChangedExtras},
	{"a message that is stripped, deleted or not there has none", testNoExtras},
}

// writing is a write of pairs: a key, a value, and the seq that the writer knows.
func writing(second int, extensions ...chat.Extension) chat.ExtensionsWrite {
	return chat.ExtensionsWrite{Pos: 1, Extensions: extensions, At: after(second), May: anyMessage, Most: 300, PerMinute: 200}
}

func anyMessage(chat.Message) error { return nil }

func mustWrite(t *testing.T, store chat.Store, w chat.ExtensionsWrite) chat.ExtensionsWritten {
	t.Helper()
	written, err := store.WriteExtensions(t.Context(), ofBoth, "ann", w)
	require.NoError(t, err)
	return written
}

func mustExtensions(t *testing.T, store chat.Store) []chat.Extension {
	t.Helper()
	page, err := store.Extensions(t.Context(), ofBoth, "bob", 1, 0, 300)
	require.NoError(t, err)
	return page.Extensions
}

func outcomes(written chat.ExtensionsWritten) (list []chat.WriteOutcome) {
	for _, one := range written.Results {
		list = append(list, one.Outcome)
	}
	return list
}

func testExtensions(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	written := mustWrite(t, store, writing(1, chat.Extension{Key: "k", Value: "1"}, chat.Extension{Key: "l", Value: "2"}))
	assert.Equal(t, chat.ExtensionsWritten{Mod: 1, Results: []chat.ExtensionWritten{
		{Extension: chat.Extension{Key: "k", Value: "1", Seq: 1}}, {Extension: chat.Extension{Key: "l", Value: "2", Seq: 2}}}}, written)

	written = mustWrite(t, store, writing(2, chat.Extension{Key: "k", Value: "3"}, chat.Extension{Key: "l", Value: "4", Seq: 2}))
	assert.Equal(t, []chat.ExtensionWritten{
		{Extension: chat.Extension{Key: "k", Value: "1", Seq: 1}, Outcome: chat.Conflict},
		{Extension: chat.Extension{Key: "l", Value: "4", Seq: 3}}}, written.Results)
	same := mustWrite(t, store, writing(3, chat.Extension{Key: "k", Value: "1"}))
	assert.Equal(t, []chat.WriteOutcome{chat.Unchanged}, outcomes(same), "what was lost on the way may be sent again")
	assert.Zero(t, same.Mod)

	written = mustWrite(t, store, writing(4, chat.Extension{Key: "k", Deleted: true}, chat.Extension{Key: "l", Seq: 3, Deleted: true},
		chat.Extension{Key: "m", Deleted: true}))
	assert.Equal(t, []chat.WriteOutcome{chat.Conflict, chat.Written, chat.Missing}, outcomes(written))
	assert.Equal(t, []chat.Extension{{Key: "k", Value: "1", Seq: 1}}, mustExtensions(t, store))
	written = mustWrite(t, store, writing(5, chat.Extension{Key: "l", Value: "5", Seq: 3}))
	assert.Equal(t, []chat.WriteOutcome{chat.Conflict}, outcomes(written), "it was deleted meanwhile")
	assert.True(t, written.Results[0].Deleted)
	written = mustWrite(t, store, writing(6, chat.Extension{Key: "l", Value: "5"}))
	assert.Equal(t, []chat.WriteOutcome{chat.Written}, outcomes(written))

	forced := writing(7, chat.Extension{Key: "k", Value: "9"})
	forced.Force = true
	assert.Equal(t, []chat.WriteOutcome{chat.Written}, outcomes(mustWrite(t, store, forced)))
	page := mustPage(t, store, "bob", chat.Part{})
	assert.Zero(t, page.Messages[0].Version, "the message is as it was")
	assert.EqualValues(t, 5, page.Mod)
}

func testExtensionRace(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	var all sync.WaitGroup
	won := make([]chat.WriteOutcome, 20)
	for i := range won {
		all.Go(func() {
			written, err := store.WriteExtensions(t.Context(), ofBoth, []string{"ann", "bob"}[i%2], writing(1, chat.Extension{Key: "k", Value: fmt.Sprint(i)}))
			assert.NoError(t, err)
			won[i] = written.Results[0].Outcome
		})
	}
	all.Wait()
	winners := 0
	for i, outcome := range won {
		if outcome == chat.Written {
			winners++
			assert.Equal(t, []chat.Extension{{Key: "k", Value: fmt.Sprint(i), Seq: 1}}, mustExtensions(t, store))
		}
	}
	assert.Equal(t, 1, winners)
}

func testClearExtensions(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	clear := writing(1)
	clear.Clear = true
	assert.Zero(t, mustWrite(t, store, clear).Mod, "there is nothing")
	mustWrite(t, store, writing(1, chat.Extension{Key: "k", Value: "1"}, chat.Extension{Key: "l", Value: "2"}))
	written := mustWrite(t, store, clear)
	assert.Equal(t, chat.ExtensionsWritten{Mod: 2, Results: []chat.ExtensionWritten{
		{Extension: chat.Extension{Key: "k", Seq: 3, Deleted: true}}, {Extension: chat.Extension{Key: "l", Seq: 3, Deleted: true}}}}, written)
	page, err := store.Extensions(t.Context(), ofBoth, "ann", 1, 0, 300)
	require.NoError(t, err)
	assert.Equal(t, chat.ExtensionsPage{Seq: 3, ClearedSeq: 3}, page)
}

func testExtensionLimits(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	few := func(second int, extensions ...chat.Extension) error {
		w := writing(second, extensions...)
		w.Most, w.PerMinute = 2, 3
		_, err := store.WriteExtensions(t.Context(), ofBoth, "bob", w)
		return err
	}
	require.NoError(t, few(0, chat.Extension{Key: "a"}, chat.Extension{Key: "b"}))
	assert.ErrorIs(t, few(0, chat.Extension{Key: "a", Value: "x", Seq: 1}, chat.Extension{Key: "c"}), chat.ErrTooManyExtensions)
	assert.Equal(t, []chat.Extension{{Key: "a", Seq: 1}, {Key: "b", Seq: 2}}, mustExtensions(t, store), "all or nothing of it")
	require.NoError(t, few(0, chat.Extension{Key: "a", Seq: 1, Deleted: true}, chat.Extension{Key: "c"}))
	require.NoError(t, few(0, chat.Extension{Key: "b", Value: "1", Seq: 2}))
	assert.ErrorIs(t, few(0, chat.Extension{Key: "b", Value: "2", Seq: 5}), chat.ErrTooManyWrites)
	assert.NoError(t, few(60, chat.Extension{Key: "b", Value: "2", Seq: 5}), "in the next minute")
}

func testExtensionPages(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	mustWrite(t, store, writing(1, chat.Extension{Key: "x"}, chat.Extension{Key: "y"}, chat.Extension{Key: "z"}))
	mustWrite(t, store, writing(1, chat.Extension{Key: "x", Value: "1", Seq: 1}))
	page, err := store.Extensions(t.Context(), ofBoth, "ann", 1, 0, 2)
	require.NoError(t, err)
	assert.Equal(t, chat.ExtensionsPage{Extensions: []chat.Extension{{Key: "y", Seq: 2}, {Key: "z", Seq: 3}}, Seq: 4, More: true}, page)
	page, err = store.Extensions(t.Context(), ofBoth, "ann", 1, 4, 2)
	require.NoError(t, err)
	assert.Equal(t, chat.ExtensionsPage{Extensions: []chat.Extension{{Key: "x", Value: "1", Seq: 4}}, Seq: 4}, page)
}

func react(store chat.Store, t *testing.T, user, reaction string, remove bool) (chat.Reaction, error) {
	return store.React(t.Context(), ofBoth, chat.Reacting{Pos: 1, Reaction: reaction, User: user, Remove: remove,
		At: after(5), May: anyMessage, MostReactions: 2, MostBy: 3})
}

func testReactions(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	r, err := react(store, t, "bob", "thumb", false)
	require.NoError(t, err)
	assert.Equal(t, chat.Reaction{ID: "thumb", Users: []string{"bob"}, Mod: 1}, r)
	_, err = react(store, t, "bob", "thumb", false)
	assert.ErrorIs(t, err, chat.ErrReacted)
	r, err = react(store, t, "ann", "thumb", false)
	require.NoError(t, err)
	assert.Equal(t, chat.Reaction{ID: "thumb", Users: []string{"bob", "ann"}, Mod: 2}, r)
	_, err = react(store, t, "ann", "heart", false)
	require.NoError(t, err)
	_, err = react(store, t, "bob", "heart", true)
	assert.ErrorIs(t, err, chat.ErrNotReacted)
	_, err = react(store, t, "bob", "fish", true)
	assert.ErrorIs(t, err, chat.ErrNoReaction)

	r, err = react(store, t, "bob", "thumb", true)
	require.NoError(t, err)
	assert.Equal(t, []string{"ann"}, r.Users)
	r, err = react(store, t, "ann", "thumb", true)
	require.NoError(t, err)
	assert.Equal(t, chat.Reaction{ID: "thumb", Mod: 5}, r, "it is gone")
	_, err = react(store, t, "ann", "thumb", true)
	assert.ErrorIs(t, err, chat.ErrNoReaction)
	r, err = react(store, t, "ann", "thumb", false)
	require.NoError(t, err)
	all, err := store.Reactions(t.Context(), ofBoth, "bob", 1)
	require.NoError(t, err)
	assert.Equal(t, []chat.Reaction{{ID: "heart", Users: []string{"ann"}, Mod: 3}, r}, all, "the oldest first")
	assert.Zero(t, mustPage(t, store, "bob", chat.Part{}).Messages[0].Version, "the message is as it was")
}

func testReactionLimits(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	for _, user := range []string{"ann", "bob", "cid"} {
		_, err := react(store, t, user, "thumb", false)
		require.NoError(t, err)
	}
	_, err := react(store, t, "dan", "thumb", false)
	assert.ErrorIs(t, err, chat.ErrTooManyReactionUsers)
	_, err = react(store, t, "ann", "thumb", false)
	assert.ErrorIs(t, err, chat.ErrReacted, "not that there is no room")
	_, err = react(store, t, "ann", "heart", false)
	require.NoError(t, err)
	_, err = react(store, t, "ann", "fish", false)
	assert.ErrorIs(t, err, chat.ErrTooManyReactions)
	_, err = react(store, t, "ann", "heart", true)
	require.NoError(t, err)
	_, err = react(store, t, "ann", "fish", false)
	assert.NoError(t, err, "there is room again")
}

func testReactionUsers(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	for _, user := range []string{"cid", "ann", "bob"} {
		_, err := react(store, t, user, "thumb", false)
		require.NoError(t, err)
	}
	users, last, more, err := store.ReactionUsers(t.Context(), ofBoth, "ann", 1, "thumb", 0, 2)
	require.NoError(t, err)
	assert.Equal(t, []string{"cid", "ann"}, users, "in the order in which they came")
	assert.True(t, more)
	users, _, more, err = store.ReactionUsers(t.Context(), ofBoth, "ann", 1, "thumb", last, 2)
	require.NoError(t, err)
	assert.Equal(t, []string{"bob"}, users)
	assert.False(t, more)
	users, _, more, err = store.ReactionUsers(t.Context(), ofBoth, "ann", 1, "heart", 0, 2)
	require.NoError(t, err)
	assert.Empty(t, users)
	assert.False(t, more)
}

func changedExtras(t *testing.T, store chat.Store, user string, since, upTo uint64) ([]chat.ChangedExtras, uint64) {
	t.Helper()
	changed, whole, err := store.ChangedExtras(t.Context(), ofBoth, user, since, upTo)
	require.NoError(t, err)
	for i := range changed {
		assert.NotEmpty(t, changed[i].Message.Body)
		changed[i].Message = chat.Message{Pos: changed[i].Message.Pos}
	}
	return changed, whole
}

func testChangedExtras(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b")
	mustWrite(t, store, writing(1, chat.Extension{Key: "k", Value: "1"}, chat.Extension{Key: "l"})) // 1
	_, err := react(store, t, "bob", "thumb", false)                                                // 2
	require.NoError(t, err)
	second := writing(1, chat.Extension{Key: "m"})
	second.Pos = 2
	mustWrite(t, store, second)                                                      // 3
	mustWrite(t, store, writing(1, chat.Extension{Key: "k", Seq: 1, Deleted: true})) // 4
	_, err = react(store, t, "bob", "thumb", true)                                   // 5
	require.NoError(t, err)

	gone := chat.Extension{Key: "k", Seq: 3, Deleted: true}
	all, whole := changedExtras(t, store, "ann", 0, 5)
	assert.Equal(t, []chat.ChangedExtras{
		{Message: chat.Message{Pos: 2}, Mod: 3, Extensions: []chat.Extension{{Key: "m", Seq: 1}}},
		{Message: chat.Message{Pos: 1}, Mod: 5, Extensions: []chat.Extension{{Key: "l", Seq: 2}, gone},
			Reactions: []chat.Reaction{{ID: "thumb", Mod: 5}}}}, all)
	assert.EqualValues(t, 5, whole)
	some, _ := changedExtras(t, store, "ann", 3, 4)
	assert.Equal(t, []chat.ChangedExtras{{Message: chat.Message{Pos: 1}, Mod: 4, Extensions: []chat.Extension{gone}}}, some)

	_, _, err = store.HideMessages(t.Context(), ofBoth, "ann", []uint64{1})
	require.NoError(t, err)
	all, _ = changedExtras(t, store, "ann", 0, 5)
	assert.Len(t, all, 1, "nothing of what the user has deleted")
	_, _, err = store.ClearConversation(t.Context(), ofBoth, "ann", chat.Clearing{Messages: true})
	require.NoError(t, err)
	all, _ = changedExtras(t, store, "ann", 0, 5)
	assert.Empty(t, all)
	none, whole, err := store.ChangedExtras(t.Context(), chat.C2C(app, "ann", "cid"), "ann", 0, 7)
	require.NoError(t, err)
	assert.Empty(t, none)
	assert.EqualValues(t, 7, whole)
}

func testManyChangedExtras(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	var mod uint64
	for i := range 45 { // more than are told at once
		_, err := react(store, t, "bob", fmt.Sprint(i), false)
		require.NoError(t, err)
		_, err = react(store, t, "bob", fmt.Sprint(i), true)
		require.NoError(t, err)
		key := chat.Extension{Key: fmt.Sprint(i)}
		mod = mustWrite(t, store, writing(i*60, key)).Mod
	}
	seen, since := map[string]bool{}, uint64(0)
	pages := 0
	for since < mod {
		changed, whole := changedExtras(t, store, "ann", since, mod)
		require.Greater(t, whole, since)
		for _, one := range changed {
			for _, e := range one.Extensions {
				assert.False(t, seen["e"+e.Key])
				seen["e"+e.Key] = true
			}
			for _, r := range one.Reactions {
				assert.False(t, seen["r"+r.ID])
				seen["r"+r.ID] = true
			}
		}
		since = whole
		pages++
	}
	assert.Len(t, seen, 90)
	assert.Greater(t, pages, 1)
}

func testNoExtras(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b")
	mustWrite(t, store, writing(1, chat.Extension{Key: "k", Value: "1"}))
	_, err := react(store, t, "bob", "thumb", false)
	require.NoError(t, err)
	refusal := errors.New("no")
	no := writing(1, chat.Extension{Key: "l"})
	no.May = func(m chat.Message) error {
		assert.Equal(t, "ann", m.Sender)
		return refusal
	}
	_, err = store.WriteExtensions(t.Context(), ofBoth, "ann", no)
	assert.ErrorIs(t, err, refusal)

	_, err = store.ChangeMessage(t.Context(), ofBoth, 1, after(5), func(m *chat.Message) error { m.Bare = true; return nil })
	require.NoError(t, err)
	assert.Empty(t, mustExtensions(t, store))
	all, err := store.Reactions(t.Context(), ofBoth, "bob", 1)
	require.NoError(t, err)
	assert.Empty(t, all)
	changed, _ := changedExtras(t, store, "ann", 0, 99)
	assert.Empty(t, changed)

	_, _, err = store.HideMessages(t.Context(), ofBoth, "bob", []uint64{2})
	require.NoError(t, err)
	for _, pos := range []uint64{2, 3} {
		w := writing(1, chat.Extension{Key: "k"})
		w.Pos = pos
		_, err = store.WriteExtensions(t.Context(), ofBoth, "bob", w)
		assert.ErrorIs(t, err, chat.ErrNoMessage)
		_, err = store.Extensions(t.Context(), ofBoth, "bob", pos, 0, 9)
		assert.ErrorIs(t, err, chat.ErrNoMessage)
		_, err = store.React(t.Context(), ofBoth, chat.Reacting{Pos: pos, Reaction: "x", User: "bob", At: start, May: anyMessage})
		assert.ErrorIs(t, err, chat.ErrNoMessage)
		_, err = store.Reactions(t.Context(), ofBoth, "bob", pos)
		assert.ErrorIs(t, err, chat.ErrNoMessage)
		_, _, _, err = store.ReactionUsers(t.Context(), ofBoth, "bob", pos, "x", 0, 9)
		assert.ErrorIs(t, err, chat.ErrNoMessage)
	}
	_, err = store.Reactions(t.Context(), chat.C2C(app, "ann", "cid"), "ann", 1)
	assert.ErrorIs(t, err, chat.ErrNoMessage)
}
