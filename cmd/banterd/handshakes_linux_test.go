package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clientHello is how a client of TLS begins.
func clientHello(t *testing.T) []byte {
	ours, theirs := net.Pipe()
	go tls.Client(ours, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(t.Context()) // it ends with the pipe
	defer ours.Close()
	defer theirs.Close()
	first := make([]byte, 4096)
	n, err := theirs.Read(first)
	require.NoError(t, err)
	require.EqualValues(t, 0x16, first[0], "a handshake")
	return first[:n]
}

// begins says something, and nothing more.
func (a *attackers) begins(said []byte) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := a.dial(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := conn.Write(said); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, conn)
		return err
	}
}

// shakes makes whole handshakes, one after the other: each takes some work of the server's.
func (a *attackers) shakes(ctx context.Context) error {
	conn, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx)
}

// startHandshakes attacks a server from three addresses: with so many connections from each that say a
// hello of TLS and no more, half of one, or one and then what is no TLS.
func startHandshakes(ctx context.Context, t *testing.T, o *operated, each int) (all []*attackers) {
	hello := clientHello(t)
	for i, said := range [][]byte{hello, hello[:len(hello)/2], append(hello, make([]byte, 1000)...)} {
		a := &attackers{server: &devServer{devReady: devReady{ServerURL: "ws://" + o.players}}, from: fmt.Sprint("127.0.2.", i+1), wait: 20 * time.Millisecond}
		a.start(ctx, each, a.begins(said))
		a.start(ctx, 1, a.shakes)
		all = append(all, a)
	}
	return all
}

// Handshakes of TLS that never come to their end take the place of nobody who has more to say, and memory
// that is bounded.
func TestHalfDoneHandshakesLeaveEverybodyElseAlone(t *testing.T) {
	o := startOperatedWith(t, narrow)
	early, _ := o.connect()
	early.login("bob", o.ticketOf("bob"))
	before := residentOf(t, o.process.Pid)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	all := startHandshakes(ctx, t, o, 40)
	most := int64(0)
	var took []time.Duration
	for n := range 10 {
		start := time.Now()
		c, _ := o.connect() // no try may fail
		user := fmt.Sprint("ann", n)
		c.login(user, o.ticketOf(user))
		took = append(took, time.Since(start))
		require.Zero(t, early.call("ping", nil).Code, "who is there already")
		c.socket.Close()
		most = max(most, residentOf(t, o.process.Pid))
		time.Sleep(50 * time.Millisecond) // while more attackers come
	}
	end()
	tries := int64(0)
	for _, a := range all {
		a.running.Wait()
		assert.Positive(t, a.tries.Load(), a.from)
		tries += a.tries.Load()
	}
	t.Logf("%d tries, logins %s, memory from %d to %d MB", tries, quantiles(took), before>>20, most>>20)
	const garbage = 3 * heapRoom // that may gather, with what the race detector notes of it
	assert.Less(t, most-before, int64(64<<20+garbage), "bytes of memory")
	assert.NotContains(t, o.log.String(), "panic")
}

// A client that wants to shake hands again in the middle of TLS 1.2 loses its connection.
func TestNobodyRenegotiates(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	o := startOperated(t)
	client := exec.CommandContext(t.Context(), "openssl", "s_client", "-connect", o.players, "-tls1_2")
	stdin, err := client.StdinPipe()
	require.NoError(t, err)
	var said safeBuffer
	client.Stdout, client.Stderr = &said, &said
	require.NoError(t, client.Start())
	require.Eventually(t, func() bool { return strings.Contains(said.String(), "Verify return code") }, patience, 5*time.Millisecond, &said)
	_, err = io.WriteString(stdin, "R\n") // what openssl takes for the wish
	require.NoError(t, err)
	require.Error(t, client.Wait(), "it goes on: %s", &said)
	assert.Regexp(t, "no renegotiation|unexpected message", said.String())
	c, _ := o.connect()
	c.login("ann", o.ticket("secret"))
}
