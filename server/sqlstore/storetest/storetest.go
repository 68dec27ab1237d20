// Package storetest is what every chat.Store must do, as tests.
package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// test is one of the suite, with an empty store of its own.
type test struct {
	name string
	run  func(*testing.T, chat.Store)
}

// Run checks the stores that open returns; each test gets an empty one.
func Run(t *testing.T, open func(t *testing.T) chat.Store) {
	for _, group := range [][]test{openingTests, resumeTests, attemptTests, kickedTests, goneTests, endingTests, voidTests, nodeTests, leaseTests, accountTests, statusTests, outboxTests, messageTests, receiptTests, viewTests, receiveTests, extrasTests, muteTests, mergerTests, importTests, tellingTests, fileTests, expiryTests, wholeTests} {
		for _, tt := range group {
			t.Run(tt.name, func(t *testing.T) { tt.run(t, open(t)) })
		}
	}
}

const app = 1400000001

// start is when these tests happen: a time in the store's own precision.
var start = time.UnixMilli(1700000000123).UTC()

// after is so many seconds later.
func after(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

// login is that of ann on node "n1" with her phone, which lets everybody stay.
func login(id string) chat.Opening {
	return chat.Opening{
		App: app, User: "ann", Session: id,
		Platform: session.Android, Instance: "install of " + id, Node: "n1",
		TicketIssued: after(-60).Truncate(time.Second), TicketExpires: after(3600).Truncate(time.Second),
		At: start, Admit: all,
	}
}

// resume is how the device of s comes back, on node "n2".
func resume(s chat.Session) chat.Opening {
	o := login(s.Session)
	o.App, o.User, o.Resume = s.App, s.User, s.Number
	o.Platform, o.Instance, o.Node, o.At = s.Platform, s.Instance, "n2", after(10)
	return o
}

// all lets everybody stay, and one only the newcomer.
func all([]session.Live, session.Live) []session.Live { return nil }

func one(live []session.Live, newcomer session.Live) []session.Live {
	return session.Admit(session.Policy{Mode: session.Single}, live, newcomer)
}

// mustOpen opens a session, and checks the account's presence by what the store then says of that.
func mustOpen(t *testing.T, store chat.Store, o chat.Opening) chat.Opened {
	t.Helper()
	opened, err := store.OpenSession(t.Context(), o)
	require.NoError(t, err)
	all, err := store.Presence(t.Context(), o.App, []string{o.User})
	require.NoError(t, err)
	for _, p := range []chat.Presence{opened.Presence, all[o.User]} {
		slices.Sort(p.Live)
		slices.Sort(p.Lost)
	}
	assert.Equal(t, all[o.User], opened.Presence)
	return opened
}

// mustEnd ends ref's session and requires that it was this call that did.
func mustEnd(t *testing.T, store chat.Store, ref chat.Ref, how chat.Ending) {
	t.Helper()
	ended, err := store.EndSession(t.Context(), ref, how, after(5))
	require.NoError(t, err)
	require.True(t, ended)
}

// openIDs returns the live and the lost sessions of ann, as a further login sees them.
// It leaves nothing behind but a higher number.
func openIDs(t *testing.T, store chat.Store) (live, lost []string) {
	t.Helper()
	o := login("eye")
	o.TicketIssued = after(1 << 20)
	o.Admit = func(open []session.Live, _ session.Live) []session.Live {
		live, lost = nil, nil
		for _, l := range open {
			if l.Lost {
				lost = append(lost, l.ID)
			} else {
				live = append(live, l.ID)
			}
		}
		return nil
	}
	mustEnd(t, store, mustOpen(t, store, o).Session.Ref, chat.LoggedOut)
	return live, lost
}

// assertOpen requires exactly these live sessions of ann, and no lost ones.
func assertOpen(t *testing.T, store chat.Store, ids ...string) {
	t.Helper()
	live, lost := openIDs(t, store)
	assert.ElementsMatch(t, ids, live)
	assert.Empty(t, lost)
}

var wholeTests = []test{
	{"it answers a ping", func(t *testing.T, store chat.Store) {
		assert.NoError(t, store.Ping(t.Context()))
		assert.NoError(t, store.Ping(t.Context()))
	}},
	{"nothing is done for a caller who has left", func(t *testing.T, store chat.Store) {
		ctx, leave := context.WithCancel(t.Context())
		leave()
		_, err := store.OpenSession(ctx, login("a"))
		assert.ErrorIs(t, err, context.Canceled)
		assertOpen(t, store)
	}},
	{"a closed store refuses", func(t *testing.T, store chat.Store) {
		require.NoError(t, store.Close())
		_, err := store.OpenSession(t.Context(), login("a"))
		assert.Error(t, err)
		_, err = store.EndedOf(t.Context(), "n1")
		assert.Error(t, err)
		assert.Error(t, store.Ping(t.Context()))
	}},
}
