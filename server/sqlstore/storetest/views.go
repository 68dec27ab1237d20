package storetest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var viewTests = append([]test{
	{"what one sends is unread for the other", testUnread},
	{"reading settles everything up to a place or a time", testReadTo},
	{"a message that stops counting is unread for nobody", testDiscount},
	{"who clears a conversation has nothing before", testClear},
	{"a conversation that was removed comes back with its next message", testRemove},
	{"hidden messages are gone for one", testHide},
	{"messages are hidden in two conversations at once", testHideAtOnce},
	{"only so many conversations are pinned", testPin},
	{"catching up finds what is new", testCatchUp},
	{"conversations come in pages", testConversationPages},
	{"what is done to no conversation is an error", testNoConversation},
	{"unread counts are those of a plain model", testUnreadModel},
}, labelTests...)

// view returns ofBoth as a user has it.
func view(t *testing.T, store chat.Store, user string) chat.View {
	t.Helper()
	page, err := store.Conversations(t.Context(), app, user, chat.ConversationQuery{Limit: 10})
	require.NoError(t, err)
	require.Len(t, page.Views, 1)
	return page.Views[0]
}

func read(t *testing.T, store chat.Store, user string, to chat.ReadTo) (chat.View, bool) {
	t.Helper()
	v, changed, err := store.ReadConversation(t.Context(), ofBoth, user, to, after(50))
	require.NoError(t, err)
	return v, changed
}

func testUnread(t *testing.T, store chat.Store) {
	accounts(t, store)
	quiet := said("ann", "quiet")
	quiet.Counts = false
	mustAppend(t, store, ofBoth, 1, said("ann", "a"), said("bob", "b"), quiet, said("ann", "c"))
	assert.EqualValues(t, 1, view(t, store, "ann").Unread)
	bobs := view(t, store, "bob")
	assert.EqualValues(t, 2, bobs.Unread)
	assert.EqualValues(t, 4, bobs.Pos)
	assert.Equal(t, "ann", bobs.IDFor("bob"))
	require.NotNil(t, bobs.Last)
	assert.EqualValues(t, 4, bobs.Last.Pos)
	assert.Zero(t, bobs.Rev, "nothing of bob's was touched")
}

func testReadTo(t *testing.T, store chat.Store) {
	accounts(t, store)
	for i := range 4 {
		mustAppend(t, store, ofBoth, i*10, said("ann", fmt.Sprint(i)))
	}
	v, changed := read(t, store, "bob", chat.ReadTo{Pos: 1})
	assert.True(t, changed)
	assert.EqualValues(t, 3, v.Unread)
	assert.EqualValues(t, 1, v.Rev)
	assert.Equal(t, after(0), v.ReadAt)
	v, _ = read(t, store, "bob", chat.ReadTo{At: after(15)})
	assert.EqualValues(t, []uint64{2, 2}, []uint64{v.Unread, v.ReadPos})
	v, changed = read(t, store, "bob", chat.ReadTo{Pos: 1})
	assert.False(t, changed, "a mark does not go back")
	assert.EqualValues(t, 2, v.ReadPos)
	unread, err := store.UnreadConversations(t.Context(), app, "bob")
	require.NoError(t, err)
	require.Len(t, unread, 1)
	assert.Equal(t, ofBoth, unread[0].Conv)
	assert.EqualValues(t, 2, unread[0].Unread)

	v, _ = read(t, store, "bob", chat.ReadTo{})
	assert.Zero(t, v.Unread)
	unread, err = store.UnreadConversations(t.Context(), app, "bob")
	require.NoError(t, err)
	assert.Empty(t, unread)
	others := view(t, store, "ann").Others
	require.Len(t, others, 1)
	assert.Equal(t, "bob", others[0].User)
	assert.EqualValues(t, 4, others[0].ReadPos)
}

func stopCounting(t *testing.T, store chat.Store, pos uint64) {
	t.Helper()
	_, err := store.ChangeMessage(t.Context(), ofBoth, pos, after(60), func(m *chat.Message) error {
		m.Counts = false
		return nil
	})
	require.NoError(t, err)
}

func testDiscount(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b", "c", "d")
	read(t, store, "bob", chat.ReadTo{Pos: 2})
	stopCounting(t, store, 1) // read
	assert.EqualValues(t, 2, view(t, store, "bob").Unread)
	stopCounting(t, store, 3) // not read
	assert.EqualValues(t, 1, view(t, store, "bob").Unread)
	stopCounting(t, store, 3) // again
	assert.EqualValues(t, 1, view(t, store, "bob").Unread)
}

func testClear(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b")
	v, _, err := store.ClearConversation(t.Context(), ofBoth, "bob", chat.Clearing{Messages: true})
	require.NoError(t, err)
	assert.EqualValues(t, []uint64{2, 0, 0}, []uint64{v.ClearPos, v.DeletedPos, v.Unread})
	assert.Nil(t, v.Last)
	say(t, store, "ann", "c")
	page := mustPage(t, store, "bob", chat.Part{})
	assert.Equal(t, []uint64{3}, places(page.Messages))
	assert.EqualValues(t, 3, page.First)
	assert.Len(t, mustPage(t, store, "ann", chat.Part{}).Messages, 3, "the other one has everything")
}

func testRemove(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	_, _, err := store.PinConversation(t.Context(), ofBoth, "bob", after(3), 9)
	require.NoError(t, err)
	v, _, err := store.ClearConversation(t.Context(), ofBoth, "bob", chat.Clearing{Messages: true, Conversation: true})
	require.NoError(t, err)
	assert.EqualValues(t, 1, v.DeletedPos)
	assert.True(t, v.PinnedAt.IsZero())
	say(t, store, "ann", "b")
	v = view(t, store, "bob")
	assert.EqualValues(t, []uint64{1, 1}, []uint64{v.DeletedPos, v.Unread})
	assert.EqualValues(t, 2, v.Last.Pos)
}

func testHide(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b", "c")
	hidden, v, err := store.HideMessages(t.Context(), ofBoth, "bob", []uint64{3, 1, 3, 9})
	require.NoError(t, err)
	assert.Equal(t, []uint64{3, 1}, hidden)
	assert.EqualValues(t, []uint64{1, 1}, []uint64{v.Unread, v.Rev})
	assert.EqualValues(t, 2, v.Last.Pos)
	page := mustPage(t, store, "bob", chat.Part{})
	assert.Equal(t, []uint64{2}, places(page.Messages))
	assert.EqualValues(t, 3, page.To, "in whole")
	stopCounting(t, store, 3)
	assert.EqualValues(t, 1, view(t, store, "bob").Unread)
	changed, err := store.Changes(t.Context(), ofBoth, "bob", 0, 10)
	require.NoError(t, err)
	assert.Empty(t, changed.Messages)
	again, v, err := store.HideMessages(t.Context(), ofBoth, "bob", []uint64{1})
	require.NoError(t, err)
	assert.Empty(t, again)
	assert.EqualValues(t, 1, v.Rev, "nothing was done")
}

// testHideAtOnce has a user delete in two conversations at the same time: each deletion has a rev of
// its own, so that none is missed or taken for the other conversation's.
func testHideAtOnce(t *testing.T, store chat.Store) {
	accounts(t, store)
	const rounds = 20
	convs := []chat.Conv{ofBoth, chat.C2C(app, "ann", "cid")}
	for i, other := range []string{"bob", "cid"} {
		for n := range rounds {
			mustAppend(t, store, convs[i], n+1, said(other, fmt.Sprint(n)))
		}
	}
	before, _, err := store.PinConversation(t.Context(), ofBoth, "ann", after(1), 9)
	require.NoError(t, err)
	var all sync.WaitGroup
	for _, conv := range convs {
		all.Go(func() {
			for n := range rounds {
				_, _, err := store.HideMessages(t.Context(), conv, "ann", []uint64{uint64(n + 1)})
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
	page, err := store.Conversations(t.Context(), app, "ann", chat.ConversationQuery{Rev: before.Rev, Since: after(0), Limit: 10})
	require.NoError(t, err)
	revs, places := map[uint64]bool{}, map[chat.Conv][]uint64{}
	for _, h := range page.Hidden {
		assert.False(t, revs[h.Rev], "two have the rev %d", h.Rev)
		revs[h.Rev] = true
		places[h.Conv] = append(places[h.Conv], h.Places...)
	}
	assert.Len(t, places[convs[0]], rounds)
	assert.Len(t, places[convs[1]], rounds)
}

func testPin(t *testing.T, store chat.Store) {
	accounts(t, store)
	for _, other := range []string{"bob", "cid"} {
		mustAppend(t, store, chat.C2C(app, "ann", other), 1, said(other, "a"))
	}
	v, _, err := store.PinConversation(t.Context(), ofBoth, "ann", after(3), 1)
	require.NoError(t, err)
	assert.Equal(t, after(3), v.PinnedAt)
	_, _, err = store.PinConversation(t.Context(), chat.C2C(app, "ann", "cid"), "ann", after(4), 1)
	assert.ErrorIs(t, err, chat.ErrTooManyPinned)
	v, _, err = store.PinConversation(t.Context(), ofBoth, "ann", time.Time{}, 1)
	require.NoError(t, err)
	assert.True(t, v.PinnedAt.IsZero())
	_, _, err = store.PinConversation(t.Context(), chat.C2C(app, "ann", "cid"), "ann", after(4), 1)
	assert.NoError(t, err)
}

func testCatchUp(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b")
	read(t, store, "bob", chat.ReadTo{Pos: 1}) // bob's rev 1, and a stamp of second 50
	catchUp := func(user string, rev uint64, second int) chat.ConversationPage {
		page, err := store.Conversations(t.Context(), app, user,
			chat.ConversationQuery{Rev: rev, Since: after(second), Limit: 10})
		require.NoError(t, err)
		return page
	}
	assert.Empty(t, catchUp("bob", 1, 51).Views)
	assert.Len(t, catchUp("bob", 0, 51).Views, 1, "of his own change")
	assert.Len(t, catchUp("ann", 0, 50).Views, 1, "of the other one's mark")
	mustAppend(t, store, ofBoth, 70, said("ann", "c"))
	assert.Len(t, catchUp("bob", 1, 70).Views, 1, "of the message")
	stopCounting(t, store, 3)
	for _, places := range [][]uint64{{1, 3}, {2}} {
		_, _, err := store.HideMessages(t.Context(), ofBoth, "bob", places)
		require.NoError(t, err)
	}
	page := catchUp("bob", 1, 71)
	assert.EqualValues(t, 3, page.Rev)
	assert.Equal(t, []chat.Hidden{{Conv: ofBoth, Places: []uint64{1, 3}, Rev: 2}, {Conv: ofBoth, Places: []uint64{2}, Rev: 3}}, page.Hidden)
	assert.Empty(t, catchUp("bob", 3, 71).Hidden)
	assert.Len(t, catchUp("bob", 0, 71).Hidden, 2, "who has asked before has messages, also at rev 0")
}

func testConversationPages(t *testing.T, store chat.Store) {
	accounts(t, store)
	for i := range 5 {
		mustAppend(t, store, chat.C2C(app, "ann", fmt.Sprint(i)), 1, said("ann", "a"))
	}
	seen := map[string]bool{}
	query := chat.ConversationQuery{Limit: 2}
	for pages := 1; ; pages++ {
		page, err := store.Conversations(t.Context(), app, "ann", query)
		require.NoError(t, err)
		for _, v := range page.Views {
			seen[v.IDFor("ann")] = true
		}
		if query.After = page.Next; page.Next == 0 {
			assert.Equal(t, 3, pages)
			break
		}
	}
	assert.Len(t, seen, 5)
	page, err := store.Conversations(t.Context(), app, "ann", chat.ConversationQuery{Limit: 9, Bytes: 11})
	require.NoError(t, err)
	assert.Len(t, page.Views, 2, "of 10 bytes each")
	assert.NotZero(t, page.Next)
}

func testNoConversation(t *testing.T, store chat.Store) {
	accounts(t, store)
	_, _, err := store.ReadConversation(t.Context(), ofBoth, "ann", chat.ReadTo{}, start)
	assert.ErrorIs(t, err, chat.ErrNoConversation)
	say(t, store, "ann", "a")
	_, _, err = store.ClearConversation(t.Context(), ofBoth, "cid", chat.Clearing{Messages: true, Conversation: true})
	assert.ErrorIs(t, err, chat.ErrNoConversation, "cid is no member")
}

// testUnreadModel does random things, and compares each time with a count of the messages.
func testUnreadModel(t *testing.T, store chat.Store) {
	accounts(t, store)
	random := rand.New(rand.NewPCG(1, 2))
	type entry struct {
		sender         string
		counts, hidden bool
	}
	log := []entry{{}} // from place 1
	var readPos uint64
	for i := range 150 {
		pos := uint64(random.IntN(len(log)) + 1)
		switch random.IntN(6) {
		case 0, 1, 2:
			m := said([]string{"ann", "bob"}[random.IntN(2)], fmt.Sprint(i))
			m.Counts = random.IntN(4) > 0
			mustAppend(t, store, ofBoth, i, m)
			log = append(log, entry{sender: m.Sender, counts: m.Counts})
		case 3:
			if pos < uint64(len(log)) {
				read(t, store, "bob", chat.ReadTo{Pos: pos})
				readPos = max(readPos, pos)
			}
		case 4:
			if pos < uint64(len(log)) {
				stopCounting(t, store, pos)
				log[pos].counts = false
			}
		case 5:
			if pos < uint64(len(log)) {
				_, _, err := store.HideMessages(t.Context(), ofBoth, "bob", []uint64{pos})
				require.NoError(t, err)
				log[pos].hidden = true
			}
		}
		if len(log) == 1 {
			continue
		}
		var want uint64
		for p, e := range log {
			if e.sender == "ann" && e.counts && !e.hidden && uint64(p) > readPos {
				want++
			}
		}
		require.Equal(t, want, view(t, store, "bob").Unread, "after step %d", i)
	}
}
