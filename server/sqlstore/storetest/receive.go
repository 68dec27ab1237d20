package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/server/chat"
)

var receiveTests = []test{
	{"what a member does not receive is not unread, then and later", testNotReceived},
	{"what a member does not receive is not the last message", testLastNotReceived},
	{"a receive option may be set before there is a message", testReceiveBefore},
	{"receive options are read by conversation", testReceiveOptions},
	{"a clear swallows what was not received", testClearNotReceived},
	{"a clear swallows what was not received, also when it went on", testDeafUntilAClear},
	{"what is received of everybody is kept under the user's rev", testAllReceive},
	{"unread counts are those of a plain model, whatever is received", testReceiveModel},
}

const (
	receives = tim.ReceiveMessageOptReceive
	deaf     = tim.ReceiveMessageOptNotReceive
	quiet    = tim.ReceiveMessageOptNotNotify
)

func setOption(t *testing.T, store chat.Store, user string, option tim.ReceiveMessageOpt) (chat.View, bool) {
	t.Helper()
	v, changed, err := store.SetReceiveOption(t.Context(), ofBoth, user, option)
	require.NoError(t, err)
	return v, changed
}

func testNotReceived(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b")
	v, changed := setOption(t, store, "bob", deaf)
	assert.True(t, changed)
	assert.EqualValues(t, []uint64{2, 1}, []uint64{v.Unread, v.Rev})
	assert.Equal(t, deaf, v.Option)
	assert.Equal(t, []chat.Span{{First: 3}}, v.Unheard)
	v, changed = setOption(t, store, "bob", deaf)
	assert.False(t, changed)
	assert.EqualValues(t, 1, v.Rev, "nothing was done")

	say(t, store, "ann", "c", "d")
	assert.EqualValues(t, 2, view(t, store, "bob").Unread)
	assert.Len(t, mustPage(t, store, "bob", chat.Part{}).Messages, 4, "it is in the history")
	v, _ = read(t, store, "bob", chat.ReadTo{Pos: 1})
	assert.EqualValues(t, 1, v.Unread)
	v, _ = setOption(t, store, "bob", quiet)
	assert.EqualValues(t, 1, v.Unread)
	assert.Equal(t, []chat.Span{{First: 3, Last: 4}}, v.Unheard)
	say(t, store, "ann", "e")
	assert.EqualValues(t, 2, view(t, store, "bob").Unread)
	unread, err := store.UnreadConversations(t.Context(), app, "bob")
	require.NoError(t, err)
	require.Len(t, unread, 1)
	v, _ = read(t, store, "bob", chat.ReadTo{Pos: 4})
	assert.EqualValues(t, 1, v.Unread)

	setOption(t, store, "bob", deaf)
	read(t, store, "bob", chat.ReadTo{})
	say(t, store, "ann", "f")
	unread, err = store.UnreadConversations(t.Context(), app, "bob")
	require.NoError(t, err)
	assert.Empty(t, unread)
	v, _ = setOption(t, store, "bob", receives)
	assert.EqualValues(t, 0, v.Unread)
	assert.EqualValues(t, 0, view(t, store, "ann").Option, "it is the member's own")
}

func testLastNotReceived(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	setOption(t, store, "bob", deaf)
	say(t, store, "ann", "b")
	last := func() uint64 { return view(t, store, "bob").Last.Pos }
	assert.EqualValues(t, 1, last())
	say(t, store, "bob", "c")
	say(t, store, "ann", "d")
	assert.EqualValues(t, 3, last(), "the member's own")
	setOption(t, store, "bob", receives)
	assert.EqualValues(t, 3, last())
	setOption(t, store, "bob", deaf)
	v, _ := setOption(t, store, "bob", receives)
	assert.Equal(t, []chat.Span{{First: 2, Last: 4}}, v.Unheard, "nothing came")
	say(t, store, "ann", "e")
	assert.EqualValues(t, 5, last())
	for _, pos := range [][]uint64{{5}, {3}} {
		_, _, err := store.HideMessages(t.Context(), ofBoth, "bob", pos)
		require.NoError(t, err)
	}
	assert.EqualValues(t, 1, last())
	assert.EqualValues(t, 5, view(t, store, "ann").Last.Pos)
}

func testReceiveBefore(t *testing.T, store chat.Store) {
	accounts(t, store)
	v, changed := setOption(t, store, "bob", deaf)
	assert.True(t, changed)
	assert.EqualValues(t, 1, v.Rev)
	say(t, store, "ann", "a")
	v = view(t, store, "bob")
	assert.Nil(t, v.Last)
	assert.Zero(t, v.Unread)
	assert.EqualValues(t, 1, v.Pos)
}

func testReceiveOptions(t *testing.T, store chat.Store) {
	accounts(t, store)
	setOption(t, store, "ann", quiet)
	options, err := store.ReceiveOptions(t.Context(), "ann", []chat.Conv{chat.C2C(app, "ann", "cid"), ofBoth})
	require.NoError(t, err)
	assert.Equal(t, []tim.ReceiveMessageOpt{receives, quiet}, options)
	options, err = store.ReceiveOptions(t.Context(), "bob", []chat.Conv{ofBoth})
	require.NoError(t, err)
	assert.Equal(t, []tim.ReceiveMessageOpt{receives}, options)
}

func testClearNotReceived(t *testing.T, store chat.Store) {
	accounts(t, store)
	for _, option := range []tim.ReceiveMessageOpt{deaf, receives, deaf} {
		setOption(t, store, "bob", option)
		say(t, store, "ann", fmt.Sprint("a", option, view(t, store, "bob").Pos))
	}
	v, _, err := store.ClearConversation(t.Context(), ofBoth, "bob", chat.Clearing{Messages: true, Conversation: true})
	require.NoError(t, err)
	assert.Equal(t, []chat.Span{{First: 3}}, v.Unheard)
	say(t, store, "ann", "b")
	v = view(t, store, "bob")
	assert.Nil(t, v.Last, "it does not come back")
	assert.Zero(t, v.Unread)
	v, _ = setOption(t, store, "bob", receives)
	assert.Equal(t, []chat.Span{{First: 3, Last: 4}}, v.Unheard)
	say(t, store, "ann", "c")
	assert.EqualValues(t, 1, view(t, store, "bob").Unread)
}

func testDeafUntilAClear(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a")
	setOption(t, store, "bob", deaf)
	say(t, store, "ann", "b", "c")
	v, _, err := store.ClearConversation(t.Context(), ofBoth, "bob", chat.Clearing{Messages: true})
	require.NoError(t, err)
	assert.Equal(t, []chat.Span{{First: 2}}, v.Unheard, "it goes on")
	v, _ = setOption(t, store, "bob", receives)
	assert.Empty(t, v.Unheard, "nothing came since the clear")
	assert.Empty(t, view(t, store, "bob").Unheard)
	say(t, store, "ann", "d")
	v = view(t, store, "bob")
	assert.EqualValues(t, []uint64{1, 4}, []uint64{v.Unread, v.Last.Pos})
	setOption(t, store, "bob", deaf)
	say(t, store, "ann", "e")
	v, _ = setOption(t, store, "bob", receives)
	assert.Equal(t, []chat.Span{{First: 5, Last: 5}}, v.Unheard)
	assert.EqualValues(t, 1, v.Unread)
}

func testAllReceive(t *testing.T, store chat.Store) {
	accounts(t, store)
	none, err := store.AllReceive(t.Context(), app, "ann")
	require.NoError(t, err)
	assert.Equal(t, chat.AllReceive{}, none)
	for i, r := range []chat.AllReceive{
		{Option: quiet, DayStart: 79200, Zone: -3600, Duration: 86399},
		{Option: tim.ReceiveMessageOptNotNotifyExceptAt, StartAt: 1<<32 - 1, Duration: 1<<32 - 1},
		{},
	} {
		set, err := store.SetAllReceive(t.Context(), app, "ann", r)
		require.NoError(t, err)
		r.Rev = uint64(i + 1)
		assert.Equal(t, r, set)
		page, err := store.Conversations(t.Context(), app, "ann", chat.ConversationQuery{Limit: 1})
		require.NoError(t, err)
		assert.Equal(t, r, page.AllReceive)
		assert.EqualValues(t, i+1, page.Rev)
	}
	_, err = store.SetAllReceive(t.Context(), app, "nobody", chat.AllReceive{})
	assert.ErrorIs(t, err, chat.ErrNoAccount)
}

// receiveModel is a log of messages as bob has them.
type receiveModel struct {
	t       *testing.T
	store   chat.Store
	random  *rand.Rand
	log     []entry // from place 1
	readPos uint64
	deaf    bool
}

type entry struct {
	sender                  string
	counts, hidden, unheard bool
}

// testReceiveModel does random things, and compares each time with a count of the messages.
func testReceiveModel(t *testing.T, store chat.Store) {
	accounts(t, store)
	m := &receiveModel{t: t, store: store, random: rand.New(rand.NewPCG(3, 4)), log: []entry{{}}}
	for i := range 250 {
		m.step(i)
		if len(m.log) == 1 {
			continue
		}
		var want, last uint64
		for p, e := range m.log {
			if e.sender == "ann" && e.counts && !e.hidden && !e.unheard && uint64(p) > m.readPos {
				want++
			}
			if p > 0 && !e.hidden && !e.unheard {
				last = uint64(p)
			}
		}
		v := view(t, store, "bob")
		require.Equal(t, want, v.Unread, "after step %d", i)
		if v.Last == nil {
			require.Zero(t, last, "after step %d", i)
		} else {
			require.Equal(t, last, v.Last.Pos, "after step %d", i)
		}
	}
}

func (m *receiveModel) step(i int) {
	pos := uint64(m.random.IntN(len(m.log)) + 1)
	there := pos < uint64(len(m.log))
	switch n := m.random.IntN(8); {
	case n < 3:
		said := said([]string{"ann", "bob"}[m.random.IntN(2)], fmt.Sprint(i))
		said.Counts = m.random.IntN(4) > 0
		mustAppend(m.t, m.store, ofBoth, i, said)
		m.log = append(m.log, entry{sender: said.Sender, counts: said.Counts, unheard: m.deaf && said.Sender == "ann"})
	case n == 3 && there:
		read(m.t, m.store, "bob", chat.ReadTo{Pos: pos})
		m.readPos = max(m.readPos, pos)
	case n == 4 && there:
		stopCounting(m.t, m.store, pos)
		m.log[pos].counts = false
	case n == 5 && there:
		_, _, err := m.store.HideMessages(m.t.Context(), ofBoth, "bob", []uint64{pos})
		require.NoError(m.t, err)
		m.log[pos].hidden = true
	case n > 5:
		option := []tim.ReceiveMessageOpt{receives, deaf, quiet}[m.random.IntN(3)]
		setOption(m.t, m.store, "bob", option)
		m.deaf = option == deaf
	}
}
