package files

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
	"github.com/banter-im/banter/server/sqlstore"
)

// patience bounds each wait of these tests. It is no expectation: nothing takes so long.
const patience = 30 * time.Second

// tokens are "app user" in these tests, and bad ones anything else.
type tokens struct{ days map[uint64]int }

func (tokens) FileUser(token string) (app uint64, user string, err error) {
	text, user, _ := strings.Cut(token, " ")
	if app, err = strconv.ParseUint(text, 10, 64); err != nil {
		return 0, "", timerr.New(timerr.FileTransAuthFailed)
	}
	return app, user, nil
}

func (t tokens) FileDays() map[uint64]int { return t.days }

const (
	ann     = "1 ann"
	bob     = "1 bob"
	annInB  = "2 ann"
	badOne  = "none"
	tusType = "application/offset+octet-stream"
)

// meter remembers what was counted.
type meter struct {
	mu       sync.Mutex
	uploaded map[string]int64
	sent     int64
	failed   int
}

func (m *meter) FileUploaded(kind string, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uploaded[kind] += bytes
}

func (m *meter) FileBytesSent(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent += bytes
}

func (m *meter) StoreFailed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed++
}

func (m *meter) Panicked() {}

// counted returns what was counted of uploads, of bytes sent, and of failures.
func (m *meter) counted() (uploaded map[string]int64, sent int64, failed int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.uploaded), m.sent, m.failed
}

// site is where nodes that share all stores serve files.
type site struct {
	t      testing.TB
	rows   chat.Store
	bytes  Store
	folder string
	days   map[uint64]int // for which apps keep files
}

func newSite(t testing.TB) *site {
	t.Helper()
	folder := t.TempDir()
	rows, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(folder, "banter.db"), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { rows.Close() })
	bytes, err := OpenFolder(filepath.Join(folder, "files"))
	require.NoError(t, err)
	s := &site{t: t, rows: rows, bytes: bytes, folder: filepath.Join(folder, "files")}
	for _, token := range []string{ann, bob, annInB} {
		app, user, _ := tokens{}.FileUser(token)
		s.account(app, user)
	}
	return s
}

func (s *site) account(app uint64, user string) {
	_, err := s.rows.OpenSession(s.t.Context(), chat.Opening{App: app, User: user, Session: newID(),
		Platform: session.Linux, Node: "n", At: time.Now(), TicketIssued: time.Now(), TicketExpires: time.Now(),
		Admit: func([]session.Live, session.Live) []session.Live { return nil }})
	require.NoError(s.t, err)
}

// node is one that clients can reach.
type node struct {
	*Server
	t     testing.TB
	url   string
	meter *meter
	http  *httptest.Server
}

func (s *site) node(cfg Config) *node {
	s.t.Helper()
	m := &meter{uploaded: map[string]int64{}}
	server := New(cfg, tokens{s.days}, s.rows, s.bytes, m, slog.New(slog.DiscardHandler))
	web := httptest.NewServer(server)
	s.t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
		server.Drain(context.Background())
	})
	return &node{server, s.t, web.URL, m, web}
}

// reply is an answer with its body.
type reply struct {
	*http.Response
	body []byte
}

func (n *node) do(method, path string, body io.Reader, headers ...string) reply {
	n.t.Helper()
	request, err := http.NewRequestWithContext(n.t.Context(), method, n.url+path, body)
	require.NoError(n.t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(n.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(n.t, err)
	return reply{response, text}
}

// refused requires a refusal with a status and a code, and returns its text.
func (r reply) refused(t testing.TB, status int, code timerr.Code) string {
	t.Helper()
	var why wire.FileError
	require.NoError(t, json.Unmarshal(r.body, &why), "%d %s", r.StatusCode, r.body)
	assert.Equal(t, status, r.StatusCode, why.Desc)
	assert.Equal(t, code, why.Code, why.Desc)
	assert.NotEmpty(t, why.Desc)
	return why.Desc
}

func (r reply) info(t testing.TB) wire.FileInfo {
	t.Helper()
	require.Equal(t, http.StatusOK, r.StatusCode, string(r.body))
	var info wire.FileInfo
	require.NoError(t, json.Unmarshal(r.body, &info))
	return info
}

func metadataOf(kind, name string) string {
	encode := base64.StdEncoding.EncodeToString
	return "kind " + encode([]byte(kind)) + ",filename " + encode([]byte(name))
}

func (n *node) begin(token string, size int, kind, name string) reply {
	n.t.Helper()
	return n.do(http.MethodPost, wire.FilesPath, nil, "Authorization", "Bearer "+token, "Tus-Resumable", tusVersion,
		"Upload-Length", strconv.Itoa(size), "Upload-Metadata", metadataOf(kind, name))
}

// begun begins an upload, and returns its address.
func (n *node) begun(token string, size int, kind, name string) string {
	n.t.Helper()
	r := n.begin(token, size, kind, name)
	require.Equal(n.t, http.StatusCreated, r.StatusCode, string(r.body))
	return r.Header.Get("Location")
}

func (n *node) patch(token, path string, offset int, body io.Reader) reply {
	n.t.Helper()
	return n.do(http.MethodPatch, path, body, "Authorization", "Bearer "+token, "Tus-Resumable", tusVersion,
		"Content-Type", tusType, "Upload-Offset", strconv.Itoa(offset))
}

func (n *node) head(token, path string) reply {
	n.t.Helper()
	return n.do(http.MethodHead, path, nil, "Authorization", "Bearer "+token, "Tus-Resumable", tusVersion)
}

// offset returns how much of an upload is kept.
func (n *node) offset(token, path string) int {
	n.t.Helper()
	r := n.head(token, path)
	require.Equal(n.t, http.StatusOK, r.StatusCode)
	offset, err := strconv.Atoi(r.Header.Get("Upload-Offset"))
	require.NoError(n.t, err)
	return offset
}

// uploaded uploads a file whole.
func (n *node) uploaded(token, kind, name string, content []byte) wire.FileInfo {
	n.t.Helper()
	path := n.begun(token, len(content), kind, name)
	return n.patch(token, path, 0, bytes.NewReader(content)).info(n.t)
}

func (n *node) get(token, id string, headers ...string) reply {
	n.t.Helper()
	return n.do(http.MethodGet, wire.FilesPath+id+"?t="+strings.ReplaceAll(token, " ", "%20"), nil, headers...)
}

// noise returns bytes that look like nothing.
func noise(n int) []byte {
	content := make([]byte, n)
	random := rand.NewChaCha8([32]byte{7})
	random.Read(content)
	return content
}
