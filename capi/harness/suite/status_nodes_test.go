//go:build linux

package suite

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/pgtest"
)

// startPair starts two nodes that share a store, and tell each other what happens.
func startPair(t *testing.T) (a, b *server) {
	t.Helper()
	store := pgtest.Start(t).Database(t)
	at, to := freeport.Address(t), freeport.Address(t)
	cluster := "cluster_listen = %q\ncluster_peers = %q"
	a = startNode(t, store, fmt.Sprintf(cluster, at, to))
	b = startNode(t, store, fmt.Sprintf(cluster, to, at))
	for _, node := range []*server{a, b} {
		require.Eventually(t, func() bool { return strings.Contains(node.logText(), "another node is there") },
			30*time.Second, 20*time.Millisecond, "the nodes do not meet: %s", node.logText())
	}
	return a, b
}

func TestUserStatusOnTwoNodes(t *testing.T) {
	t.Parallel()
	a, b := startPair(t)
	ann := nodesClient(t, a, b)
	bob := nodesClient(t, b, a)
	for _, p := range []*puppet{ann, bob} {
		p.listen(onStatus)
	}
	ann.login("ann", a.ticket("ann"), 0)
	ann.asks("TIMSubscribeUserStatus", "bob")
	bob.login("bob", b.ticket("bob"), 0)
	bob.eventWith(onNetwork, "[0,")
	ann.hears(online("bob", "", "linux"))
	bob.says("busy")
	ann.hears(online("bob", "busy", "linux"))

	b.stop(syscall.SIGKILL) // bob goes on at node a, and takes his status along
	bob.eventWith(onNetwork, "[1,")
	bob.eventWith(onNetwork, "[0,")
	assert.Equal(t, []userStatus{online("bob", "busy", "linux")}, parseStatuses(t, ann.asks("TIMGetUserStatus", "bob")))
	bob.says("back")
	ann.hears(online("bob", "back", "linux"))
	bob.hears(online("bob", "busy", "linux"))
	bob.hears(online("bob", "back", "linux"))
	assert.False(t, bob.heard(onStatus))

	assert.Zero(t, bob.do("TIMLogout").Code)
	ann.hears(away("bob", 3))
	assert.False(t, ann.heard(onStatus))
}
