//go:build unix

package main

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// slowBody gives its content, then waits until it is let go.
type slowBody struct {
	io.Reader
	more chan struct{}
}

func (s slowBody) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err == io.EOF {
		<-s.more
	}
	return n, err
}

// kept returns how much of an upload is kept.
func (u uploader) kept(path string) int {
	response, _ := u.do(http.MethodHead, path, nil)
	offset, err := strconv.Atoi(response.Header.Get("Upload-Offset"))
	require.NoError(u.t, err)
	return offset
}

// TestAKilledServerKeepsWhatItHasOfAnUpload kills a server in the middle of a request. What
// it had said it has is there, and the upload goes on from there.
func TestAKilledServerKeepsWhatItHasOfAnUpload(t *testing.T) {
	folder := testFolder(t)
	p := startProcess(t, folder)
	_, session := p.online("ann", "linux", "1")
	u := p.uploader(session)
	content := noise(12 << 20)
	path := u.begin(len(content), "video", "v.mp4")
	hang := slowBody{bytes.NewReader(content[:10<<20]), make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		u.try(http.MethodPatch, path, hang, patchHeaders(0)...) // it ends with the server
	}()
	require.Eventually(t, func() bool { return u.kept(path) > 0 }, patience, 20*time.Millisecond)
	told := u.kept(path)
	require.NoError(t, p.Process.Kill())
	p.Wait()
	close(hang.more)
	<-ended

	again := startProcess(t, folder)
	_, session = again.online("ann", "linux", "1")
	u = again.uploader(session)
	assert.GreaterOrEqual(t, u.kept(path), told)
	info := u.rest(path, content)
	assert.True(t, bytes.Equal(content, u.open(info.ID)))
	assert.Equal(t, wire.FileInfo{ID: info.ID, Size: int64(len(content)), Type: info.Type, Name: "v.mp4"}, info)
}
