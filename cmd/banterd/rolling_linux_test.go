package main

import (
	"fmt"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/wire"
)

// again starts the node anew where it was, with the configuration that it had.
func (p process) again() process {
	p.t.Helper()
	cmd := exec.Command(p.Path, p.Args[1:]...)
	cmd.Env, cmd.Stderr = p.Env, p.log
	require.NoError(p.t, cmd.Start())
	p.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	next := process{p.devServer, cmd}
	next.awaitReady()
	return next
}

// player is a client with a list of two addresses.
type player struct {
	*client
	user    string
	session wire.Session
}

// move follows a node that ends: the link's last frame says so, and the session goes on at
// another node.
func (p *player) move(to process) {
	p.t.Helper()
	assert.True(p.t, p.expectClosing(wire.CloseShutdown).Redial)
	p.socket.Close()
	p.client = to.connect("linux", p.user)
	next := p.client.session(p.resume(p.user, to.ticket(p.user, 3600), p.session))
	assert.Equal(p.t, p.session.SessionID, next.SessionID)
	p.session = next
}

// Two nodes are restarted one after the other. No player loses a session, and the game
// hears of comings only.
func TestNodesRestartWhilePlayersAreConnected(t *testing.T) {
	t.Parallel() // it waits more than it works
	store := pgtest.Start(t).Database(t)
	g := startGame(t)
	nodes := []process{startTelling(t, store, g), startTelling(t, store, g)}
	at := [2][]*player{}
	for i := range 8 {
		p := &player{user: fmt.Sprint("user", i)}
		p.client, p.session = nodes[i%2].online(p.user, "linux", p.user)
		at[i%2] = append(at[i%2], p)
	}
	for i := range nodes {
		other := 1 - i
		require.NoError(t, nodes[i].Process.Signal(syscall.SIGTERM))
		for _, p := range at[i] {
			p.move(nodes[other])
		}
		require.NoError(t, nodes[i].Wait(), nodes[i].log)
		nodes[i] = nodes[i].again()
		at[i], at[other] = nil, append(at[other], at[i]...)
	}
	for _, p := range append(at[0], at[1]...) {
		assert.Zero(t, p.call(wire.CmdPing, nil).Code)
		assert.Equal(t, "Online", nodes[0].devServer.status(p.user))
		assert.Equal(t, "Online", nodes[1].devServer.status(p.user))
	}
	for i := range 8 {
		user := fmt.Sprint("user", i)
		want := []string{"Login/Register", "Login/Register"}
		if i%2 == 0 {
			want = append(want, "Login/Register") // it moved twice
		}
		g.await(user, want...)
	}
}
