package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var messageTests = []test{
	{"messages take places from one on, in their order", testAppend},
	{"a message that is there keeps its place", testAppendAgain},
	{"messages that come one by one count as those that come together", testAppendOneByOne},
	{"senders at the same time leave no gap", testAppendersAtOnce},
	{"times do not fall within a conversation", testTimes},
	{"a page says what it has in whole", testPages},
	{"a page by time holds what was sent then", testPagesByTime},
	{"a page ends after so many bytes", testPageBytes},
	{"a change is found by its number, a refused one changes nothing", testChanges},
	{"a conversation with oneself has one member", testSelf},
	{"profiles are of those who have an account", testProfiles},
}

var ofBoth = chat.C2C(app, "ann", "bob")

// accounts makes ann and bob.
func accounts(t *testing.T, store chat.Store) {
	t.Helper()
	require.NoError(t, store.ImportAccounts(t.Context(), app,
		[]chat.NewAccount{{User: "ann", Nick: "Ann"}, {User: "bob"}}, start))
}

// said is a message that counts, from one of them.
func said(sender, id string) chat.NewMessage {
	return chat.NewMessage{Sender: sender, ID: id, Counts: true, Last: true, Body: []byte(`{"of":"` + id + `"}`)}
}

func mustAppend(t *testing.T, store chat.Store, conv chat.Conv, second int, messages ...chat.NewMessage) []chat.Placed {
	t.Helper()
	placed, err := store.AppendMessages(t.Context(), conv, messages, after(second))
	require.NoError(t, err)
	require.Len(t, placed, len(messages))
	return placed
}

// say has messages appended by their sender, a second each.
func say(t *testing.T, store chat.Store, sender string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		mustAppend(t, store, ofBoth, 0, said(sender, id))
	}
}

func mustPage(t *testing.T, store chat.Store, user string, part chat.Part) chat.Page {
	t.Helper()
	if part.Limit == 0 {
		part.Limit = 100
	}
	if part.Bytes == 0 {
		part.Bytes = 1 << 20
	}
	page, err := store.Messages(t.Context(), ofBoth, user, part)
	require.NoError(t, err)
	return page
}

func places(messages []chat.Message) []uint64 {
	list := []uint64{}
	for _, m := range messages {
		list = append(list, m.Pos)
	}
	return list
}

func testAppend(t *testing.T, store chat.Store) {
	quiet := said("bob", "b")
	quiet.Counts, quiet.Last = false, false
	placed := mustAppend(t, store, ofBoth, 7, said("ann", "a"), quiet)
	assert.Equal(t, []chat.Placed{{Pos: 1, At: after(7)}, {Pos: 2, At: after(7)}}, placed)

	page := mustPage(t, store, "bob", chat.Part{})
	assert.Equal(t, []chat.Message{
		{Pos: 1, At: after(7), Sender: "ann", Counts: true, Last: true, Body: []byte(`{"of":"a"}`)},
		{Pos: 2, At: after(7), Sender: "bob", Body: []byte(`{"of":"b"}`)},
	}, page.Messages)
	assert.EqualValues(t, 2, page.Pos)
}

func testAppendAgain(t *testing.T, store chat.Store) {
	mustAppend(t, store, ofBoth, 1, said("ann", "a"), said("ann", "b"), said("bob", "a"))
	again := mustAppend(t, store, ofBoth, 9, said("ann", "b"), said("ann", "c"), said("ann", "c"))
	assert.Equal(t, []chat.Placed{
		{Pos: 2, At: after(1), Repeated: true}, {Pos: 4, At: after(9)}, {Pos: 4, At: after(9), Repeated: true}}, again)
	elsewhere := mustAppend(t, store, chat.C2C(app, "ann", "cid"), 9, said("ann", "b"))
	assert.False(t, elsewhere[0].Repeated, "an id is unique in a conversation")
}

// A message alone may be kept in another way than several.
func testAppendOneByOne(t *testing.T, store chat.Store) {
	quiet := said("ann", "b")
	quiet.Counts, quiet.Last = false, false
	for _, tt := range []struct {
		m    chat.NewMessage
		at   int
		want chat.Placed
	}{
		{said("ann", "a"), 1, chat.Placed{Pos: 1, At: after(1)}},
		{said("ann", "a"), 9, chat.Placed{Pos: 1, At: after(1), Repeated: true}},
		{said("ann", "c"), 5, chat.Placed{Pos: 2, At: after(5)}},
		{quiet, 7, chat.Placed{Pos: 3, At: after(7)}},
		{said("bob", "a"), 6, chat.Placed{Pos: 4, At: after(7)}},
		{quiet, 12, chat.Placed{Pos: 3, At: after(7), Repeated: true}},
	} {
		assert.Equal(t, []chat.Placed{tt.want}, mustAppend(t, store, ofBoth, tt.at, tt.m))
	}
	for user, unread := range map[string]uint64{"ann": 1, "bob": 2} {
		views, err := store.UnreadConversations(t.Context(), app, user)
		require.NoError(t, err)
		require.Len(t, views, 1)
		assert.Equal(t, unread, views[0].Unread, user)
	}
	assert.Equal(t, []uint64{1, 2, 3, 4}, places(mustPage(t, store, "bob", chat.Part{}).Messages))
}

func testAppendersAtOnce(t *testing.T, store chat.Store) {
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			sender := []string{"ann", "bob"}[i%2]
			_, err := store.AppendMessages(t.Context(), ofBoth, []chat.NewMessage{said(sender, fmt.Sprint(i/4))}, start)
			assert.NoError(t, err)
		})
	}
	all.Wait()
	page := mustPage(t, store, "ann", chat.Part{})
	assert.Equal(t, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, places(page.Messages), "half were sent twice")
}

func testTimes(t *testing.T, store chat.Store) {
	mustAppend(t, store, ofBoth, 9, said("ann", "a"))
	late := mustAppend(t, store, ofBoth, 5, said("bob", "b"))
	assert.Equal(t, after(9), late[0].At)
}

func testPages(t *testing.T, store chat.Store) {
	for i := range 7 {
		say(t, store, "ann", fmt.Sprint(i))
	}
	for _, tt := range []struct {
		name     string
		part     chat.Part
		places   []uint64
		from, to uint64
	}{
		{"all", chat.Part{}, []uint64{1, 2, 3, 4, 5, 6, 7}, 1, 7},
		{"the newest", chat.Part{Limit: 2, NewestFirst: true}, []uint64{7, 6}, 6, 7},
		{"what is before", chat.Part{To: 5, Limit: 3, NewestFirst: true}, []uint64{5, 4, 3}, 3, 5},
		{"the end", chat.Part{To: 2, Limit: 3, NewestFirst: true}, []uint64{2, 1}, 1, 2},
		{"what came after", chat.Part{From: 4, Limit: 2}, []uint64{4, 5}, 4, 5},
		{"a hole", chat.Part{From: 3, To: 5}, []uint64{3, 4, 5}, 3, 5},
		{"what is to come", chat.Part{From: 8}, []uint64{}, 8, 7},
		{"a bound beyond the end", chat.Part{From: 6, To: 99}, []uint64{6, 7}, 6, 7},
	} {
		page := mustPage(t, store, "bob", tt.part)
		assert.Equal(t, tt.places, places(page.Messages), tt.name)
		assert.Equal(t, [2]uint64{tt.from, tt.to}, [2]uint64{page.From, page.To}, tt.name)
	}
	none, err := store.Messages(t.Context(), chat.C2C(app, "ann", "cid"), "ann", chat.Part{Limit: 1, Bytes: 1})
	require.NoError(t, err)
	assert.Equal(t, chat.Page{From: 1, First: 1}, none, "nobody said anything")
}

func testPagesByTime(t *testing.T, store chat.Store) {
	for i := range 6 {
		mustAppend(t, store, ofBoth, i/2*10, said("ann", fmt.Sprint(i))) // at 0, 0, 10, 10, 20, 20
	}
	for _, tt := range []struct {
		name   string
		part   chat.Part
		places []uint64
	}{
		{"from then on", chat.Part{Earliest: after(10)}, []uint64{3, 4, 5, 6}},
		{"up to and with then", chat.Part{Latest: after(10)}, []uint64{1, 2, 3, 4}},
		{"between", chat.Part{Earliest: after(1), Latest: after(19)}, []uint64{3, 4}},
		{"before everything", chat.Part{Latest: after(-1)}, []uint64{}},
		{"after everything", chat.Part{Earliest: after(21)}, []uint64{}},
	} {
		assert.Equal(t, tt.places, places(mustPage(t, store, "bob", tt.part).Messages), tt.name)
		tt.part.NewestFirst = true
		slices.Reverse(tt.places)
		assert.Equal(t, tt.places, places(mustPage(t, store, "bob", tt.part).Messages), tt.name+", newest first")
	}
	for _, tt := range []struct {
		part     chat.Part
		places   []uint64
		from, to uint64
		more     bool
	}{
		{part: chat.Part{Earliest: after(5), Latest: after(15)}, places: []uint64{3, 4}, from: 3, to: 4},
		{part: chat.Part{Earliest: after(5), Latest: after(15), Limit: 1}, places: []uint64{3}, from: 3, to: 3, more: true},
		{part: chat.Part{Earliest: after(5), Latest: after(15), NewestFirst: true}, places: []uint64{4, 3}, from: 3, to: 4},
		{part: chat.Part{Earliest: after(5), Latest: after(15), NewestFirst: true, Limit: 1}, places: []uint64{4}, from: 4, to: 4, more: true},
		{part: chat.Part{Earliest: after(5), Latest: after(9)}, places: []uint64{}, from: 3, to: 2},
		{part: chat.Part{Earliest: after(5), Latest: after(9), NewestFirst: true}, places: []uint64{}, from: 3, to: 2},
		{part: chat.Part{From: 4, Latest: after(20)}, places: []uint64{4, 5, 6}, from: 4, to: 6},
	} {
		page := mustPage(t, store, "bob", tt.part)
		assert.Equal(t, tt.places, places(page.Messages), tt.part)
		assert.Equal(t, []uint64{tt.from, tt.to}, []uint64{page.From, page.To}, tt.part)
		assert.Equal(t, tt.more, page.More, tt.part)
	}
}

func testPageBytes(t *testing.T, store chat.Store) {
	say(t, store, "ann", "a", "b", "c")
	page := mustPage(t, store, "ann", chat.Part{Bytes: 11}) // of 10 each
	assert.Equal(t, []uint64{1, 2}, places(page.Messages))
	assert.EqualValues(t, 2, page.To)
}

func testChanges(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b", "c")
	rewrite := func(m *chat.Message) error { m.Body = []byte(`{}`); return nil }
	for _, pos := range []uint64{3, 1, 3} {
		_, err := store.ChangeMessage(t.Context(), ofBoth, pos, after(5), rewrite)
		require.NoError(t, err)
	}
	refusal := errors.New("no")
	_, err := store.ChangeMessage(t.Context(), ofBoth, 2, after(5), func(m *chat.Message) error {
		assert.Equal(t, "ann", m.Sender)
		return refusal
	})
	assert.ErrorIs(t, err, refusal)
	_, err = store.ChangeMessage(t.Context(), ofBoth, 4, after(5), rewrite)
	assert.ErrorIs(t, err, chat.ErrNoMessage)
	_, err = store.ChangeMessage(t.Context(), chat.C2C(app, "ann", "cid"), 1, after(5), rewrite)
	assert.ErrorIs(t, err, chat.ErrNoMessage)

	changed, err := store.Changes(t.Context(), ofBoth, "bob", 0, 10)
	require.NoError(t, err)
	assert.Equal(t, []uint64{1, 3}, places(changed.Messages), "each once, by its last change")
	assert.EqualValues(t, []uint64{2, 3}, []uint64{changed.Messages[0].Version, changed.Messages[1].Version})
	assert.EqualValues(t, 3, changed.Mod)
	assert.False(t, changed.More)
	changed, err = store.Changes(t.Context(), ofBoth, "bob", 0, 1)
	require.NoError(t, err)
	assert.Equal(t, []uint64{1}, places(changed.Messages))
	assert.EqualValues(t, 2, changed.Mod)
	assert.True(t, changed.More)
}

func testSelf(t *testing.T, store chat.Store) {
	accounts(t, store)
	self := chat.C2C(app, "ann", "ann")
	mustAppend(t, store, self, 1, said("ann", "a"))
	page, err := store.Conversations(t.Context(), app, "ann", chat.ConversationQuery{Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Views, 1)
	assert.Zero(t, page.Views[0].Unread)
	assert.Equal(t, "ann", page.Views[0].IDFor("ann"))
}

func testProfiles(t *testing.T, store chat.Store) {
	accounts(t, store)
	_, err := store.DeleteAccount(t.Context(), app, "bob", start, chat.End{At: start})
	require.NoError(t, err)
	found, err := store.Profiles(t.Context(), app, []string{"ann", "bob", "cid"})
	require.NoError(t, err)
	assert.Equal(t, map[string]chat.NewAccount{"ann": {User: "ann", Nick: "Ann"}}, found)
}
