package files

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// objectsOf returns how many objects lie in the folder.
func (s *site) objects() (n int) {
	require.NoError(s.t, filepath.Walk(filepath.Join(s.folder, "1"), func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n++
		}
		return nil
	}))
	return n
}

func TestUploadsThatDoNotBecomeWholeAreRemoved(t *testing.T) {
	s := newSite(t)
	n := s.node(Config{UploadExpires: time.Hour})
	kept := n.uploaded(ann, "file", "whole", []byte("hello"))
	paths := make([]string, cleanSteps/10+1)
	for i := range paths {
		paths[i] = n.begun([]string{ann, bob}[i%2], 10, "file", "half")
		n.patch([]string{ann, bob}[i%2], paths[i], 0, strings.NewReader("half!"))
	}
	n.clean(time.Now())
	assert.Equal(t, 5, n.offset(ann, paths[0]), "not yet")
	n.clean(time.Now().Add(time.Hour + time.Minute))
	for i, path := range paths {
		assert.Equal(t, http.StatusNotFound, n.head([]string{ann, bob}[i%2], path).StatusCode)
	}
	assert.Equal(t, "hello", string(n.get(ann, kept.ID).body))
	assert.Equal(t, 1, s.objects())
}

func TestAnExpiredUploadIsRefusedBeforeItIsRemoved(t *testing.T) {
	n := newSite(t).node(Config{UploadExpires: time.Nanosecond})
	path := n.begun(ann, 10, "file", "a")
	n.patch(ann, path, 0, strings.NewReader("hello")).refused(t, http.StatusNotFound, timerr.SvrResNotFound)
}

func TestFilesOfAnAppThatKeepsThemForDaysAreRemovedThen(t *testing.T) {
	s := newSite(t)
	s.days = map[uint64]int{1: 7}
	n := s.node(Config{})
	picture := n.uploaded(ann, "image", "a.png", pngOf(t, quarters(300, 300)))
	other := n.uploaded(annInB, "file", "a", []byte("for ever"))
	n.clean(time.Now().AddDate(0, 0, 6))
	require.Equal(t, http.StatusOK, n.get(ann, picture.ID).StatusCode)
	n.clean(time.Now().AddDate(0, 0, 8))
	for _, size := range picture.Images {
		n.get(ann, size.ID).refused(t, http.StatusNotFound, timerr.SvrResNotFound)
	}
	assert.Zero(t, s.objects())
	assert.Equal(t, "for ever", string(n.get(annInB, other.ID).body))
}

func TestARemovalThatWasCutShortIsDoneLater(t *testing.T) {
	s := newSite(t)
	n := s.node(Config{})
	info := n.uploaded(ann, "file", "a", []byte("hello"))
	ref := chat.FileRef{App: 1, ID: info.ID}
	removed, err := s.rows.RemoveFile(t.Context(), ref, false) // and the process is killed
	require.NoError(t, err)
	require.True(t, removed)
	require.Equal(t, 1, s.objects())
	n.clean(time.Now())
	assert.Zero(t, s.objects())
	left, err := s.rows.RemovedFiles(t.Context(), 10)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestTheCleanerRunsByItself(t *testing.T) {
	s := newSite(t)
	n := s.node(Config{UploadExpires: time.Nanosecond, CleanEvery: 10 * time.Millisecond})
	n.begun(ann, 10, "file", "a")
	require.Eventually(t, func() bool {
		stale, err := s.rows.StaleUploads(t.Context(), time.Now(), 10)
		return err == nil && len(stale) == 0
	}, patience, 10*time.Millisecond)
}

func TestMetadata(t *testing.T) {
	for name, want := range map[string]string{
		"cat.jpg": "cat.jpg", "../../etc/passwd": "passwd", `C:\games\save.dat`: "save.dat", "a\x00b\r\nc": "abc",
		"..": "", "/": "", "": "", "  a b  ": "a b", "gpj.\u202eexe": "gpj.exe", "世界 ♞.png": "世界 ♞.png",
	} {
		m, err := parseMetadata(metadataOf("file", name))
		require.NoError(t, err, name)
		assert.Equal(t, want, m.name)
	}
	m, err := parseMetadata(" conv Ym9i , kind aW1hZ2U=,is_secret")
	require.NoError(t, err)
	assert.Equal(t, metadata{kind: chat.ImageFile}, m)
	for _, bad := range []string{"", "kind", "kind aW1hZ2U=,kind aW1hZ2U=", metadataOf("file", "\xff"), metadataOf("file", "a") + strings.Repeat(" ", maxMetadata)} {
		_, err := parseMetadata(bad)
		assert.Equal(t, timerr.SvrResInvalidParameters, timerr.CodeOf(err), bad)
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add("kind aW1hZ2U=,filename YQ==")
	f.Add(metadataOf("file", "../../a\x00\u202e"))
	f.Fuzz(func(t *testing.T, header string) {
		m, err := parseMetadata(header)
		if err != nil {
			return
		}
		if strings.ContainsAny(m.name, "/\\\x00\r\n") || m.name == ".." || len(m.name) > maxName {
			t.Fatalf("a name %q", m.name)
		}
		disposition(true, m.name)
	})
}

// FuzzPaths asks for whatever path: nothing but an answer of ours comes, and no panic.
func FuzzPaths(f *testing.F) {
	f.Add("GET", "../../etc/passwd")
	f.Add("PATCH", "0123456789abcdef0123456789abcdef")
	f.Add("GET", "0123456789abcdef0123456789abcdef/info")
	site := newSite(f)
	server := New(Config{}, tokens{}, site.rows, site.bytes, &meter{uploaded: map[string]int64{}}, slog.New(slog.DiscardHandler))
	f.Cleanup(func() { server.Drain(context.Background()) })
	f.Fuzz(func(t *testing.T, method, path string) {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://x"+wire.FilesPath, bytes.NewReader([]byte("x")))
		if err != nil {
			return
		}
		request.URL.Path = wire.FilesPath + path
		request.Header.Set("Authorization", "Bearer "+ann)
		request.Header.Set("Tus-Resumable", tusVersion)
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, request)
		if answer.Code >= 500 {
			t.Fatalf("%s %q: %d", method, path, answer.Code)
		}
	})
}
