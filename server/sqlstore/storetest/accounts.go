package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

var accountTests = []test{
	{"an import makes accounts, and leaves those that are there", testImport},
	{"a deleted account is gone, and its number goes on", testDelete},
	{"a deleted account is made anew by an import", func(t *testing.T, store chat.Store) {
		mustOpen(t, store, login("a"))
		mustDelete(t, store, "ann")
		mustImport(t, store, "ann")
		assertKnown(t, store, "ann")
		assert.False(t, mustOpen(t, store, freshLogin("b")).NewAccount, "the import made it")
	}},
	{"a user's devices are told apart", testPresence},
	{"a device that is given up is there until another one takes its place", testPushed},
	{"figures add up, and of a peak the highest stays", testFigures},
	{"the links that all nodes had at one moment make a peak", testSamples},
	{"a user counts once a day and once a month", testActive},
	{"accounts count on the day when they are made", testRegistered},
}

func mustImport(t *testing.T, store chat.Store, users ...string) {
	t.Helper()
	var accounts []chat.NewAccount
	for _, user := range users {
		accounts = append(accounts, chat.NewAccount{User: user, Nick: "Nick", FaceURL: "https://face"})
	}
	require.NoError(t, store.ImportAccounts(t.Context(), app, accounts, start))
}

func mustDelete(t *testing.T, store chat.Store, user string) []chat.Session {
	t.Helper()
	live, err := store.DeleteAccount(t.Context(), app, user, second, chat.End{Reason: wire.KickAccountDeleted, At: start})
	require.NoError(t, err)
	return live
}

// freshLogin is a login with a ticket that was made after second.
func freshLogin(id string) chat.Opening {
	o := login(id)
	o.TicketIssued = second.Add(time.Second)
	return o
}

func assertKnown(t *testing.T, store chat.Store, users ...string) {
	t.Helper()
	known, err := store.KnownAccounts(t.Context(), app, []string{"ann", "bob", "cid"})
	require.NoError(t, err)
	want := map[string]bool{}
	for _, user := range users {
		want[user] = true
	}
	assert.Equal(t, want, known)
}

func testImport(t *testing.T, store chat.Store) {
	number := mustOpen(t, store, login("a")).Session.Number
	mustImport(t, store, "bob", "ann")
	mustImport(t, store, "bob")
	assertKnown(t, store, "ann", "bob")
	assert.Greater(t, mustOpen(t, store, login("b")).Session.Number, number)
	bobs := login("c")
	bobs.User = "bob"
	opened := mustOpen(t, store, bobs)
	assert.False(t, opened.NewAccount)
	assert.EqualValues(t, 1, opened.Session.Number)
}

func testDelete(t *testing.T, store chat.Store) {
	live := mustOpen(t, store, login("a")).Session
	assert.Equal(t, []chat.Session{live}, mustDelete(t, store, "ann"))
	assertKnown(t, store)
	_, err := store.DeleteAccount(t.Context(), app, "ann", second, byAdmin)
	assert.ErrorIs(t, err, chat.ErrNoAccount)
	_, err = store.VoidTickets(t.Context(), app, "ann", second, byAdmin)
	assert.ErrorIs(t, err, chat.ErrNoAccount)
	until, err := store.VoidUntil(t.Context(), app, "ann")
	require.NoError(t, err)
	assert.Equal(t, second, until, "its tickets stay void")

	back := resume(live)
	back.TicketIssued = second.Add(time.Second)
	_, err = store.OpenSession(t.Context(), back)
	var ended *chat.EndedError
	require.ErrorAs(t, err, &ended)
	assert.Equal(t, wire.KickAccountDeleted, ended.End.Reason)

	opened := mustOpen(t, store, freshLogin("b"))
	assert.True(t, opened.NewAccount)
	assert.Greater(t, opened.Session.Number, live.Number)
	assert.False(t, mustOpen(t, store, freshLogin("c")).NewAccount)
	assertKnown(t, store, "ann")
}

func presenceOf(t *testing.T, store chat.Store, user string) chat.Presence {
	t.Helper()
	all, err := store.Presence(t.Context(), app, []string{user, "nobody"})
	require.NoError(t, err)
	require.Len(t, all, 1)
	return all[user]
}

func testPresence(t *testing.T, store chat.Store) {
	mustImport(t, store, "bob")
	assert.Zero(t, presenceOf(t, store, "bob").Live)
	mustOpen(t, store, login("a"))
	web := login("b")
	web.Platform = session.Web
	mustEnd(t, store, mustOpen(t, store, web).Session.Ref, chat.LinkLost)
	p := presenceOf(t, store, "ann")
	assert.Equal(t, []session.Platform{session.Android}, p.Live)
	assert.Equal(t, []session.Platform{session.Web}, p.Lost)
	assert.Equal(t, map[session.Platform]time.Time{session.Web: after(5)}, p.LostAt)
	_, err := store.VoidTickets(t.Context(), app, "ann", second, byAdmin)
	require.NoError(t, err)
	p = presenceOf(t, store, "ann")
	assert.Empty(t, p.Live)
	assert.Empty(t, p.Lost)
}

func testPushed(t *testing.T, store chat.Store) {
	give := func(id string, platform session.Platform) {
		o := login(id)
		o.Platform, o.Admit = platform, one
		mustGiveUp(t, store, o)
	}
	give("phone", session.IPhone)
	assert.Equal(t, []session.Platform{session.IPhone}, presenceOf(t, store, "ann").Lost)
	give("pc", session.Windows)
	assert.Equal(t, []session.Platform{session.Windows}, presenceOf(t, store, "ann").Lost, "the phone was kicked meanwhile")
}

func figure(t *testing.T, store chat.Store, name string, period int64) int64 {
	t.Helper()
	sums, err := store.UsageOf(t.Context(), app, name, period, period)
	require.NoError(t, err)
	return sums[period]
}

func testFigures(t *testing.T, store chat.Store) {
	for _, part := range []string{"n1", "n2"} {
		for _, value := range []int64{5, 2} {
			require.NoError(t, store.AddUsage(t.Context(), []chat.Figure{
				{App: app, Name: chat.LoginTimes, Period: 7, Part: part, Value: value},
				{App: app, Name: chat.PeakOnline, Period: 7, Value: value},
			}))
		}
	}
	assert.EqualValues(t, 14, figure(t, store, chat.LoginTimes, 7))
	assert.EqualValues(t, 5, figure(t, store, chat.PeakOnline, 7))
	assert.Zero(t, figure(t, store, chat.LoginTimes, 8))
}

func testSamples(t *testing.T, store chat.Store) {
	midnight := chat.SampleOf(chat.DayStart(7))
	sample := func(node string, moment, value int64) {
		require.NoError(t, store.AddUsage(t.Context(), []chat.Figure{
			{App: app, Name: chat.PeakOnline, Period: 6, Value: 4}, // a node's own
			{App: app, Name: chat.OnlineSample, Period: midnight + moment, Part: node, Value: value},
		}))
	}
	sample("n1", -2, 3)
	assert.EqualValues(t, 4, figure(t, store, chat.PeakOnline, 6))
	sample("n1", -1, 1) // its clients moved to n2
	sample("n2", -1, 2)
	assert.EqualValues(t, 4, figure(t, store, chat.PeakOnline, 6), "who moves does not count twice")
	sample("n2", -2, 2) // late
	assert.EqualValues(t, 5, figure(t, store, chat.PeakOnline, 6))
	assert.Zero(t, figure(t, store, chat.PeakOnline, 7))
	sample("n1", 0, 2)
	assert.EqualValues(t, 2, figure(t, store, chat.PeakOnline, 7), "another day")
	assert.EqualValues(t, 3, figure(t, store, chat.OnlineSample, midnight-1))
	sample("n1", 1000, 1)
	assert.Zero(t, figure(t, store, chat.OnlineSample, midnight-1), "samples go in time")
	assert.EqualValues(t, 5, figure(t, store, chat.PeakOnline, 6))
}

func testActive(t *testing.T, store chat.Store) {
	at := time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC)
	open := func(id string, at time.Time) chat.Session {
		o := login(id)
		o.At = at
		return mustOpen(t, store, o).Session
	}
	first := open("a", at)
	open("b", at)
	bobs := login("c")
	bobs.User, bobs.At = "bob", at
	mustOpen(t, store, bobs)
	assert.EqualValues(t, 2, figure(t, store, chat.ActiveInDay, chat.DayOf(at)))
	assert.EqualValues(t, 2, figure(t, store, chat.ActiveInMonth, chat.MonthOf(at)))

	next := at.Add(time.Second)
	back := resume(first)
	back.At = next
	mustOpen(t, store, back)
	open("d", next.Add(-time.Second)) // a node whose clock is behind
	assert.EqualValues(t, 1, figure(t, store, chat.ActiveInDay, chat.DayOf(next)))
	assert.EqualValues(t, 1, figure(t, store, chat.ActiveInMonth, chat.MonthOf(next)))
	assert.EqualValues(t, 2, figure(t, store, chat.ActiveInDay, chat.DayOf(at)))
}

func testRegistered(t *testing.T, store chat.Store) {
	today := chat.DayOf(start)
	mustImport(t, store, "bob", "cid")
	mustImport(t, store, "bob")
	mustOpen(t, store, login("a"))
	mustOpen(t, store, login("b"))
	assert.EqualValues(t, 3, figure(t, store, chat.Registered, today))
	mustDelete(t, store, "ann")
	mustOpen(t, store, freshLogin("c"))
	assert.EqualValues(t, 4, figure(t, store, chat.Registered, today))
}
