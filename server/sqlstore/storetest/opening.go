package storetest

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

var openingTests = []test{
	{"a login makes a session, and the first one the account", func(t *testing.T, store chat.Store) {
		o := login("a")
		first := mustOpen(t, store, o)
		assert.Equal(t, chat.Opened{
			NewAccount: true,
			Presence:   chat.Presence{Live: []session.Platform{session.Android}},
			Session: chat.Session{
				Ref:   chat.Ref{App: app, User: "ann", Session: "a", Number: 1},
				Login: 1, Platform: session.Android, Instance: "install of a", Node: "n1",
				OpenedAt: start, TicketIssued: o.TicketIssued, TicketExpires: o.TicketExpires, State: chat.Live,
			},
		}, first)
		second := mustOpen(t, store, login("b"))
		assert.False(t, second.NewAccount)
		assert.Greater(t, second.Session.Number, first.Session.Number)
		assertOpen(t, store, "a", "b")
	}},
	{"accounts are apart by app and by user, whatever is in their ids", func(t *testing.T, store chat.Store) {
		for _, account := range []struct {
			app  uint64
			user string
		}{
			{app, "ann"}, {app, "Ann"}, {app, " ann"}, {app, "ann "}, {app, "a'--"}, {app, "%"}, {app, "$1"},
			{1, "ann"}, {math.MaxUint64, "ann"}, {math.MaxInt64 + 1, "ann"},
		} {
			o := login("a")
			o.App, o.User, o.Admit = account.app, account.user, one
			opened := mustOpen(t, store, o)
			assert.True(t, opened.NewAccount, "%v", account)
			assert.Empty(t, opened.Victims, "%v", account)
			assert.Equal(t, account.app, opened.Session.App)
			assert.Equal(t, account.user, opened.Session.User)
		}
	}},
	{"the policy sees what is open, and whom it names ends", testAdmit},
	{"a login that fails leaves everything as it was", func(t *testing.T, store chat.Store) {
		mustOpen(t, store, login("a"))
		mustOpen(t, store, login("b"))
		o := login("c")
		o.Admit = func(live []session.Live, _ session.Live) []session.Live {
			return []session.Live{live[0], {ID: "not there"}}
		}
		_, err := store.OpenSession(t.Context(), o)
		require.Error(t, err)
		taken := login("a") // the id of a session that is there
		taken.Admit = one
		_, err = store.OpenSession(t.Context(), taken)
		require.Error(t, err)
		assertOpen(t, store, "a", "b")
	}},
	{"of 20 logins at the same moment each gets its own number, and one stays", testLoginsAtOnce},
	{"of logins and resumes at the same moment one stays, the one with the highest number", testResumesAtOnce},
}

func testAdmit(t *testing.T, store chat.Store) {
	lost := mustOpen(t, store, login("lost")).Session
	mustEnd(t, store, lost.Ref, chat.LinkClosed)
	live := mustOpen(t, store, login("live")).Session
	mustOpen(t, store, login("stays"))
	gone := mustOpen(t, store, login("gone")).Session
	mustEnd(t, store, gone.Ref, chat.LoggedOut)

	o := login("new")
	o.Platform, o.At = session.Web, after(9)
	o.Admit = func(open []session.Live, newcomer session.Live) []session.Live {
		assert.Equal(t, session.Live{ID: "new", Platform: session.Web, Instance: "install of new", Login: newcomer.Login}, newcomer)
		assert.Greater(t, newcomer.Login, gone.Login)
		assert.ElementsMatch(t, []session.Live{
			{ID: "lost", Platform: session.Android, Instance: "install of lost", Login: lost.Login, Lost: true},
			{ID: "live", Platform: session.Android, Instance: "install of live", Login: live.Login},
			{ID: "stays", Platform: session.Android, Instance: "install of stays", Login: live.Login + 1},
		}, open)
		return []session.Live{{ID: "live"}, {ID: "lost"}}
	}
	lost.State, lost.LostAt, lost.Node, lost.Reported = chat.Lost, after(5), "", true
	opened := mustOpen(t, store, o)
	assert.Equal(t, []chat.Session{live, lost}, opened.Victims, "as they were before, in the policy's order")
	assertOpen(t, store, "stays", "new")

	live.State = chat.Ended
	live.End = chat.End{Reason: wire.KickOtherDevice, Platform: session.Web, Instance: "install of new", At: after(9)}
	ended, err := store.EndedOf(t.Context(), "n1")
	require.NoError(t, err)
	assert.Equal(t, []chat.Session{live}, ended, "a node has nothing to close for a session that had no link")
}

func testLoginsAtOnce(t *testing.T, store chat.Store) {
	opened := atOnce(t, store, 20, func(i int) chat.Opening {
		o := login(fmt.Sprint(i))
		o.Admit = one
		return o
	})
	var accounts int
	for _, o := range opened {
		if o.NewAccount {
			accounts++
		}
	}
	assert.Equal(t, 1, accounts)
	assertOpen(t, store, lastOf(t, opened))
}

func testResumesAtOnce(t *testing.T, store chat.Store) {
	for round := range 10 {
		before := mustOpen(t, store, login(fmt.Sprint("first of ", round))).Session
		opened := atOnce(t, store, 6, func(i int) chat.Opening {
			o := login(fmt.Sprint(round, " ", i))
			if i < 3 {
				o = resume(before) // one at most gets it, for the number is new then
			}
			o.Admit = one
			return o
		})
		assertOpen(t, store, lastOf(t, opened))
	}
}

// atOnce opens n sessions at the same moment, and returns those that were not refused.
func atOnce(t *testing.T, store chat.Store, n int, opening func(i int) chat.Opening) []chat.Opened {
	var mu sync.Mutex
	var opened []chat.Opened
	var ready, all sync.WaitGroup
	ready.Add(n)
	for i := range n {
		all.Go(func() {
			ready.Done()
			ready.Wait()
			got, err := store.OpenSession(t.Context(), opening(i))
			if opening(i).Resume != 0 && err != nil {
				known := errors.Is(err, chat.ErrNoSession) || errors.As(err, new(*chat.EndedError))
				assert.True(t, known, "%v", err)
				return
			}
			assert.NoError(t, err)
			mu.Lock()
			defer mu.Unlock()
			opened = append(opened, got)
		})
	}
	all.Wait()
	return opened
}

// lastOf returns the id of the session with the highest number, and requires that each
// has its own number and that every other one was somebody's victim, once.
func lastOf(t *testing.T, opened []chat.Opened) string {
	numbers := map[int64]bool{}
	victims := map[string]int{}
	var last chat.Session
	for _, o := range opened {
		assert.False(t, numbers[o.Session.Number], "number %d twice", o.Session.Number)
		numbers[o.Session.Number] = true
		for _, v := range o.Victims {
			victims[v.Session]++
		}
		if o.Session.Number > last.Number {
			last = o.Session
		}
	}
	for _, o := range opened {
		if o.Session.Session != last.Session {
			assert.Equal(t, 1, victims[o.Session.Session], o.Session.Session)
		}
	}
	assert.Zero(t, victims[last.Session])
	return last.Session
}
