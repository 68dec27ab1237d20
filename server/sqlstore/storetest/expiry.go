package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/server/chat"
)

var expiryTests = []test{
	{"old messages go, and nobody misses them", testExpire},
	{"a conversation of which all went begins again", testExpireAll},
	{"old messages go in steps, and those of other apps stay", testExpireSteps},
	{"what expires is unread for nobody", testExpireModel},
	{"one node at a time does a task", testTasks},
}

// expire removes everything that is older than a second of these tests.
func expire(t *testing.T, store chat.Store, second, limit int) (steps, total int) {
	t.Helper()
	for {
		removed, more, err := store.ExpireMessages(t.Context(), app, after(second), limit)
		require.NoError(t, err)
		require.LessOrEqual(t, removed, limit)
		if total += removed; !more {
			return steps, total
		}
		steps++
	}
}

func testExpire(t *testing.T, store chat.Store) {
	accounts(t, store)
	for i := range 6 {
		mustAppend(t, store, ofBoth, i*10, said([]string{"ann", "bob"}[i%2], fmt.Sprint(i)))
	}
	_, total := expire(t, store, 30, 100)
	assert.Equal(t, 3, total, "what is exactly as old stays")
	for _, user := range []string{"ann", "bob", ""} {
		page := mustPage(t, store, user, chat.Part{})
		assert.Equal(t, []uint64{4, 5, 6}, places(page.Messages))
		assert.EqualValues(t, []uint64{4, 4, 6}, []uint64{page.First, page.From, page.To}, "nothing is missing before it")
	}
	assert.Equal(t, []uint64{5}, places(mustPage(t, store, "ann", chat.Part{Earliest: after(31), Latest: after(40)}).Messages))
	assert.Equal(t, []uint64{4}, places(mustPage(t, store, "ann", chat.Part{Latest: after(39)}).Messages))
	_, err := store.ChangeMessage(t.Context(), ofBoth, 3, after(60), func(*chat.Message) error { return nil })
	assert.ErrorIs(t, err, chat.ErrNoMessage)
	assert.EqualValues(t, 2, view(t, store, "ann").Unread, "one of bob's three has gone")
	mustAppend(t, store, ofBoth, 70, said("ann", "next"))
	assert.EqualValues(t, 7, mustPage(t, store, "bob", chat.Part{}).Pos, "places go on")
}

func testExpireAll(t *testing.T, store chat.Store) {
	accounts(t, store)
	mustAppend(t, store, ofBoth, 1, said("ann", "a"), said("ann", "b"))
	_, _, err := store.PinConversation(t.Context(), ofBoth, "bob", after(3), 9)
	require.NoError(t, err)
	_, total := expire(t, store, 2, 100)
	assert.Equal(t, 2, total)
	page, err := store.Conversations(t.Context(), app, "bob", chat.ConversationQuery{Rev: 1, Since: time.Now().Add(-time.Minute), Limit: 9})
	require.NoError(t, err)
	require.Len(t, page.Views, 1, "its clients are told that the last message and what was unread are gone")
	v := page.Views[0]
	assert.Nil(t, v.Last)
	assert.Zero(t, v.Unread)
	assert.Equal(t, after(3), v.PinnedAt)
	empty := mustPage(t, store, "bob", chat.Part{})
	assert.Empty(t, empty.Messages)
	assert.EqualValues(t, []uint64{3, 2}, []uint64{empty.First, empty.Pos})
	v, changed := read(t, store, "bob", chat.ReadTo{})
	assert.True(t, changed)
	assert.Equal(t, after(1), v.ReadAt)

	placed := mustAppend(t, store, ofBoth, 9, said("ann", "a"))
	assert.Equal(t, []chat.Placed{{Pos: 3, At: after(9)}}, placed, "nobody remembers the first one with its id")
	assert.EqualValues(t, []uint64{1, 3}, []uint64{view(t, store, "bob").Unread, view(t, store, "bob").Last.Pos})
	_, total = expire(t, store, 10, 100)
	assert.Equal(t, 1, total)
}

func testExpireSteps(t *testing.T, store chat.Store) {
	accounts(t, store)
	other := chat.C2C(app+1, "ann", "bob")
	mustAppend(t, store, other, 1, said("ann", "a"))
	for i := range 25 {
		mustAppend(t, store, ofBoth, i, said("ann", fmt.Sprint(i)))
	}
	mustAppend(t, store, chat.C2C(app, "ann", "cid"), 3, said("ann", "x"), said("ann", "y"))
	steps, total := expire(t, store, 22, 10)
	assert.Equal(t, []int{4, 24}, []int{steps, total}, "10, 10, 2, and 2 of the other one")
	assert.Equal(t, []uint64{23, 24, 25}, places(mustPage(t, store, "bob", chat.Part{}).Messages))
	page, err := store.Messages(t.Context(), other, "ann", chat.Part{Limit: 9, Bytes: 999})
	require.NoError(t, err)
	assert.Len(t, page.Messages, 1)
}

// year is a conversation, as a plain list of its messages from place 1 on.
type year struct {
	t       *testing.T
	store   chat.Store
	random  *rand.Rand
	log     []dated
	first   int // that is left
	readPos int // of bob
	deaf    bool
}

type dated struct {
	sender                  string
	day                     int
	counts, hidden, unheard bool
}

const day = 24 * 60 * 60

// testExpireModel lets a year pass with random things, and compares all counts with those of the
// messages that are left.
func testExpireModel(t *testing.T, store chat.Store) {
	accounts(t, store)
	y := &year{t: t, store: store, random: rand.New(rand.NewPCG(3, 4)), log: []dated{{day: -1000}}, first: 1}
	for today := range 365 {
		for range y.random.IntN(3) {
			m := said([]string{"ann", "bob"}[y.random.IntN(2)], fmt.Sprint(len(y.log)))
			m.Counts = y.random.IntN(5) > 0
			mustAppend(t, store, ofBoth, today*day, m)
			y.log = append(y.log, dated{sender: m.Sender, day: today, counts: m.Counts, unheard: y.deaf})
		}
		if y.first < len(y.log) {
			y.happen(today)
			y.compare(today)
		}
	}
	assert.Greater(t, y.first, 100, "it did happen")
}

// happen does something random, with any of the messages that are left.
func (y *year) happen(today int) {
	pos := y.first + y.random.IntN(len(y.log)-y.first)
	switch y.random.IntN(9) {
	case 0:
		read(y.t, y.store, "bob", chat.ReadTo{Pos: uint64(pos)})
		y.readPos = max(y.readPos, pos)
	case 1:
		stopCounting(y.t, y.store, uint64(pos))
		y.log[pos].counts = false
	case 2:
		_, _, err := y.store.HideMessages(y.t.Context(), ofBoth, "bob", []uint64{uint64(pos)})
		require.NoError(y.t, err)
		y.log[pos].hidden = true
	case 3:
		expire(y.t, y.store, (today-20)*day, 7)
		for y.first < len(y.log) && y.log[y.first].day < today-20 {
			y.first++
		}
	case 4:
		option := tim.ReceiveMessageOptNotReceive
		if y.deaf {
			option = receives
		}
		y.deaf = !y.deaf
		_, _, err := y.store.SetReceiveOption(y.t.Context(), ofBoth, "bob", option)
		require.NoError(y.t, err)
	}
}

// compare requires of bob's view what the list says.
func (y *year) compare(today int) {
	var unread, last uint64
	left := []uint64{}
	for p := y.first; p < len(y.log); p++ {
		e := y.log[p]
		if e.hidden {
			continue
		}
		left = append(left, uint64(p))
		if !e.unheard || e.sender == "bob" {
			last = uint64(p)
		}
		if e.sender == "ann" && e.counts && !e.unheard && p > y.readPos {
			unread++
		}
	}
	v := view(y.t, y.store, "bob")
	require.Equal(y.t, unread, v.Unread, "on day %d", today)
	if last == 0 {
		require.Nil(y.t, v.Last)
	} else {
		require.Equal(y.t, last, v.Last.Pos, "on day %d", today)
	}
	if today%20 == 0 {
		require.ElementsMatch(y.t, left, places(mustPage(y.t, y.store, "bob", chat.Part{Limit: 1000}).Messages))
	}
}

func testTasks(t *testing.T, store chat.Store) {
	claim := func(node string, good time.Duration) bool {
		ours, err := store.ClaimTask(t.Context(), app, "a task", node, good)
		require.NoError(t, err)
		return ours
	}
	assert.True(t, claim("a", time.Hour))
	assert.False(t, claim("b", time.Hour))
	assert.True(t, claim("a", -time.Hour), "it goes on with its own, and leaves it")
	assert.True(t, claim("b", time.Hour))
	assert.False(t, claim("a", time.Hour))
}
