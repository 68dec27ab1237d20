package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

// leaseOf is the lease of a process that runs as node. These tests do not wait: a lease is
// good for an hour, or, where another node is to be gone, ran out before it was renewed.
func leaseOf(node, holder string) chat.Lease {
	return chat.Lease{Node: node, Holder: holder, Good: time.Hour, Gap: time.Hour}
}

// othersGone is l under the rule that every other node is gone.
func othersGone(l chat.Lease) chat.Lease {
	l.Good = -time.Hour
	return l
}

var (
	n1 = leaseOf("n1", "one")
	n2 = leaseOf("n2", "two")
)

func mustTake(t *testing.T, store chat.Store, leases ...chat.Lease) {
	t.Helper()
	for _, l := range leases {
		_, err := store.TakeLease(t.Context(), l.Node, l.Holder)
		require.NoError(t, err)
	}
}

func mustReap(t *testing.T, store chat.Store, l chat.Lease) []chat.Session {
	t.Helper()
	gone, err := store.ReapNodes(t.Context(), l)
	require.NoError(t, err)
	return gone
}

var leaseTests = []test{
	{"a lease is renewed by who holds it", func(t *testing.T, store chat.Store) {
		assert.ErrorIs(t, store.RenewLease(t.Context(), n1), chat.ErrLeaseLost, "before it was taken")
		mustTake(t, store, n1)
		for range 2 {
			assert.NoError(t, store.RenewLease(t.Context(), n1))
		}
		mustTake(t, store, leaseOf("n1", "other"))
		assert.ErrorIs(t, store.RenewLease(t.Context(), n1), chat.ErrLeaseTaken)
		assert.NoError(t, store.RenewLease(t.Context(), leaseOf("n1", "other")))
		assert.ErrorIs(t, store.RenewLease(t.Context(), othersGone(n1)), chat.ErrLeaseLost, "the other one's ran out")
	}},
	{"who takes a lease loses the sessions of the process before", func(t *testing.T, store chat.Store) {
		mustTake(t, store, n1)
		kicked(t, store, "kicked")
		mustOpen(t, store, login("mine"))
		n, err := store.TakeLease(t.Context(), "n1", "again")
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		_, lost := openIDs(t, store)
		assert.Equal(t, []string{"mine"}, lost)
		assert.Empty(t, endedOf(t, store, "n1"))
	}},
	{"a node that is gone loses its sessions, and its lease", testReapNodes},
	{"a login that was under way when its node was reaped is found the second time", func(t *testing.T, store chat.Store) {
		mustTake(t, store, n1, n2)
		mustReap(t, store, othersGone(n2))
		late := mustOpen(t, store, login("late")).Session
		assert.Equal(t, late.Session, mustReap(t, store, othersGone(n2))[0].Session)
		mustOpen(t, store, login("later"))
		assert.Empty(t, mustReap(t, store, othersGone(n2)), "there is no third time")
	}},
	{"nobody reaps who was away", func(t *testing.T, store chat.Store) {
		mustTake(t, store, n1, n2)
		mustOpen(t, store, login("a"))
		away := othersGone(n2)
		away.Gap = -time.Hour
		for name, l := range map[string]chat.Lease{
			"it has not renewed its own lease for long enough": n2,
			"its own has a gap":     away,
			"its name is another's": othersGone(leaseOf("n2", "other")),
			"it has no lease":       othersGone(leaseOf("n3", "three")),
		} {
			assert.Empty(t, mustReap(t, store, l), name)
		}
		assertOpen(t, store, "a")
	}},
	{"nodes that reap at the same moment get each session once", testReapAtOnce},
	{"a lease that is dropped leaves nothing behind", func(t *testing.T, store chat.Store) {
		mustTake(t, store, n1)
		mustOpen(t, store, login("a"))
		require.NoError(t, store.DropLease(t.Context(), "n1", "other"))
		require.NoError(t, store.RenewLease(t.Context(), n1), "it was not the other's to drop")
		require.NoError(t, store.DropLease(t.Context(), "n1", "one"))
		assert.ErrorIs(t, store.RenewLease(t.Context(), n1), chat.ErrLeaseLost)
		_, lost := openIDs(t, store)
		assert.Equal(t, []string{"a"}, lost)
	}},
}

func testReapNodes(t *testing.T, store chat.Store) {
	mustTake(t, store, n1, n2)
	kicked(t, store, "kicked")
	mine := mustOpen(t, store, login("mine")).Session
	o := login("other")
	o.Node = "n2"
	mustOpen(t, store, o)

	gone := mustReap(t, store, othersGone(n2))
	require.Len(t, gone, 1)
	assert.Equal(t, chat.Lost, gone[0].State)
	assert.Equal(t, mine.Ref, gone[0].Ref)
	assert.NotZero(t, gone[0].LostAt)
	live, lost := openIDs(t, store)
	assert.Equal(t, []string{"other"}, live)
	assert.Equal(t, []string{"mine"}, lost)
	assert.Empty(t, endedOf(t, store, "n1"), "nobody is left to close them")

	assert.ErrorIs(t, store.RenewLease(t.Context(), n1), chat.ErrLeaseLost)
	assert.Empty(t, mustReap(t, store, othersGone(n1)), "who is gone reaps nobody")
	assert.NoError(t, store.RenewLease(t.Context(), n2))
	mustTake(t, store, n1)
	assert.NoError(t, store.RenewLease(t.Context(), n1), "it is back")
	assert.Nil(t, mustOpen(t, store, resume(mine)).Superseded)
}

func testReapAtOnce(t *testing.T, store chat.Store) {
	nodes := []chat.Lease{n2, leaseOf("n3", "three"), leaseOf("n4", "four")}
	mustTake(t, store, append(nodes, n1)...)
	for _, id := range []string{"a", "b", "c"} {
		mustOpen(t, store, login(id))
	}
	seen := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, l := range nodes {
		all.Go(func() {
			gone, err := store.ReapNodes(t.Context(), othersGone(l))
			assert.NoError(t, err)
			mu.Lock()
			defer mu.Unlock()
			for _, g := range gone {
				seen[g.Session]++
			}
		})
	}
	all.Wait()
	assert.Equal(t, map[string]int{"a": 1, "b": 1, "c": 1}, seen)
}
