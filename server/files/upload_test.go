package files

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

func TestAFileComesBackAsItWasUploaded(t *testing.T) {
	s := newSite(t)
	n := s.node(Config{PieceBytes: 1 << 20})
	content := noise(5<<20 + 17)
	r := n.begin(ann, len(content), "file", "плейлист 世界.bin")
	require.Equal(t, http.StatusCreated, r.StatusCode)
	expires, err := http.ParseTime(r.Header.Get("Upload-Expires"))
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().Add(24*time.Hour), expires, time.Minute)
	path := r.Header.Get("Location")
	assert.Regexp(t, `^/files/[0-9a-f]{32}$`, path)

	r = n.patch(ann, path, 0, bytes.NewReader(content[:1000]))
	assert.Equal(t, http.StatusNoContent, r.StatusCode)
	assert.Equal(t, "1000", r.Header.Get("Upload-Offset"))
	n.get(bob, strings.TrimPrefix(path, wire.FilesPath)).refused(t, http.StatusNotFound, timerr.SvrResNotFound)
	info := n.patch(ann, path, 1000, bytes.NewReader(content[1000:])).info(t)
	assert.Equal(t, wire.FileInfo{ID: strings.TrimPrefix(path, wire.FilesPath), Size: int64(len(content)),
		Type: "application/octet-stream", Name: "плейлист 世界.bin"}, info)
	assert.Equal(t, info, n.patch(ann, path, len(content), nil).info(t), "asked again after a lost answer")
	assert.Equal(t, info, n.do(http.MethodGet, path+"/info?t=1%20bob", nil).info(t))

	got := n.get(bob, info.ID)
	assert.Equal(t, http.StatusOK, got.StatusCode)
	assert.True(t, bytes.Equal(content, got.body))
	uploaded, _, _ := n.meter.counted()
	assert.EqualValues(t, len(content), uploaded["file"])
}

func TestWhatAnUploadIsRefusedFor(t *testing.T) {
	n := newSite(t).node(Config{MaxBytes: map[chat.FileKind]int64{chat.SoundFile: 100}})
	path := n.begun(ann, 10, "file", "a")
	encode := base64.StdEncoding.EncodeToString
	tests := []struct {
		name         string
		method, path string
		headers      []string
		status       int
		code         timerr.Code
		desc         string
	}{
		{"no token", "POST", "/files/", []string{"Authorization", ""}, 401, timerr.FileTransAuthFailed, ""},
		{"a bad token", "POST", "/files/", []string{"Authorization", "Bearer " + badOne}, 401, timerr.FileTransAuthFailed, ""},
		{"a token in the address alone", "POST", "/files/?t=1%20ann", []string{"Authorization", ""}, 401, timerr.FileTransAuthFailed, ""},
		{"another protocol", "POST", "/files/", []string{"Tus-Resumable", "0.2.2"}, 412, timerr.SvrResInvalidParameters, "Tus-Resumable"},
		{"no length", "POST", "/files/", []string{"Upload-Length", ""}, 400, timerr.SvrResInvalidParameters, "Upload-Length"},
		{"a negative length", "POST", "/files/", []string{"Upload-Length", "-1"}, 400, timerr.SvrResInvalidParameters, "Upload-Length"},
		{"an empty file", "POST", "/files/", []string{"Upload-Length", "0"}, 400, timerr.SvrResInvalidParameters, "empty"},
		{"too many bytes", "POST", "/files/", []string{"Upload-Length", "101", "Upload-Metadata", "kind " + encode([]byte("sound"))}, 413, timerr.SvrResSizeLimit, "sound has 101 bytes, and may have 100"},
		{"far too many bytes", "POST", "/files/", []string{"Upload-Length", "9223372036854775807"}, 413, timerr.SvrResSizeLimit, ""},
		{"no kind", "POST", "/files/", []string{"Upload-Metadata", "filename YQ=="}, 400, timerr.SvrResInvalidParameters, "kind"},
		{"an unknown kind", "POST", "/files/", []string{"Upload-Metadata", "kind " + encode([]byte("virus"))}, 400, timerr.SvrResInvalidParameters, "kind"},
		{"no base64", "POST", "/files/", []string{"Upload-Metadata", "kind ***"}, 400, timerr.SvrResInvalidParameters, "base64"},
		{"a long name", "POST", "/files/", []string{"Upload-Metadata", metadataOf("file", strings.Repeat("x", 256))}, 400, timerr.SvrResInvalidParameters, "filename"},
		{"a length in a method that has none", "PUT", "/files/", nil, 405, timerr.SvrResInvalidParameters, ""},
		{"a gap", "PATCH", path, []string{"Upload-Offset", "5"}, 409, timerr.SvrResInvalidParameters, "is not 0"},
		{"no offset", "PATCH", path, []string{"Upload-Offset", ""}, 400, timerr.SvrResInvalidParameters, "Upload-Offset"},
		{"another type", "PATCH", path, []string{"Content-Type", "text/plain"}, 415, timerr.SvrResInvalidParameters, "Content-Type"},
		{"another user", "PATCH", path, []string{"Authorization", "Bearer " + bob}, 403, timerr.SvrResAccessDeny, ""},
		{"another user's end", "DELETE", path, []string{"Authorization", "Bearer " + bob}, 403, timerr.SvrResAccessDeny, ""},
		{"another app", "PATCH", path, []string{"Authorization", "Bearer " + annInB}, 404, timerr.SvrResNotFound, ""},
		{"no such upload", "PATCH", "/files/" + newID(), nil, 404, timerr.SvrResNotFound, ""},
		{"no id", "PATCH", "/files/..%2f..%2fetc", nil, 404, timerr.SvrResNotFound, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			headers := append([]string{"Authorization", "Bearer " + ann, "Tus-Resumable", tusVersion, "Upload-Length", "7",
				"Upload-Metadata", metadataOf("file", "a"), "Content-Type", tusType, "Upload-Offset", "0"}, tt.headers...)
			desc := n.do(tt.method, tt.path, nil, headers...).refused(t, tt.status, tt.code)
			assert.Contains(t, desc, tt.desc)
		})
	}
	n.patch(ann, path, 0, strings.NewReader("eleven byte")).refused(t, http.StatusRequestEntityTooLarge, timerr.SvrResSizeLimit)
	assert.Zero(t, n.offset(ann, path))
}

// cutPatch sends the head of a PATCH and part of its body on a connection that is then cut.
func (n *node) cutPatch(token, path string, offset, claimed int, part []byte) net.Conn {
	n.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.url, "http://"))
	require.NoError(n.t, err)
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\n"+
		"Content-Type: %s\r\nUpload-Offset: %d\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", path, token, tusType, offset, claimed)
	answer := make([]byte, 256)
	size, err := conn.Read(answer)
	require.NoError(n.t, err)
	require.Contains(n.t, string(answer[:size]), " 100 Continue", "it has its place, and is read")
	_, err = conn.Write(part)
	require.NoError(n.t, err)
	return conn
}

// awaitOffset waits until so much of an upload is kept.
func (n *node) awaitOffset(token, path string, want int) {
	n.t.Helper()
	require.Eventually(n.t, func() bool { return n.offset(token, path) == want }, patience, 10*time.Millisecond)
}

func TestAnUploadThatWasCutGoesOnOnAnotherNode(t *testing.T) {
	s := newSite(t)
	a, b := s.node(Config{}), s.node(Config{})
	content := noise(300_000)
	path := a.begun(ann, len(content), "video", "v.mp4")
	a.cutPatch(ann, path, 0, len(content), content[:123_457]).Close()
	b.awaitOffset(ann, path, 123_457)
	b.patch(ann, path, 0, bytes.NewReader(content)).refused(t, http.StatusConflict, timerr.SvrResInvalidParameters)
	info := b.patch(ann, path, 123_457, bytes.NewReader(content[123_457:])).info(t)
	assert.True(t, bytes.Equal(content, a.get(bob, info.ID).body))
}

func TestWhatHasComeIsKeptWhileTheRestIsAwaited(t *testing.T) {
	s := newSite(t)
	n := s.node(Config{PieceTime: 1}) // a piece ends with what was read
	content := noise(100)
	path := n.begun(ann, len(content), "file", "slow")
	conn := n.cutPatch(ann, path, 0, len(content), content[:10])
	defer conn.Close()
	n.awaitOffset(ann, path, 10)
	other := s.node(Config{}) // where the client goes on while its old request hangs
	info := other.patch(ann, path, 10, bytes.NewReader(content[10:])).info(t)
	conn.SetDeadline(time.Now().Add(patience))
	conn.Write(bytes.Repeat([]byte("!"), 90)) // too late
	io.Copy(io.Discard, conn)
	assert.Equal(t, content, n.get(ann, info.ID).body)
}

func TestASilentUploadEnds(t *testing.T) {
	n := newSite(t).node(Config{IdleTimeout: 200 * time.Millisecond})
	path := n.begun(ann, 100, "file", "a")
	conn := n.cutPatch(ann, path, 0, 100, []byte("ten bytes!"))
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(patience))
	answer, err := io.ReadAll(conn)
	require.NoError(t, err, "the server closes it")
	assert.Contains(t, string(answer), "408 Request Timeout")
	assert.Contains(t, string(answer), "114005")
	assert.Equal(t, 10, n.offset(ann, path))
}

func TestADrainingNodeKeepsWhatHasCome(t *testing.T) {
	s := newSite(t)
	a, b := s.node(Config{}), s.node(Config{})
	content := noise(1000)
	path := a.begun(ann, len(content), "file", "a")
	conn := a.cutPatch(ann, path, 0, len(content), content[:600])
	defer conn.Close()
	require.Eventually(t, func() bool { // the request is there
		a.transfers.mu.Lock()
		defer a.transfers.mu.Unlock()
		return a.transfers.all > 0
	}, patience, time.Millisecond)
	a.Drain(t.Context())
	a.get(ann, newID()).refused(t, http.StatusServiceUnavailable, timerr.SvrAccountInternalError)
	kept := b.offset(ann, path)
	assert.Contains(t, []int{0, 600}, kept, "what had been read by then")
	info := b.patch(ann, path, kept, bytes.NewReader(content[kept:])).info(t)
	assert.Equal(t, content, b.get(ann, info.ID).body)
}

func TestOfTwoWhoWriteAtOnceOneGoesOn(t *testing.T) {
	s := newSite(t)
	nodes := []*node{s.node(Config{PieceBytes: 1000}), s.node(Config{PieceBytes: 1000})}
	content := noise(50_000)
	path := nodes[0].begun(ann, len(content), "file", "a")
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() { nodes[i%2].patch(ann, path, 0, bytes.NewReader(content)) })
	}
	all.Wait()
	at := nodes[0].offset(ann, path)
	info := nodes[0].patch(ann, path, at, bytes.NewReader(content[at:])).info(t)
	assert.True(t, bytes.Equal(content, nodes[1].get(bob, info.ID).body))
	byA, _, _ := nodes[0].meter.counted()
	byB, _, _ := nodes[1].meter.counted()
	assert.EqualValues(t, len(content), byA["file"]+byB["file"], "it is counted once")
	objects, err := os.ReadDir(filepath.Join(s.folder, "1", info.ID[:2], info.ID))
	require.NoError(t, err)
	parts, err := s.rows.FileParts(t.Context(), chat.FileRef{App: 1, ID: info.ID})
	require.NoError(t, err)
	assert.Len(t, objects, len(parts), "the pieces of those who lost are gone")
}

func TestWhatAUserHasOpenIsBounded(t *testing.T) {
	n := newSite(t).node(Config{Open: chat.OpenFiles{Count: 2, Bytes: 100}})
	path := n.begun(ann, 60, "file", "a")
	desc := n.begin(ann, 41, "file", "b").refused(t, http.StatusTooManyRequests, timerr.SvrCommReqFreqLimit)
	assert.Contains(t, desc, "60 bytes")
	n.begun(ann, 40, "file", "b")
	n.begin(ann, 1, "file", "c").refused(t, http.StatusTooManyRequests, timerr.SvrCommReqFreqLimit)
	n.begun(bob, 60, "file", "a")

	gone := n.do(http.MethodDelete, path, nil, "Authorization", "Bearer "+ann, "Tus-Resumable", tusVersion)
	assert.Equal(t, http.StatusNoContent, gone.StatusCode)
	assert.Equal(t, http.StatusNotFound, n.head(ann, path).StatusCode)
	n.begun(ann, 60, "file", "c")
}

func TestRequestsOfAUserAreBounded(t *testing.T) {
	n := newSite(t).node(Config{UserTransfers: 1, MaxTransfers: 2})
	path := n.begun(ann, 100, "file", "a")
	conn := n.cutPatch(ann, path, 0, 100, []byte("x"))
	defer conn.Close()
	require.Eventually(t, func() bool {
		return n.get(ann, newID()).StatusCode == http.StatusTooManyRequests
	}, patience, time.Millisecond)
	n.get(bob, newID()).refused(t, http.StatusNotFound, timerr.SvrResNotFound)
	conn.Close()
	n.awaitRoom(ann)
}

// awaitRoom waits until a user's requests have ended.
func (n *node) awaitRoom(token string) {
	n.t.Helper()
	require.Eventually(n.t, func() bool {
		return n.get(token, newID()).StatusCode == http.StatusNotFound
	}, patience, time.Millisecond)
}

func TestAnUploadHasSoManyPiecesAtMost(t *testing.T) {
	s := newSite(t)
	n := s.node(Config{PieceBytes: 1})
	path := n.begun(ann, maxParts+1, "file", "a")
	desc := n.patch(ann, path, 0, bytes.NewReader(noise(maxParts+1))).refused(t, http.StatusBadRequest, timerr.SvrResInvalidParameters)
	assert.Contains(t, desc, "pieces")
}

func TestAFinishedUploadStays(t *testing.T) {
	n := newSite(t).node(Config{})
	info := n.uploaded(ann, "file", "a", []byte("some text"))
	gone := n.do(http.MethodDelete, wire.FilesPath+info.ID, nil, "Authorization", "Bearer "+ann, "Tus-Resumable", tusVersion)
	gone.refused(t, http.StatusForbidden, timerr.SvrResAccessDeny)
	assert.Equal(t, "some text", string(n.get(bob, info.ID).body))
}

func TestOptionsNameTheProtocol(t *testing.T) {
	r := newSite(t).node(Config{}).do(http.MethodOptions, wire.FilesPath, nil)
	assert.Equal(t, http.StatusNoContent, r.StatusCode)
	assert.Equal(t, tusVersion, r.Header.Get("Tus-Version"))
	assert.Equal(t, "creation,termination,expiration", r.Header.Get("Tus-Extension"))
}
