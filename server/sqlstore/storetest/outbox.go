package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

var outboxTests = []test{
	{"without a backend nothing is told", func(t *testing.T, store chat.Store) {
		mustOpen(t, store, login("a"))
		assert.Empty(t, due(t, store))
		store.Report(func(uint64) bool { return false })
		mustOpen(t, store, login("b"))
		assert.Empty(t, due(t, store))
	}},
	{"each change of a session is told, in order", testTold},
	{"a lost link is told when it is given up, once", testLostIsTold},
	{"a login names whom it kicked", testKickedIsTold},
	{"what ends with the account is told", testVoidIsTold},
	{"a change that did not happen is not told", func(t *testing.T, store chat.Store) {
		reportAll(store)
		s := mustOpen(t, store, login("a")).Session
		old := s.Ref
		old.Number--
		assertEndsNothing(t, store, old)
		o := login("b")
		o.TicketIssued = second
		_, err := store.VoidTickets(t.Context(), app, "nobody", second, byAdmin)
		require.ErrorIs(t, err, chat.ErrNoAccount)
		assert.Equal(t, []string{"Login/Register"}, due(t, store))
	}},
	{"a user's later events wait for the one that failed, and nobody else's", testRetry},
	{"of each user one node at a time sends the events", testShares},
	{"a node that is silent loses its users, one that leaves at once", testTakeover},
	{"old events go, and the oldest when there are too many", testTrim},
}

func reportAll(store chat.Store) { store.Report(func(a uint64) bool { return a == app }) }

func events(t *testing.T, store chat.Store, at time.Time) []chat.Event {
	t.Helper()
	mustClaim(t, store, "n1", time.Hour)
	return dueAt(t, store, "n1", at)
}

func dueAt(t *testing.T, store chat.Store, node string, at time.Time) []chat.Event {
	t.Helper()
	list, err := store.Due(t.Context(), app, node, at, 100)
	require.NoError(t, err)
	return list
}

// mustClaim returns how many parts node gets.
func mustClaim(t *testing.T, store chat.Store, node string, good time.Duration) int {
	t.Helper()
	parts, err := store.Claim(t.Context(), app, node, good)
	require.NoError(t, err)
	return parts
}

// usersOf returns whose events node may send.
func usersOf(t *testing.T, store chat.Store, node string) (users []string) {
	t.Helper()
	for _, e := range dueAt(t, store, node, start) {
		users = append(users, e.User)
	}
	return users
}

// tellOf keeps an event of each of so many users, and returns them.
func tellOf(t *testing.T, store chat.Store, count int) (users []string) {
	t.Helper()
	reportAll(store)
	for i := range count {
		o := login(fmt.Sprint(i))
		o.User = fmt.Sprint("user ", i)
		mustOpen(t, store, o)
		users = append(users, o.User)
	}
	return users
}

func testShares(t *testing.T, store chat.Store) {
	users := tellOf(t, store, 60)
	assert.Empty(t, usersOf(t, store, "n1"), "it has no claim")
	everything := mustClaim(t, store, "n1", time.Hour)
	assert.ElementsMatch(t, users, usersOf(t, store, "n1"))

	assert.Zero(t, mustClaim(t, store, "n2", time.Hour), "all are another's until that one gives some up")
	assert.Empty(t, usersOf(t, store, "n2"))
	assert.Equal(t, everything/2, mustClaim(t, store, "n1", time.Hour))
	assert.Equal(t, everything/2, mustClaim(t, store, "n2", time.Hour))
	one, two := usersOf(t, store, "n1"), usersOf(t, store, "n2")
	assert.ElementsMatch(t, users, append(one, two...))
	assert.NotEmpty(t, one)
	assert.NotEmpty(t, two)

	mustClaim(t, store, "n3", time.Hour)
	for _, node := range []string{"n1", "n2", "n3"} {
		assert.InDelta(t, everything/3, mustClaim(t, store, node, time.Hour), 1, node)
	}
	other, err := store.Claim(t.Context(), app+1, "n3", time.Hour)
	require.NoError(t, err)
	assert.Equal(t, everything, other, "of another app")
}

func testTakeover(t *testing.T, store chat.Store) {
	users := tellOf(t, store, 30)
	everything := mustClaim(t, store, "n1", -time.Hour) // which ran out before it was made
	assert.Equal(t, everything, mustClaim(t, store, "n2", time.Hour))
	assert.Empty(t, usersOf(t, store, "n1"))
	assert.ElementsMatch(t, users, usersOf(t, store, "n2"))
	assert.Zero(t, mustClaim(t, store, "n1", time.Hour))

	require.NoError(t, store.Leave(t.Context(), app, "n2"))
	assert.Equal(t, everything, mustClaim(t, store, "n1", time.Hour))
	assert.ElementsMatch(t, users, usersOf(t, store, "n1"))
	assert.Empty(t, usersOf(t, store, "n2"))
}

// due returns the actions and reasons of what is to be told.
func due(t *testing.T, store chat.Store) (told []string) {
	t.Helper()
	for _, e := range events(t, store, start) {
		body := string(e.Body)
		told = append(told, between(body, `"Action":"`)+"/"+between(body, `"Reason":"`))
	}
	return told
}

func between(text, before string) string {
	_, rest, _ := strings.Cut(text, before)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

func testTold(t *testing.T, store chat.Store) {
	reportAll(store)
	o := login("a")
	o.Address = "192.0.2.7"
	s := mustOpen(t, store, o).Session
	<-store.Told()
	mustEnd(t, store, s.Ref, chat.LinkClosed)
	s = mustOpen(t, store, resume(s)).Session
	mustEnd(t, store, s.Ref, chat.LoggedOut)
	// The times of these changes are not in order, as those of several nodes may be.
	assert.Equal(t, []string{"Login/Register", "Disconnect/LinkClose", "Login/Register", "Logout/Unregister"}, due(t, store))
	list := events(t, store, start)
	require.NotEmpty(t, list)
	assert.Equal(t, chat.Event{App: app, User: "ann", Seq: start.UnixMilli(), At: start, Command: "State.StateChange", Platform: "Android",
		Address: "192.0.2.7", Body: []byte(`{"CallbackCommand":"State.StateChange","EventTime":1700000000123,` +
			`"Info":{"Action":"Login","To_Account":"ann","Reason":"Register"}}`)}, list[0])
}

func testLostIsTold(t *testing.T, store chat.Store) {
	reportAll(store)
	mustEnd(t, store, mustOpen(t, store, login("a")).Session.Ref, chat.LinkLost)
	mustEnd(t, store, mustOpen(t, store, login("b")).Session.Ref, chat.LinkClosed)
	for range 2 {
		_, err := store.Reap(t.Context(), after(6), start)
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"Login/Register", "Login/Register", "Disconnect/LinkClose", "Disconnect/TimeOut"}, due(t, store))
}

func testKickedIsTold(t *testing.T, store chat.Store) {
	mustEnd(t, store, mustOpen(t, store, login("told")).Session.Ref, chat.LinkClosed)
	mustEnd(t, store, mustOpen(t, store, login("away")).Session.Ref, chat.LinkLost)
	own := login("own")
	own.Platform, own.Instance = session.Windows, "pc"
	mustOpen(t, store, own)
	reportAll(store)
	o := login("new")
	o.Platform, o.Instance, o.Admit = session.Windows, "pc", one
	mustOpen(t, store, o)
	list := events(t, store, start)
	require.Len(t, list, 1)
	assert.Contains(t, string(list[0].Body), `"KickedDevice":[{"Platform":"Android"}]`)
}

func testVoidIsTold(t *testing.T, store chat.Store) {
	mustOpen(t, store, login("live"))
	mustEnd(t, store, mustOpen(t, store, login("away")).Session.Ref, chat.LinkLost)
	mustEnd(t, store, mustOpen(t, store, login("told")).Session.Ref, chat.LinkClosed)
	reportAll(store)
	_, err := store.VoidTickets(t.Context(), app, "ann", second, byAdmin)
	require.NoError(t, err)
	assert.Equal(t, []string{"Logout/Unregister", "Logout/Unregister"}, due(t, store))
	mustOpen(t, store, freshLogin("new"))
	mustDelete(t, store, "ann")
	assert.Len(t, due(t, store), 4)
}

func testRetry(t *testing.T, store chat.Store) {
	reportAll(store)
	for _, user := range []string{"ann", "bob", "ann"} {
		o := login(fmt.Sprint(user, len(events(t, store, start))))
		o.User = user
		mustOpen(t, store, o)
	}
	all := events(t, store, start)
	require.Len(t, all, 3)
	require.NoError(t, store.Settle(t.Context(), nil, []chat.Retry{{Event: all[0], At: after(9)}}))
	list := events(t, store, after(8))
	require.Len(t, list, 1)
	assert.Equal(t, "bob", list[0].User)
	list = events(t, store, after(9))
	require.Len(t, list, 3)
	assert.Equal(t, 1, list[0].Attempts)
	require.NoError(t, store.Settle(t.Context(), list[:2], nil))
	assert.Len(t, events(t, store, after(9)), 1)
}

func testTrim(t *testing.T, store chat.Store) {
	reportAll(store)
	for i := range 5 {
		o := login(fmt.Sprint(i))
		o.At = after(i)
		mustOpen(t, store, o)
	}
	n, err := store.Trim(t.Context(), after(1), 2)
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	list := events(t, store, start)
	require.Len(t, list, 2)
	assert.WithinDuration(t, after(3), list[0].At, time.Second)
	n, err = store.Trim(t.Context(), start, 2)
	require.NoError(t, err)
	assert.Zero(t, n)
}
