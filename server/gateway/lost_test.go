package gateway

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

func TestAClientThatClosesItsLinkIsGone(t *testing.T) {
	d := newDomain()
	h := start(t, d, Config{})
	h.online().Close()
	await(t, d.told)
	assert.Zero(t, d.lost.Load())
}

func TestALinkThatTheServerClosedIsLost(t *testing.T) {
	d := newDomain()
	h := start(t, d, Config{})
	c := h.online()
	drained := make(chan struct{})
	go func() {
		h.Drain(context.Background())
		close(drained)
	}()
	c.closing(wire.CloseShutdown) // and closes its side
	await(t, drained)
	await(t, d.told)
	assert.EqualValues(t, 1, d.lost.Load(), "the client did not mean to leave")
}

func TestTimedOut(t *testing.T) {
	for err, want := range map[error]bool{
		os.NewSyscallError("read", syscall.ETIMEDOUT):  true, // keepalive
		os.ErrDeadlineExceeded:                         true,
		os.NewSyscallError("read", syscall.ECONNRESET): false,
		io.EOF: false,
	} {
		assert.Equal(t, want, timedOut(errors.Join(err)), err)
	}
	require.False(t, timedOut(nil))
}
