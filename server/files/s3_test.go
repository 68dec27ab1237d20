package files

import (
	"bytes"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/s3test"
	"github.com/banter-im/banter/server/chat"
)

func s3ConfigOf(t *testing.T, server *s3test.Server, prefix string) S3Config {
	return S3Config{Endpoint: server.Endpoint, CA: server.CA, Bucket: s3test.Bucket, Prefix: prefix, PathStyle: true,
		AccessKey: s3test.AccessKey, SecretKey: s3test.Secret, Spool: t.TempDir()}
}

func openS3(t *testing.T, cfg S3Config) *S3 {
	t.Helper()
	store, err := OpenS3(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return store
}

func TestABucketIsAStore(t *testing.T) {
	server := s3test.Start(t)
	for _, tt := range storeTests {
		t.Run(tt.name, func(t *testing.T) {
			tt.run(t, openS3(t, s3ConfigOf(t, server, "")))
		})
		t.Run("below a prefix: "+tt.name, func(t *testing.T) {
			tt.run(t, openS3(t, s3ConfigOf(t, server, "some/where")))
		})
	}
}

func TestABucketHasTheLayoutOfAFolder(t *testing.T) {
	server := s3test.Start(t)
	ref := chat.FileRef{App: 7, ID: newID()}
	put(t, openS3(t, s3ConfigOf(t, server, "")), ref, "0-a", "hello")
	store := openS3(t, s3ConfigOf(t, server, "some/where"))
	put(t, store, ref, "0-a", "world")
	key := "7/" + ref.ID[:2] + "/" + ref.ID + "/0-a"
	assert.ElementsMatch(t, []string{key, "some/where/" + key}, server.Objects(t))
	require.NoError(t, store.RemoveFile(t.Context(), ref))
	assert.Equal(t, []string{key}, server.Objects(t), "what others have in the bucket stays")
}

// TestABucketsObjectsAreNotHeldInMemory writes and reads an object of many times the memory
// that it may take.
func TestABucketsObjectsAreNotHeldInMemory(t *testing.T) {
	const size = 48 << 20
	content := noise(size)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			if _, err := io.Copy(&comparer{want: content}, r.Body); err != nil {
				s3test.Refuse(w, http.StatusBadRequest, "BadDigest", "")
			}
			return
		}
		w.Header().Set("ETag", `"0"`)
		http.ServeContent(w, r, "", time.Now(), bytes.NewReader(content))
	}))
	defer server.Close()
	trust := x509.NewCertPool()
	trust.AddCert(server.Certificate())
	store, err := newS3(S3Config{Endpoint: server.Listener.Addr().String(), CA: trust, Bucket: "banter", PathStyle: true,
		AccessKey: "a", SecretKey: "b", Spool: t.TempDir()})
	require.NoError(t, err)
	ref := chat.FileRef{App: 7, ID: newID()}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	object, err := store.Create()
	require.NoError(t, err)
	defer object.Discard()
	_, err = io.Copy(object, struct{ io.Reader }{bytes.NewReader(content)})
	require.NoError(t, err)
	require.NoError(t, object.Commit(t.Context(), ref, "0-a"))
	body, err := store.Open(t.Context(), ref, "0-a", 1)
	require.NoError(t, err)
	defer body.Close()
	same := &comparer{want: content[1:]}
	_, err = io.Copy(same, struct{ io.Reader }{body})
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	assert.Empty(t, same.want, "all came")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(size), "not one copy of it was made")
	left, err := filepath.Glob(filepath.Join(store.cfg.Spool, unfinished, "*"))
	require.NoError(t, err)
	assert.Empty(t, left, "the spool is empty again")
}

// comparer fails at the first byte that is not what is wanted.
type comparer struct{ want []byte }

func (c *comparer) Write(p []byte) (int, error) {
	if !bytes.HasPrefix(c.want, p) {
		return 0, io.ErrUnexpectedEOF
	}
	c.want = c.want[len(p):]
	return len(p), nil
}

func TestABucketThatRefusesIsAnError(t *testing.T) {
	server := s3test.Start(t)
	for name, tt := range map[string]struct {
		change func(*S3Config)
		want   string
	}{
		"no such bucket":     {func(c *S3Config) { c.Bucket = "another" }, `404 "NoSuchBucket"`},
		"another key":        {func(c *S3Config) { c.AccessKey = "somebody" }, `403 "InvalidAccessKeyId"`},
		"another authority":  {func(c *S3Config) { c.CA = x509.NewCertPool() }, "certificate"},
		"what is no address": {func(c *S3Config) { c.Endpoint = "a b" }, "S3: "},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := s3ConfigOf(t, server, "")
			tt.change(&cfg)
			_, err := OpenS3(t.Context(), cfg, slog.New(slog.DiscardHandler))
			require.ErrorContains(t, err, tt.want)
			s3test.RequireNoSecret(t, err.Error())
		})
	}
}

// TestAnAnswersTextIsNotRepeated has a server tell in its answer what it was sent.
func TestAnAnswersTextIsNotRepeated(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s3test.Refuse(w, http.StatusForbidden, "SignatureDoesNotMatch", s3test.Secret+" for "+r.URL.Path)
	}))
	defer server.Close()
	store, err := newS3(S3Config{Endpoint: server.Listener.Addr().String(), Plain: true, Bucket: "banter", PathStyle: true,
		AccessKey: s3test.AccessKey, SecretKey: s3test.Secret, Spool: t.TempDir()})
	require.NoError(t, err)
	ref := chat.FileRef{App: 7, ID: newID()}
	_, openErr := store.Open(t.Context(), ref, "0-a", 0)
	for _, err := range []error{store.ask(t.Context()), openErr, store.Remove(t.Context(), ref, "0-a"), store.RemoveFile(t.Context(), ref)} {
		require.ErrorContains(t, err, `the server answers 403 "SignatureDoesNotMatch"`)
		assert.NotContains(t, err.Error(), ref.ID)
		s3test.RequireNoSecret(t, err.Error())
	}
}

func TestABucketThatDoesNotAnswerStopsNoStart(t *testing.T) {
	cfg := S3Config{Endpoint: freeport.Address(t), Bucket: "banter", PathStyle: true, AccessKey: s3test.AccessKey,
		SecretKey: s3test.Secret, Spool: t.TempDir()}
	var log strings.Builder
	store, err := OpenS3(t.Context(), cfg, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	assert.Contains(t, log.String(), "does not answer")
	ref := chat.FileRef{App: 7, ID: newID()}
	_, openErr := store.Open(t.Context(), ref, "0-a", 0)
	object, err := store.Create()
	require.NoError(t, err)
	defer object.Discard()
	_, err = io.WriteString(object, "hello")
	require.NoError(t, err)
	for _, err := range []error{openErr, object.Commit(t.Context(), ref, "0-a"), store.Remove(t.Context(), ref, "0-a"),
		store.RemoveFile(t.Context(), ref)} {
		require.ErrorContains(t, err, "connection refused")
		assert.Contains(t, err.Error(), cfg.Endpoint)
		assert.NotContains(t, err.Error(), ref.ID)
	}
	s3test.RequireNoSecret(t, log.String())
}

// TestAServerThatFallsSilentEndsARead has a server stop in the middle of an object.
func TestAServerThatFallsSilentEndsARead(t *testing.T) {
	ended := make(chan struct{})
	cfg := S3Config{Plain: true, Bucket: "banter", PathStyle: true, Spool: t.TempDir(), IdleTimeout: 200 * time.Millisecond}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		io.WriteString(w, "hello")
		http.NewResponseController(w).Flush()
		<-ended
	}))
	defer server.Close()
	defer close(ended)
	cfg.Endpoint = server.Listener.Addr().String()
	store, err := newS3(cfg)
	require.NoError(t, err)
	body, err := store.Open(t.Context(), chat.FileRef{App: 7, ID: newID()}, "0-a", 0)
	require.NoError(t, err)
	defer body.Close()
	text, err := io.ReadAll(body)
	assert.Equal(t, "hello", string(text))
	assert.ErrorContains(t, err, "nothing came for 200ms")
}

func TestABucketStandsInTheHostsNameOrInThePath(t *testing.T) {
	for pathStyle, want := range map[bool]string{false: "https://banter.s3.example.com/a", true: "https://s3.example.com/banter/a"} {
		store, err := newS3(S3Config{Endpoint: "s3.example.com", Bucket: "banter", PathStyle: pathStyle, AccessKey: "a",
			SecretKey: "b", Spool: t.TempDir()})
		require.NoError(t, err)
		address, err := store.client.PresignedGetObject(t.Context(), "banter", "a", time.Minute, nil)
		require.NoError(t, err)
		address.RawQuery = ""
		assert.Equal(t, want, address.String())
	}
}
