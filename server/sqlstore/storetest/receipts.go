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

var receiptTests = []test{
	{"a receipt is news once, and a change of its message", testReceipts},
	{"a receipt is noted of what its sender has", testReceiptsOfWhatIsThere},
	{"a receipt that cannot be noted changes nothing", testReceiptRefused},
	{"receipts at the same time all count", testReceiptsAtOnce},
	{"messages are found by their places", testMessagesAt},
}

// counting notes a receipt by adding a letter to the message, unless the sender says it is bob.
func counting(m *chat.Message) (bool, error) {
	m.Body = append(m.Body[:len(m.Body)-1], []byte(`,"r":1}`)...)
	return m.Sender != "bob", nil
}

func mustNote(t *testing.T, store chat.Store, user string, places ...uint64) []chat.Message {
	t.Helper()
	noted, err := store.AddReceipts(t.Context(), ofBoth, user, places, after(9), counting)
	require.NoError(t, err)
	return noted
}

func testReceipts(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b", "c")
	say(t, store, "bob", "d")
	noted := mustNote(t, store, "bob", 3, 1, 3, 4)
	assert.Equal(t, []uint64{3, 1}, places(noted), "each once, and none that note declines")
	assert.EqualValues(t, []uint64{1, 2}, []uint64{noted[0].Version, noted[1].Version})
	assert.Equal(t, `{"of":"c","r":1}`, string(noted[0].Body))
	assert.Equal(t, []uint64{2}, places(mustNote(t, store, "bob", 1, 2)), "what was said before is no news")
	assert.Equal(t, []uint64{1}, places(mustNote(t, store, "cid", 1)), "but from another it is")
	assert.Empty(t, mustNote(t, store, "cid"))

	changed, err := store.Changes(t.Context(), ofBoth, "ann", 1, 10)
	require.NoError(t, err)
	assert.Equal(t, []uint64{2, 1}, places(changed.Messages))
	assert.Equal(t, `{"of":"a","r":1,"r":1}`, string(changed.Messages[1].Body))
	assert.EqualValues(t, 4, changed.Mod)
	assert.EqualValues(t, 3, view(t, store, "bob").Unread, "a receipt reads nothing")
	page, err := store.Conversations(t.Context(), app, "ann", chat.ConversationQuery{Since: after(9), Limit: 10})
	require.NoError(t, err)
	assert.Len(t, page.Views, 1, "who catches up finds it")
}

func testReceiptsOfWhatIsThere(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b")
	_, _, err := store.HideMessages(t.Context(), ofBoth, "bob", []uint64{1})
	require.NoError(t, err)
	assert.Equal(t, []uint64{2}, places(mustNote(t, store, "bob", 1, 2, 3)))
	say(t, store, "ann", "c")
	_, _, err = store.ClearConversation(t.Context(), ofBoth, "bob", chat.Clearing{Messages: true})
	require.NoError(t, err)
	assert.Empty(t, mustNote(t, store, "bob", 3))
	_, err = store.AddReceipts(t.Context(), chat.C2C(app, "ann", "cid"), "cid", []uint64{1}, after(9), counting)
	assert.ErrorIs(t, err, chat.ErrNoConversation)
}

func testReceiptRefused(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b")
	refusal := errors.New("no")
	_, err := store.AddReceipts(t.Context(), ofBoth, "bob", []uint64{1, 2}, after(9), func(m *chat.Message) (bool, error) {
		if m.Pos == 2 {
			return false, refusal
		}
		return counting(m)
	})
	assert.ErrorIs(t, err, refusal)
	assert.Equal(t, []uint64{1}, places(mustNote(t, store, "bob", 1)), "the first was not noted either")
}

func testReceiptsAtOnce(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b")
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			_, err := store.AddReceipts(t.Context(), ofBoth, fmt.Sprint("u", i/2), []uint64{1, 2}, after(9), counting)
			assert.NoError(t, err)
		})
	}
	all.Wait()
	changed, err := store.Changes(t.Context(), ofBoth, "ann", 0, 10)
	require.NoError(t, err)
	assert.EqualValues(t, 12, changed.Mod, "six readers of two messages, who all said it twice")
}

func testMessagesAt(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b", "c", "d", "e")
	_, _, err := store.ClearConversation(t.Context(), ofBoth, "bob", chat.Clearing{Messages: true})
	require.NoError(t, err)
	say(t, store, "ann", "f", "g")
	_, _, err = store.HideMessages(t.Context(), ofBoth, "bob", []uint64{7})
	require.NoError(t, err)
	for user, want := range map[string][]uint64{"ann": {7, 2, 6}, "bob": {6}} {
		found, err := store.MessagesAt(t.Context(), ofBoth, user, []uint64{7, 2, 6, 9, 2})
		require.NoError(t, err)
		assert.Equal(t, want, places(found), user)
	}
	found, err := store.MessagesAt(t.Context(), chat.C2C(app, "ann", "cid"), "ann", []uint64{1})
	require.NoError(t, err)
	assert.Empty(t, found)
}
