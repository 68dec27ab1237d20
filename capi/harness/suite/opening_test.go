package suite

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// turns are what the two sides of a connection have said in turn, the client first.
type turns struct {
	mu   sync.Mutex
	said []string
}

// add notes what a side says: its number is 0 for the client and 1 for the server.
func (c *turns) add(side int, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.said)%2 == side {
		c.said = append(c.said, "")
	}
	c.said[len(c.said)-1] += string(data)
}

func (c *turns) first(t *testing.T) (client, server string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	require.GreaterOrEqual(t, len(c.said), 2)
	return c.said[0], c.said[1]
}

// overheard returns a conn whose reads are noted as what the client says, and whose writes as
// what the server does.
type overheard struct {
	net.Conn
	turns *turns
}

func (o overheard) Read(p []byte) (int, error) {
	n, err := o.Conn.Read(p)
	o.turns.add(0, p[:n])
	return n, err
}

func (o overheard) Write(p []byte) (int, error) {
	o.turns.add(1, p)
	return o.Conn.Write(p)
}

// eavesdrop starts a proxy before a server that takes nobody yet. What is said on its connections
// comes out of the channel, a connection for each.
func eavesdrop(t *testing.T, server string) (*proxy, chan *turns) {
	t.Helper()
	heard := make(chan *turns, 100)
	p := startProxy(t, server, transparent)
	p.cut()
	p.wrap = func(conn net.Conn) net.Conn {
		c := &turns{}
		heard <- c
		return overheard{conn, c}
	}
	return p, heard
}

// The game waits once for the network: the WebSocket, hello and the login, or the resume of a session whose
// link was lost, are one question and one answer.
func TestALoginIsOneRoundTrip(t *testing.T) {
	s := startServer(t)
	proxy, heard := eavesdrop(t, strings.TrimPrefix(s.URL, "ws://"))
	p := startPuppet(t)
	p.listen(onNetwork)
	p.init(s.AppID, configFor(t, "ws://"+proxy.address(), ""))
	p.eventWith(onNetwork, "[3,") // TIMInit's own attempt has failed
	proxy.mend()
	p.login("alice", s.ticket("alice"), 0)
	p.eventWith(onNetwork, "[0,")
	client, server := (<-heard).first(t)
	assert.Contains(t, client, "Authorization: Banter ")
	assert.NotContains(t, client, s.ticket("alice"), "not as it is")
	assert.Contains(t, server, "Banter-Taken: 2")
	assert.Contains(t, server, `"max_frame_bytes"`, "the answer to hello")
	assert.Contains(t, server, `"session_id"`, "the answer to the login")

	proxy.cut()
	proxy.mend()
	p.eventWith(onNetwork, "[1,")
	p.eventWith(onNetwork, "[0,")
	p.checkOnline("alice")
	client, server = (<-heard).first(t)
	assert.Contains(t, client, "Authorization: Banter ")
	assert.Contains(t, server, `"session_id"`, "the answer to the resume")
}
