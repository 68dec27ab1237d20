package storetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

var importTests = []test{
	{"a message from before has its own time, behind what is there", testOldMessages},
	{"twins are one message, whoever has sent them", testTwins},
}

// sentThen is a message of second that is kept later.
func sentThen(sender, id string, second int) chat.NewMessage {
	m := said(sender, id)
	m.At = after(second)
	return m
}

func testOldMessages(t *testing.T, store chat.Store) {
	accounts(t, store)
	placed := mustAppend(t, store, ofBoth, 100, sentThen("ann", "a", 1), sentThen("bob", "b", 2), sentThen("ann", "c", 1))
	assert.Equal(t, []chat.Placed{{Pos: 1, At: after(1)}, {Pos: 2, At: after(2)}, {Pos: 3, At: after(2)}}, placed)
	assert.Equal(t, []uint64{2, 3}, places(mustPage(t, store, "ann", chat.Part{Earliest: after(2)}).Messages))
	page, err := store.Conversations(t.Context(), app, "bob", chat.ConversationQuery{Since: after(100), Limit: 9})
	require.NoError(t, err)
	assert.Len(t, page.Views, 1, "it is news, however old the message is")
	placed = mustAppend(t, store, ofBoth, 101, said("ann", "d"), sentThen("ann", "e", 3))
	assert.Equal(t, []chat.Placed{{Pos: 4, At: after(101)}, {Pos: 5, At: after(101)}}, placed)
}

func testTwins(t *testing.T, store chat.Store) {
	accounts(t, store)
	twin := func(sender, id, twin string) chat.NewMessage {
		m := said(sender, id)
		m.Twin = twin
		return m
	}
	placed := mustAppend(t, store, ofBoth, 1, twin("ann", "a", "x"), twin("bob", "b", "x"), twin("ann", "a", "y"), said("ann", "a"))
	assert.Equal(t, []chat.Placed{{Pos: 1, At: after(1)}, {Pos: 1, At: after(1), Repeated: true},
		{Pos: 2, At: after(1)}, {Pos: 3, At: after(1)}}, placed)
}
