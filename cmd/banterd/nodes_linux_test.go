package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// short is a lease for tests that wait for its end.
const short = "3s"

// startNode runs `banterd serve` in a process of its own, on a store that others share; more
// are lines for [server].
func startNode(t *testing.T, store, lease string, more ...string) process {
	t.Helper()
	return startNodeOf(t, store, lease, strings.Join(more, "\n"), "")
}

// startNodeOf is startNode with lines for [server] and for the app.
func startNodeOf(t *testing.T, store, lease, server, app string) process {
	t.Helper()
	players, operators := freeport.Address(t), freeport.Address(t)
	path := configFile(t, fmt.Sprintf("[server]\ndata = 'FOLDER/data'\nlog_level = 'debug'\n"+
		"listen = %q\nadmin_listen = %q\nstore = %q\nlease = %q\n%s\n", players, operators, store, lease, server)+oneApp+app)
	cmd := exec.Command(os.Args[0], "serve", "--config", path)
	cmd.Env = append(os.Environ(), asMain+"=1")
	log := &safeBuffer{}
	cmd.Stderr = log
	require.NoError(t, cmd.Start())
	p := process{&devServer{t: t, log: log}, cmd}
	p.ServerURL, p.RestURL, p.AppID, p.AppKey = "ws://"+players, "http://"+operators, 7, "secret"
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		pgtest.RequireNoPassword(t, log.String())
	})
	p.awaitReady()
	return p
}

func (p process) awaitReady() {
	p.t.Helper()
	p.await("ready", func() bool { return p.status("/readyz") == http.StatusOK })
}

// await waits for something that is to become true.
func (p process) await(what string, is func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		require.True(p.t, time.Now().Before(deadline), "not %s; its log: %s", what, p.log)
	}
}

// status returns what path answers, or 0 when nobody does.
func (p process) status(path string) int {
	response, err := http.Get(p.RestURL + path)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

func TestTwoNodesAreOne(t *testing.T) {
	database := pgtest.Start(t)
	store := database.Database(t)
	a, b := startNode(t, store, "1m"), startNode(t, store, "1m")
	for range 2 {
		first, session := a.online("ann", "linux", "1")
		second, _ := b.online("ann", "windows", "2")
		notice := first.expectKicked() // found in the store: nobody told this node
		assert.Equal(t, "windows", notice.Platform)
		assert.Zero(t, second.call(wire.CmdPing, nil).Code)
		b.awaitForgotten("ann", session)
		a, b = b, a
	}
}

func TestTwoNodesInAClusterTellEachOtherOfKicks(t *testing.T) {
	database := pgtest.Start(t)
	store := database.Database(t)
	at, to := freeport.Address(t), freeport.Address(t)
	a := startNode(t, store, "1m", fmt.Sprintf("cluster_listen = %q\ncluster_peers = %q", at, to))
	b := startNode(t, store, "1m", fmt.Sprintf("cluster_listen = %q\ncluster_peers = %q", to, at))
	for _, p := range []process{a, b} {
		p.await("in a cluster of two", func() bool { return strings.Contains(p.metrics(), "banter_bus_peers 1\n") })
	}
	for range 10 {
		first, session := a.online("ann", "linux", "1")
		second, _ := b.online("ann", "windows", "2")
		assert.Equal(t, "windows", first.expectKicked().Platform)
		assert.Zero(t, second.call(wire.CmdPing, nil).Code)
		b.awaitForgotten("ann", session)
		a, b = b, a
	}
	for _, p := range []process{a, b} {
		assert.Zero(t, countLines(p.log.String(), "a node did not answer on the bus"), "kicks went over the bus")
	}
}

// metrics returns what /metrics says.
func (p process) metrics() string {
	response, err := http.Get(p.RestURL + "/metrics")
	require.NoError(p.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	return string(text)
}

func TestTheClientsOfAKilledNodeResumeOnAnother(t *testing.T) {
	database := pgtest.Start(t)
	store := database.Database(t)
	a, b := startNode(t, store, short), startNode(t, store, short)
	_, ann := a.online("ann", "linux", "1")
	_, bob := a.online("bob", "linux", "1")
	require.NoError(t, a.Process.Kill())

	c := b.connect("linux", "1")
	resumed := c.session(c.resume("ann", b.ticket("ann", 3600), ann))
	assert.Equal(t, ann.SessionID, resumed.SessionID)
	b.await("rid of the sessions of a node that is gone", func() bool {
		return countLines(b.log.String(), "session lost with its node", `"user":"bob"`) == 1
	})
	assert.Zero(t, countLines(b.log.String(), "session lost with its node", `"user":"ann"`))
	assert.Zero(t, c.call(wire.CmdPing, nil).Code, "ann is here")
	back := b.connect("linux", "1")
	assert.Greater(t, back.session(back.resume("bob", b.ticket("bob", 3600), bob)).Number, bob.Number, "bob may still resume")
}

// countLines counts the lines of a log that hold all parts.
func countLines(log string, parts ...string) (n int) {
	for _, line := range lines(log) {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) }) {
			n++
		}
	}
	return n
}

func TestAFrozenNodeTellsItsClientsToResume(t *testing.T) {
	database := pgtest.Start(t)
	store := database.Database(t)
	a, b := startNode(t, store, short), startNode(t, store, short)
	c, ann := a.online("ann", "linux", "1")
	require.NoError(t, a.Process.Signal(syscall.SIGSTOP))
	b.await("rid of the frozen node", func() bool {
		return countLines(b.log.String(), "session lost with its node") == 1
	})
	require.NoError(t, a.Process.Signal(syscall.SIGCONT))
	assert.True(t, c.expectClosing(wire.CloseMoved).Redial)
	c.socket.Close()
	a.awaitReady()
	back := a.connect("linux", "1")
	back.session(back.resume("ann", a.ticket("ann", 3600), ann))
}

func TestPlayersStayWhileTheStoreIsAway(t *testing.T) {
	database := pgtest.Start(t)
	store := database.Database(t)
	a, b := startNode(t, store, short), startNode(t, store, short)
	ann, session := a.online("ann", "linux", "1")
	bob, _ := b.online("bob", "linux", "1")
	database.Stop(t)
	a.await("in trouble", func() bool { return a.status("/readyz") == http.StatusServiceUnavailable })
	code, desc := a.connect("web", "2").refused("ann", a.ticket("ann", 3600))
	assert.Contains(t, []timerr.Code{timerr.SvrAccountInternalError, timerr.SvrAccountInternalTimeout}, code)
	assert.Contains(t, desc, "try again")
	assert.NotContains(t, desc, "127.0.0.1")
	a.await("past its lease", func() bool {
		_, desc := a.connect("web", "2").refused("ann", a.ticket("ann", 3600))
		return strings.Contains(desc, "lost touch with its store")
	})
	database.Resume(t)

	for _, node := range []process{a, b} {
		node.awaitReady()
		node.online("cat", "linux", "1")
	}
	assert.Zero(t, ann.call(wire.CmdPing, nil).Code, "she was never cut")
	assert.Zero(t, bob.call(wire.CmdPing, nil).Code)
	ann.cut()
	back := b.connect("linux", "1")
	back.session(back.resume("ann", b.ticket("ann", 3600), session))
	for _, node := range []process{a, b} {
		assert.Zero(t, countLines(node.log.String(), "session lost with its node"), "nobody is gone")
	}
}

func TestServeSaysWhenItsStoreIsAway(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody.Close()
	path := configFile(t, "[server]\ndata = 'FOLDER/data'\nstore = 'postgres://banter:"+pgtest.Password+"@"+nobody.Addr().String()+"/banter'\n"+oneApp)
	log := &safeBuffer{}
	err = run(t.Context(), []string{"serve", "--config", path}, noEnv, nil, log, log)
	require.ErrorContains(t, err, "open the store in PostgreSQL")
	pgtest.RequireNoPassword(t, err.Error()+log.String())
}
