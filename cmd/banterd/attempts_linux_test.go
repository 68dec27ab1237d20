package main

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/wire"
)

// attempt is a login of ann's PC, as the one that its run sends so many'th.
func (p process) attempt(number int64) wire.Login {
	return wire.Login{UserID: "ann", UserSig: p.ticket("ann", 3600), Run: strings.Repeat("5e", 16), Attempt: number}
}

// resumption is a resume of s, as attempt.
func (p process) resumption(number int64, s wire.Session) wire.Resume {
	a := p.attempt(number)
	return wire.Resume{UserID: a.UserID, UserSig: a.UserSig, SessionID: s.SessionID, Number: s.Number, Run: a.Run, Attempt: a.Attempt}
}

// A client sends a login, and later a resume, to a node that is frozen. It goes on to the
// other node, and the frozen one comes to what it was sent when it thaws.
func TestWhatAFrozenNodeDoesLateHurtsNobody(t *testing.T) {
	store := pgtest.Start(t).Database(t)
	a, b := startNode(t, store, "1m"), startNode(t, store, "1m")
	first, second := a.connect("linux", "pc"), a.connect("linux", "pc")
	require.NoError(t, a.Process.Signal(syscall.SIGSTOP))
	first.request(wire.CmdLogin, a.attempt(1))
	c := b.connect("linux", "pc")
	session := c.session(c.call(wire.CmdLogin, b.attempt(2)))
	c.cut()
	second.request(wire.CmdResume, a.resumption(3, session))
	c = b.connect("linux", "pc")
	session = c.session(c.call(wire.CmdResume, b.resumption(4, session)))

	require.NoError(t, a.Process.Signal(syscall.SIGCONT))
	for command, late := range map[string]*client{wire.CmdLogin: first, wire.CmdResume: second} {
		assert.Contains(t, late.read().Desc, "a later login or resume of this client was done before", command)
	}
	assert.Zero(t, c.call(wire.CmdPing, nil).Code, "nobody kicked it")
	c.cut()
	back := a.connect("linux", "pc")
	back.session(back.call(wire.CmdResume, a.resumption(5, session)))
}
