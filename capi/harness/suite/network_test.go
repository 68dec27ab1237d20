package suite

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A session outlives its link: the library mends it by itself, and the game calls nothing.

func TestServerIsKilledUnderALogin(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	p := s.client("")
	p.login("alice", s.ticket("alice"), 0)
	p.eventWith(onNetwork, "[2,")
	p.eventWith(onNetwork, "[0,")

	s.stop(syscall.SIGKILL)
	p.eventWith(onNetwork, "[1,")
	p.eventWith(onNetwork, "[2,")
	assert.Contains(t, p.eventWith(onNetwork, "[3,"), "9511", "the connection is refused")
	assert.Equal(t, 1, p.status(), "logged in, on a link that will come back")
	assert.Equal(t, "alice", p.user())
	waiting, l := p.call("TIMGetUserStatus", text(`["bob"]`))
	require.Zero(t, l.Result)

	s.start()
	p.eventWith(onNetwork, "[0,")
	assert.Zero(t, p.answer(waiting).Code, "it waited for the link, and the server answered it")
	p.checkOnline("alice")
}

// checkOnline checks that user's session is in force, as the server sees it too, and was
// never given up.
func (p *puppet) checkOnline(user string) {
	p.t.Helper()
	assert.Zero(p.t, p.do("TIMGetUserStatus", text(`["bob"]`)).Code, "only the server can say so")
	assert.Equal(p.t, 1, p.status())
	assert.Equal(p.t, user, p.user())
	assert.False(p.t, p.heard(onKicked))
	assert.False(p.t, p.heard(onExpired))
}

// silence is an address at which connections are made and nobody answers: no link comes about.
func silence(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}
