//go:build linux

package suite

import (
	"net/url"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
)

// throughProxy is a store's address through a proxy that can cut it.
func throughProxy(t *testing.T, store string) (string, *proxy) {
	t.Helper()
	address, err := url.Parse(store)
	require.NoError(t, err)
	wire := startProxy(t, address.Host, transparent)
	address.Host = wire.address()
	return address.String(), wire
}

func TestAClientLeavesANodeThatCannotServe(t *testing.T) {
	database := pgtest.Start(t)
	store := database.Database(t)
	viaProxy, wire := throughProxy(t, store)
	a, b := startNode(t, viaProxy), startNode(t, store)
	p, online := nodesClient(t, a, b), nodesClient(t, a, b)
	p.eventWith(onNetwork, "0,0")
	online.login("bob", a.ticket("bob"), 0)
	wire.cut()

	answer := p.do("TIMLogin", text("ann"), text(a.ticket("ann")))
	assert.Contains(t, []int{70500, 70169}, answer.Code)
	assert.Contains(t, *answer.Desc, "try again")
	p.login("ann", a.ticket("ann"), 0)
	assert.Equal(t, 1, online.status(), "who is in stays in")
	wire.mend()
}

func TestTheClientsOfANodeThatShutsDownGoElsewhere(t *testing.T) {
	database := pgtest.Start(t)
	store := database.Database(t)
	a, b := startNode(t, store), startNode(t, store)
	p := nodesClient(t, a, b)
	p.eventWith(onNetwork, "0,0")
	p.login("ann", a.ticket("ann"), 0)
	a.stop(syscall.SIGTERM)
	p.eventWith(onNetwork, "1,")
	p.eventWith(onNetwork, "0,0")
	p.stays("the client")
	status, _ := b.platforms("ann")
	assert.Equal(t, "Online", status)
	for _, l := range p.held {
		assert.NotContains(t, string(l.Args), "[3,", "the first node was not dialled again")
	}
}
