package files

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"mime"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

func crcOf(b []byte) uint32 { return crc32.ChecksumIEEE(b) }

func TestAFileIsReadInRanges(t *testing.T) {
	n := newSite(t).node(Config{PieceBytes: 100})
	content := noise(1050)
	info := n.uploaded(ann, "file", "a.bin", content)
	whole := n.get(bob, info.ID)
	etag := whole.Header.Get("ETag")
	assert.Equal(t, "1050", whole.Header.Get("Content-Length"))
	assert.Equal(t, "bytes", whole.Header.Get("Accept-Ranges"))
	for _, tt := range []struct {
		name    string
		headers []string
		status  int
		want    []byte
	}{
		{"within a part", []string{"Range", "bytes=10-19"}, 206, content[10:20]},
		{"across parts", []string{"Range", "bytes=95-905"}, 206, content[95:906]},
		{"to the end", []string{"Range", "bytes=1000-"}, 206, content[1000:]},
		{"the last ones", []string{"Range", "bytes=-7"}, 206, content[1043:]},
		{"of the file that it was", []string{"Range", "bytes=500-", "If-Range", etag}, 206, content[500:]},
		{"of a file that it was not", []string{"Range", "bytes=500-", "If-Range", `"other"`}, 200, content},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := n.get(bob, info.ID, tt.headers...)
			assert.Equal(t, tt.status, r.StatusCode)
			assert.True(t, bytes.Equal(tt.want, r.body))
		})
	}
	assert.Equal(t, http.StatusRequestedRangeNotSatisfiable, n.get(bob, info.ID, "Range", "bytes=1050-").StatusCode)
	assert.Equal(t, http.StatusNotModified, n.get(bob, info.ID, "If-None-Match", etag).StatusCode)
	head := n.do(http.MethodHead, wire.FilesPath+info.ID+"?t=1%20bob", nil)
	assert.Equal(t, []string{"1050", etag}, []string{head.Header.Get("Content-Length"), head.Header.Get("ETag")})
	require.Eventually(t, func() bool { // once the answers have ended
		_, sent, _ := n.meter.counted()
		return sent >= 1050
	}, patience, time.Millisecond)
}

func TestWhoMayRead(t *testing.T) {
	n := newSite(t).node(Config{})
	info := n.uploaded(ann, "file", "a", []byte("hello"))
	n.get("", info.ID).refused(t, http.StatusUnauthorized, timerr.FileTransAuthFailed)
	n.get(badOne, info.ID).refused(t, http.StatusUnauthorized, timerr.FileTransAuthFailed)
	n.get(annInB, info.ID).refused(t, http.StatusNotFound, timerr.SvrResNotFound)
	n.get(ann, newID()).refused(t, http.StatusNotFound, timerr.SvrResNotFound)
	n.get(ann, "%2e%2e%2fbanter.db").refused(t, http.StatusNotFound, timerr.SvrResNotFound)
	n.do(http.MethodGet, wire.FilesPath+info.ID+"/info?t=2%20ann", nil).refused(t, http.StatusNotFound, timerr.SvrResNotFound)
	r := n.do(http.MethodGet, wire.FilesPath+info.ID, nil, "Authorization", "Bearer "+bob)
	assert.Equal(t, "hello", string(r.body))
}

func TestAFileIsNeverServedAsAPage(t *testing.T) {
	n := newSite(t).node(Config{})
	for _, tt := range []struct {
		name, kind, file string
		content          []byte
		mediaType, how   string
	}{
		{"a page", "file", "a.html", []byte("<!DOCTYPE html><script>alert(1)</script>"), "application/octet-stream", "attachment"},
		{"a drawing", "file", "a.svg", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), "application/octet-stream", "attachment"},
		{"markup", "file", "a.xml", []byte(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>`), "application/octet-stream", "attachment"},
		{"text", "file", "a.txt", []byte("just text"), "text/plain", "attachment"},
		{"an image", "image", "ä.png", pngOf(t, quarters(2, 2)), "image/png", "inline"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := n.get(ann, n.uploaded(ann, tt.kind, tt.file, tt.content).ID)
			assert.Equal(t, tt.mediaType, r.Header.Get("Content-Type"))
			assert.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
			assert.Equal(t, "default-src 'none'; sandbox", r.Header.Get("Content-Security-Policy"))
			how, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
			require.NoError(t, err)
			assert.Equal(t, tt.how, how)
			assert.Equal(t, tt.file, params["filename"])
		})
	}
}

// failingStore reads only so many bytes of an object.
type failingStore struct {
	Store
	after int64
}

func (s failingStore) Open(ctx context.Context, ref chat.FileRef, object string, offset int64) (io.ReadCloser, error) {
	whole, err := s.Store.Open(ctx, ref, object, offset)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(whole, s.after), brokenReader{}), whole}, nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the disk is broken") }

func TestAStoreThatFailsCostsNoUploadAndGivesNoHalfFile(t *testing.T) {
	s := newSite(t)
	good := s.node(Config{})
	s.bytes = failingStore{s.bytes, 2000}
	bad := s.node(Config{})
	for _, content := range [][]byte{pngOf(t, quarters(900, 900)), jpegOf(t, quarters(900, 900))} {
		path := good.begun(ann, len(content), "image", "a")
		bad.patch(ann, path, 0, bytes.NewReader(content)).refused(t, http.StatusServiceUnavailable, timerr.SvrAccountInternalError)
		info := good.do(http.MethodGet, path+"/info?t=1%20ann", nil).info(t)
		assert.Equal(t, 900, info.Images[0].Width, "a later request completes it")

		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, bad.url+path+"?t=1%20ann", http.NoBody)
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		assert.Error(t, err, "the client must not take a part for the whole")
	}
	_, _, failed := bad.meter.counted()
	assert.Positive(t, failed)
}

func TestOnlyTheOwnerCompletesAnUpload(t *testing.T) {
	s := newSite(t)
	good := s.node(Config{})
	s.bytes = failingStore{s.bytes, 0}
	path := good.begun(ann, 5, "file", "a")
	s.node(Config{}).patch(ann, path, 0, bytes.NewReader([]byte("hello"))).refused(t, http.StatusServiceUnavailable, timerr.SvrAccountInternalError)
	good.do(http.MethodGet, path+"/info?t=1%20bob", nil).refused(t, http.StatusNotFound, timerr.SvrResNotFound)
	assert.Equal(t, "text/plain", good.do(http.MethodGet, path+"/info?t=1%20ann", nil).info(t).Type)
}
