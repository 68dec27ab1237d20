package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/server/chat"
)

var tellingTests = []test{
	{"what is told of messages is kept with them", testTellSent},
	{"what is told of a mark or a change is kept with it", testTellChanged},
	{"an event of no other change is kept", testTellAlone},
	{"what a user does not receive is not told as unread", testTellDeaf},
	{"a message is found by its sender and id", testFindMessage},
}

// told is an event of user that says n.
func told(user string, what any, unread uint64) (chat.Event, error) {
	return chat.Event{App: app, User: user, At: start, Command: "test", Body: fmt.Appendf(nil, `{"%v":%d}`, what, unread)}, nil
}

func bodies(t *testing.T, store chat.Store) (list []string) {
	t.Helper()
	for _, e := range events(t, store, after(99)) {
		list = append(list, e.User+" "+string(e.Body))
	}
	return list
}

func telling(sender, id string) chat.NewMessage {
	m := said(sender, id)
	m.Tell = func(p chat.Placed, unread uint64) (chat.Event, error) { return told(sender, p.Pos, unread) }
	return m
}

func testTellSent(t *testing.T, store chat.Store) {
	accounts(t, store)
	require.NoError(t, store.ImportAccounts(t.Context(), app, []chat.NewAccount{{User: "cid"}}, start))
	mustAppend(t, store, chat.C2C(app, "bob", "cid"), 1, said("cid", "x"))
	quiet := telling("ann", "c")
	quiet.Counts = false
	mustAppend(t, store, ofBoth, 2, telling("ann", "a"), telling("ann", "b"), quiet, said("ann", "d"))
	mustAppend(t, store, ofBoth, 3, telling("ann", "a"), telling("ann", "e"))
	assert.Equal(t, []string{`ann {"1":2}`, `ann {"2":3}`, `ann {"3":3}`, `ann {"5":5}`}, bodies(t, store),
		"the second time of a message is not told")
	select {
	case <-store.Told():
	default:
		t.Error("nobody was woken")
	}

	bad := said("ann", "f")
	bad.Tell = func(chat.Placed, uint64) (chat.Event, error) { return chat.Event{}, errors.New("no event") }
	_, err := store.AppendMessages(t.Context(), ofBoth, []chat.NewMessage{bad}, after(4))
	assert.ErrorContains(t, err, "no event")
	assert.EqualValues(t, 5, mustPage(t, store, "ann", chat.Part{}).Pos, "neither is there without the other")
}

func testTellChanged(t *testing.T, store chat.Store) {
	accounts(t, store)
	mustAppend(t, store, ofBoth, 1, said("ann", "a"), said("ann", "b"), said("ann", "c"))
	to := chat.ReadTo{Pos: 1, Tell: func(v chat.View, unread uint64) (chat.Event, error) { return told("bob", v.ReadPos, unread) }}
	read(t, store, "bob", to)
	read(t, store, "bob", to)
	m, err := store.ChangeMessage(t.Context(), ofBoth, 2, after(2), func(m *chat.Message) error {
		m.Counts = false
		m.Tell = func(unread uint64) (chat.Event, error) { return told("ann", "recalled", unread) }
		return nil
	})
	require.NoError(t, err)
	assert.Nil(t, m.Tell)
	assert.ElementsMatch(t, []string{`bob {"1":2}`, `ann {"recalled":1}`}, bodies(t, store))
}

func testTellAlone(t *testing.T, store chat.Store) {
	accounts(t, store)
	say(t, store, "ann", "a", "b")
	for _, of := range []string{"bob", "ann", ""} {
		require.NoError(t, store.Tell(t.Context(), app, of, func(unread uint64) (chat.Event, error) { return told("ann", of, unread) }))
	}
	assert.Equal(t, []string{`ann {"bob":2}`, `ann {"ann":0}`, `ann {"":0}`}, bodies(t, store))
}

func testFindMessage(t *testing.T, store chat.Store) {
	accounts(t, store)
	_, err := store.FindMessage(t.Context(), ofBoth, "ann", "a")
	assert.ErrorIs(t, err, chat.ErrNoMessage)
	say(t, store, "ann", "a", "b")
	m, err := store.FindMessage(t.Context(), ofBoth, "ann", "b")
	require.NoError(t, err)
	assert.EqualValues(t, 2, m.Pos)
	assert.JSONEq(t, `{"of":"b"}`, string(m.Body))
	_, err = store.FindMessage(t.Context(), ofBoth, "bob", "b")
	assert.ErrorIs(t, err, chat.ErrNoMessage)
}

func testTellDeaf(t *testing.T, store chat.Store) {
	accounts(t, store)
	mustAppend(t, store, ofBoth, 1, telling("ann", "a"))
	_, _, err := store.SetReceiveOption(t.Context(), ofBoth, "bob", tim.ReceiveMessageOptNotReceive)
	require.NoError(t, err)
	mustAppend(t, store, ofBoth, 3, telling("ann", "b"), telling("ann", "c"))
	assert.Equal(t, []string{`ann {"1":1}`, `ann {"2":1}`, `ann {"3":1}`}, bodies(t, store))
}
