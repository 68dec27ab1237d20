package gateway

import (
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inBubble runs a test on an outbox whose peer reads only when the test does.
func inBubble(t *testing.T, test func(t *testing.T, o *outbox, peer net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		ours, peer := net.Pipe()
		defer peer.Close()
		o := &outbox{conn: ours, timeout: 10 * time.Second, linger: 3 * time.Second, max: 10}
		defer o.close()
		test(t, o, peer)
	})
}

func TestOutboxWritesInOrder(t *testing.T) {
	inBubble(t, func(t *testing.T, o *outbox, peer net.Conn) {
		for _, frame := range []string{"a", "b", "c"} {
			require.True(t, o.add([]byte(frame)))
		}
		require.True(t, o.seal([]byte("d"), []byte("e")))
		got := make([]byte, 5)
		_, err := io.ReadFull(peer, got)
		require.NoError(t, err)
		assert.Equal(t, "abcde", string(got))
		synctest.Wait()
		assert.True(t, o.close())
	})
}

func TestOutboxIsBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, o *outbox, peer net.Conn) {
		require.True(t, o.add([]byte("12345")))
		synctest.Wait() // it is being written, and counts
		require.True(t, o.add([]byte("12345")))
		assert.False(t, o.add([]byte("6")))
		_, err := io.ReadFull(peer, make([]byte, 10))
		require.NoError(t, err)
		synctest.Wait()
		assert.True(t, o.add([]byte("1234567890")), "there is room again")
	})
}

func TestASealedOutboxTakesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, o *outbox, peer net.Conn) {
		require.True(t, o.seal([]byte("bye")))
		assert.False(t, o.seal([]byte("bye")), "the first one counts")
		assert.False(t, o.sealSlow([]byte("bye")))
		assert.True(t, o.add([]byte(strings.Repeat("x", 100))), "and a late frame makes nobody slow")
		got := make([]byte, 3)
		_, err := io.ReadFull(peer, got)
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, peer.SetReadDeadline(time.Now().Add(time.Second)))
		_, err = peer.Read(got)
		assert.Error(t, err)
	})
}

func TestAWriteThatDoesNotEndClosesTheLink(t *testing.T) {
	inBubble(t, func(t *testing.T, o *outbox, peer net.Conn) {
		start := time.Now()
		require.True(t, o.add([]byte("x")))
		_, err := o.conn.Read(make([]byte, 1)) // as the reader waits
		assert.ErrorIs(t, err, io.ErrClosedPipe)
		assert.Equal(t, 10*time.Second, time.Since(start))
		assert.False(t, o.close())
	})
}

func TestASlowPeerHasAMoment(t *testing.T) {
	inBubble(t, func(t *testing.T, o *outbox, peer net.Conn) {
		start := time.Now()
		require.True(t, o.add([]byte("x")))
		synctest.Wait()
		require.True(t, o.sealSlow([]byte("slow")))
		_, err := o.conn.Read(make([]byte, 1))
		assert.ErrorIs(t, err, io.ErrClosedPipe)
		assert.Equal(t, hurry, time.Since(start))
	})
}

func TestThePeerHasAWhileToCloseItsSide(t *testing.T) {
	inBubble(t, func(t *testing.T, o *outbox, peer net.Conn) {
		go io.Copy(io.Discard, peer)
		start := time.Now()
		require.True(t, o.seal([]byte("bye")))
		_, err := o.conn.Read(make([]byte, 1))
		assert.Error(t, err)
		assert.Equal(t, 3*time.Second, time.Since(start))
		assert.True(t, o.close())
	})
}

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		var rang []time.Duration
		start := time.Now()
		ring := func() {
			if _, due := c.rung(); due {
				rang = append(rang, time.Since(start))
			}
		}
		c.start(awaitHello, start.Add(5*time.Second), ring)
		c.set(awaitLogin, start.Add(60*time.Second))
		ring() // too early
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		assert.Equal(t, []time.Duration{time.Minute}, rang)
		c.set(awaitExpiry, start) // past
		synctest.Wait()
		assert.Len(t, rang, 2)
		c.set(awaitExpiry, time.Now().Add(time.Second))
		c.stop()
		time.Sleep(time.Minute)
		assert.Len(t, rang, 2)
	})
}
