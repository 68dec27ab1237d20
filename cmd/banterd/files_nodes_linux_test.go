package main

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/wire"
)

func TestAnUploadGoesOnOnAnotherNode(t *testing.T) {
	store := pgtest.Start(t).Database(t)
	shared := fmt.Sprintf("[files]\nfolder = %q\n", t.TempDir())
	a, b := startNodeOf(t, store, short, shared, ""), startNodeOf(t, store, short, shared, "")
	uploadAcrossAKill(t, a, b)
}

// crossing is an upload that began at one node and went on at another.
type crossing struct {
	session wire.Session
	reader  uploader // at the other node
	content []byte
	kept    int // bytes that were there before the kill
	id      string
}

// uploadAcrossAKill kills a in the middle of an upload, which goes on at b, and requires that
// all of it is there.
func uploadAcrossAKill(t *testing.T, a, b process) crossing {
	t.Helper()
	_, session := a.online("ann", "linux", "1")
	onA, onB := a.uploader(session), b.uploader(session)
	content := noise(12 << 20)
	path := onA.begin(len(content), "file", "f.bin")
	hang := slowBody{bytes.NewReader(content[:10<<20]), make(chan struct{})}
	defer close(hang.more)
	go onA.try(http.MethodPatch, path, hang, patchHeaders(0)...)
	require.Eventually(t, func() bool { return onB.kept(path) > 0 }, patience, 20*time.Millisecond)
	kept := onB.kept(path)
	require.NoError(t, a.Process.Kill())
	info := onB.rest(path, content)
	assert.True(t, bytes.Equal(content, onB.open(info.ID)))
	return crossing{session, onB, content, kept, info.ID}
}
