// Package s3test runs an S3 server for tests: gofakes3 in memory, behind TLS. It knows access
// keys, and does not check what is signed with them.
package s3test

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The key that every server lets in. Logs can be searched for its secret.
const (
	AccessKey = "banter"
	Secret    = "not-for-any-log-either"
)

// Bucket is one that every server has.
const Bucket = "banter-files"

// Server is an S3 server on loopback. It is stopped when its test ends.
type Server struct {
	Endpoint string // host:port
	CAFile   string // of the certificate that it shows
	CA       *x509.CertPool
	store    gofakes3.Backend
}

// Start starts a server.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{store: s3mem.New()}
	require.NoError(t, s.store.CreateBucket(Bucket))
	handler := gofakes3.New(s.store, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	web := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), " Credential="+AccessKey+"/") {
			Refuse(w, http.StatusForbidden, "InvalidAccessKeyId", "who is this?")
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
	})
	s.Endpoint = web.Listener.Addr().String()
	s.CA = x509.NewCertPool()
	s.CA.AddCert(web.Certificate())
	s.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}
	require.NoError(t, os.WriteFile(s.CAFile, pem.EncodeToMemory(block), 0o600))
	return s
}

// Refuse answers as an S3 server does that refuses.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>`+code+`</Code><Message>`+message+`</Message></Error>`)
}

// Objects returns the keys in the bucket.
func (s *Server) Objects(t testing.TB) (keys []string) {
	t.Helper()
	list, err := s.store.ListBucket(Bucket, nil, gofakes3.ListBucketPage{})
	require.NoError(t, err)
	for _, object := range list.Contents {
		keys = append(keys, object.Key)
	}
	return keys
}

// RequireNoSecret fails the test if the key's secret stands in a text.
func RequireNoSecret(t testing.TB, text string) {
	t.Helper()
	assert.NotContains(t, text, Secret)
}
