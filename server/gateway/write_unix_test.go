//go:build unix

package gateway

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// overTCP returns an outbox on a real connection, and its other end.
func overTCP(t *testing.T) (*outbox, net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	peer, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { peer.Close() })
	ours, err := listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { ours.Close() })
	return &outbox{conn: ours, timeout: time.Minute, linger: time.Minute, max: 64 << 20}, peer
}

func (o *outbox) hasWriter() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.writing
}

func TestWhatCanGoOutAtOnceNeedsNoWriter(t *testing.T) {
	o, peer := overTCP(t)
	require.True(t, o.addNow([]byte("answer ")))
	require.True(t, o.seal([]byte("notice "), []byte("end")))
	assert.False(t, o.hasWriter())
	assert.False(t, o.addNow([]byte("late")), "nothing comes behind the last frames")
	assert.True(t, o.close(), "everything was written")
	got, err := io.ReadAll(peer)
	require.NoError(t, err)
	assert.Equal(t, "answer notice end", string(got))
}

func TestWhatCannotGoOutAtOnceIsNeitherLostNorDisordered(t *testing.T) {
	for name, last := range map[string]func(o *outbox, frame []byte) bool{
		"an answer": func(o *outbox, frame []byte) bool { return o.addNow(frame) },
		"the last":  func(o *outbox, frame []byte) bool { return o.seal(frame) },
	} {
		t.Run(name, func(t *testing.T) {
			o, peer := overTCP(t)
			large := bytes.Repeat([]byte("0123456789abcdef"), 2<<20) // more than a socket takes
			require.True(t, last(o, large))
			assert.False(t, o.addNow([]byte("x")), "it has to wait behind what waits")
			want := int64(len(large))
			if o.add([]byte("behind")); name == "an answer" {
				want += int64(len("behind"))
			}
			o.seal()
			got := make([]byte, want)
			_, err := io.ReadFull(peer, got)
			require.NoError(t, err)
			assert.True(t, bytes.HasPrefix(got, large))
			peer.Close()
			assert.True(t, o.close())
		})
	}
}

// deadlined is a connection that notes the deadlines of its writes.
type deadlined struct {
	*net.TCPConn
	set chan time.Time
}

func (d *deadlined) SetWriteDeadline(t time.Time) error {
	d.set <- t
	return d.TCPConn.SetWriteDeadline(t)
}

// Each one would be a timer that runs out on a silent link.
func TestNoDeadlineOutlivesItsWrite(t *testing.T) {
	o, peer := overTCP(t)
	conn := &deadlined{o.conn.(*net.TCPConn), make(chan time.Time, 10)}
	o.conn = conn
	require.True(t, o.addNow([]byte("answer")))
	assert.Empty(t, conn.set, "what does not wait needs none")
	require.True(t, o.add([]byte("notice")))
	assert.WithinDuration(t, time.Now().Add(o.timeout), <-conn.set, 20*time.Second)
	assert.Zero(t, <-conn.set)
	got := make([]byte, len("answernotice"))
	_, err := io.ReadFull(peer, got)
	require.NoError(t, err)
	assert.Equal(t, "answernotice", string(got))
	assert.Empty(t, conn.set)
}

// A WebSocket's control frames have deadlines of their own.
func TestAWriteAfterTheDeadlineOfTheOneBefore(t *testing.T) {
	o, peer := overTCP(t)
	require.NoError(t, o.conn.SetWriteDeadline(time.Now().Add(-time.Second)))
	assert.False(t, o.addNow([]byte("answer")), "it is written as if it had to wait")
	require.True(t, o.add([]byte("answer")))
	got := make([]byte, 6)
	_, err := io.ReadFull(peer, got)
	require.NoError(t, err)
	assert.Equal(t, "answer", string(got))
	require.Eventually(t, func() bool { return !o.hasWriter() }, time.Minute, time.Millisecond)
	assert.True(t, o.addNow([]byte("again")))
}

func TestAConnectionThatIsGoneTakesNothingAtOnce(t *testing.T) {
	o, _ := overTCP(t)
	o.conn.Close()
	assert.Zero(t, writeNow(o.conn, []byte("x")))
	assert.False(t, o.addNow([]byte("x")))
	ours, theirs := net.Pipe()
	defer theirs.Close()
	assert.Zero(t, writeNow(ours, []byte("x")), "nor one that is not the system's")
}
