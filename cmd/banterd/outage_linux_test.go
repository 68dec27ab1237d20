package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/bus/bustest"
)

// outage is how long what the nodes need is away. Even the short one outlives their leases.
func outage() time.Duration {
	if os.Getenv("BANTER_LONG") != "" {
		return 30 * time.Second
	}
	return 4 * time.Second
}

// ruin is an installation that loses what it needs: two nodes with a player on each.
type ruin struct {
	t        *testing.T
	database *pgtest.Server
	nats     string
	stopNATS func()
	nodes    []process
	players  []*client
}

func newRuin(t *testing.T) *ruin {
	r := &ruin{t: t, database: pgtest.Start(t)}
	r.nats, r.stopNATS = bustest.StartNATS(t, "")
	store := r.database.Database(t)
	for i := range 2 {
		node := startNode(t, store, short, fmt.Sprintf("bus = 'nats://%s'", r.nats))
		player, _ := node.online(fmt.Sprint("player ", i), "linux", "1")
		r.nodes, r.players = append(r.nodes, node), append(r.players, player)
	}
	r.awaitBus(true)
	return r
}

func (r *ruin) awaitBus(connected bool) {
	r.t.Helper()
	line, peers := "banter_bus_connected 0\n", "" // whom it knew is of no matter
	if connected {
		line, peers = "banter_bus_connected 1\n", "banter_bus_peers 1\n"
	}
	for _, node := range r.nodes {
		node.await("told of its bus", func() bool {
			metrics := node.metrics()
			return strings.Contains(metrics, line) && strings.Contains(metrics, peers)
		})
	}
}

func (r *ruin) startNATS() { bustest.StartNATS(r.t, r.nats) }

// still requires that every player is in, on the link that there was all the time.
func (r *ruin) still() {
	r.t.Helper()
	for _, player := range r.players {
		player.socket.SetReadDeadline(time.Now().Add(patience))
		assert.Zero(r.t, player.call(wire.CmdPing, nil).Code)
	}
}

// refused requires that no node takes a login, and that each says what to do.
func (r *ruin) refused() {
	r.t.Helper()
	for _, node := range r.nodes {
		c := node.connect("web", "2")
		code, desc := c.refused("player 0", node.ticket("player 0", 3600))
		assert.Contains(r.t, []timerr.Code{timerr.SvrAccountInternalError, timerr.SvrAccountInternalTimeout}, code)
		assert.Contains(r.t, desc, "try again")
		c.socket.Close()
	}
}

// kicks requires that a login on each node kicks on the other.
func (r *ruin) kicks() {
	r.t.Helper()
	for i, node := range r.nodes {
		first, _ := r.nodes[1-i].online("kicked", "linux", fmt.Sprint(i))
		second, _ := node.online("kicked", "windows", fmt.Sprint(i))
		first.socket.SetReadDeadline(time.Now().Add(patience))
		assert.Equal(r.t, "windows", first.expectKicked().Platform)
		assert.Zero(r.t, second.call(wire.CmdLogout, nil).Code)
	}
}

// during goes on with what holds while something is away.
func (r *ruin) during(holds ...func()) {
	for end := time.Now().Add(outage()); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		for _, hold := range holds {
			hold()
		}
	}
}

// healed requires that everything works again, and that nobody was taken for gone.
func (r *ruin) healed() {
	r.t.Helper()
	for _, node := range r.nodes {
		node.awaitReady()
	}
	r.awaitBus(true)
	r.still()
	silent := r.count("a node did not answer on the bus")
	r.kicks()
	assert.Equal(r.t, silent, r.count("a node did not answer on the bus"), "kicks go over the bus")
	assert.Zero(r.t, r.count("session lost with its node"))
}

func (r *ruin) count(part string) (n int) {
	for _, node := range r.nodes {
		n += countLines(node.log.String(), part)
	}
	return n
}

func TestTheBusIsAwayForLong(t *testing.T) {
	r := newRuin(t)
	r.stopNATS()
	r.awaitBus(false)
	r.during(r.still)
	r.kicks() // found in the store
	first, _ := r.nodes[0].online("lost", "linux", "1")
	r.nodes[1].online("lost", "windows", "1")
	r.startNATS()
	assert.Equal(t, "windows", first.expectKicked().Platform, "nobody told this node")
	r.healed()
}

func TestTheStoreIsAwayForLong(t *testing.T) {
	r := newRuin(t)
	r.database.Stop(t)
	r.during(r.still, r.refused)
	r.database.Resume(t)
	r.healed()
}

func TestEverythingIsAwayForLong(t *testing.T) {
	if os.Getenv("BANTER_LONG") == "" {
		t.Skip("each alone is tested without BANTER_LONG")
	}
	r := newRuin(t)
	r.stopNATS()
	r.database.Stop(t)
	r.during(r.still, r.refused)
	r.startNATS()
	r.database.Resume(t)
	r.healed()
}
