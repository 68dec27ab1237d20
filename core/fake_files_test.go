package core

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// fileServer has files as docs/files.md says, and is as bad as a test wants it.
type fileServer struct {
	*httptest.Server
	arrived atomic.Int32 // requests, also those that wait for mu
	mu      sync.Mutex
	files   map[string]*storedFile
	made    int
	token   string   // the only good one
	renewed int      // how often the link was asked for one
	seen    []string // requests, without what changes
	cuts    []int64  // each PATCH or GET reads, or writes, so much of its body, and the connection is cut
	refuse  int      // status of every POST
	body    string   // with that
	full    func()   // is called with each PATCH
	expired bool     // every upload is unknown
}

type storedFile struct {
	kind, name string
	size       int64
	data       []byte
}

func startFileServer(t *testing.T) *fileServer {
	s := &fileServer{files: map[string]*storedFile{}, token: "token-1"}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *fileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.arrived.Add(1)
	id := strings.TrimPrefix(r.URL.Path, "/files/")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, strings.TrimSpace(r.Method+" "+id+" "+r.Header.Get("Upload-Offset")+r.Header.Get("Range")))
	if r.Header.Get("Authorization") != "Bearer "+s.token && r.URL.Query().Get("t") != s.token {
		http.Error(w, `{"code":6006,"desc":"the token is not good"}`, http.StatusUnauthorized)
		return
	}
	file := s.files[id]
	switch {
	case r.Method == http.MethodPost:
		s.create(w, r)
	case file == nil || s.expired:
		s.expired = false
		http.Error(w, `{"code":114000,"desc":"no such file"}`, http.StatusNotFound)
	case r.Method == http.MethodHead:
		w.Header().Set("Upload-Offset", fmt.Sprint(len(file.data)))
	case r.Method == http.MethodPatch:
		s.patch(w, r, id, file)
	case r.Method == http.MethodDelete:
		delete(s.files, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		s.read(w, r, id, file)
	}
}

func (s *fileServer) create(w http.ResponseWriter, r *http.Request) {
	if s.refuse != 0 {
		http.Error(w, s.body, s.refuse)
		return
	}
	file := &storedFile{}
	file.size, _ = strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	for _, pair := range strings.Split(r.Header.Get("Upload-Metadata"), ",") {
		key, value, _ := strings.Cut(pair, " ")
		text, _ := base64.StdEncoding.DecodeString(value)
		switch key {
		case "kind":
			file.kind = string(text)
		case "filename":
			file.name = string(text)
		}
	}
	s.made++
	id := fmt.Sprint("f", s.made)
	s.files[id] = file
	w.Header().Set("Location", "/files/"+id)
	w.WriteHeader(http.StatusCreated)
}

// cut is how much of the next body is let through; -1 is all.
func (s *fileServer) cut() int64 {
	if len(s.cuts) == 0 {
		return -1
	}
	n := s.cuts[0]
	s.cuts = s.cuts[1:]
	return n
}

func (s *fileServer) patch(w http.ResponseWriter, r *http.Request, id string, file *storedFile) {
	if r.Header.Get("Upload-Offset") != fmt.Sprint(len(file.data)) {
		http.Error(w, `{"code":114011,"desc":"another offset"}`, http.StatusConflict)
		return
	}
	if s.full != nil {
		full := s.full
		s.mu.Unlock()
		full()
		s.mu.Lock()
	}
	if n := s.cut(); n >= 0 {
		data, _ := io.ReadAll(io.LimitReader(r.Body, n))
		file.data = append(file.data, data...)
		panic(http.ErrAbortHandler)
	}
	data, _ := io.ReadAll(r.Body)
	file.data = append(file.data, data...)
	w.Header().Set("Upload-Offset", fmt.Sprint(len(file.data)))
	if int64(len(file.data)) < file.size {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	_ = json.NewEncoder(w).Encode(s.answer(id, file))
}

func (s *fileServer) answer(id string, file *storedFile) wire.FileInfo {
	u := wire.FileInfo{ID: id, Size: file.size, Type: http.DetectContentType(file.data)}
	if file.kind == "image" || file.kind == "snapshot" {
		u.Images = []wire.FileImage{
			{Size: "original", ID: id, Width: 1000, Height: 2000, Bytes: file.size},
			{Size: "large", ID: id + "-l", Width: 360, Height: 720, Bytes: 20},
			{Size: "thumb", ID: id + "-t", Width: 99, Height: 198, Bytes: 10},
		}
	}
	return u
}

func (s *fileServer) read(w http.ResponseWriter, r *http.Request, id string, file *storedFile) {
	w.Header().Set("ETag", `"`+id+`"`)
	if n := s.cut(); n >= 0 {
		w.Header().Set("Content-Length", fmt.Sprint(len(file.data)))
		_, _ = w.Write(file.data[:n])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file.data))
}

func (s *fileServer) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *fileServer) looks() (seen []string) {
	s.set(func() { seen, s.seen = s.seen, nil })
	return seen
}

// filesChat is a chatServer whose files a fileServer has.
func filesChat(t *testing.T, user string) (*chatServer, *fileServer) {
	files := startFileServer(t)
	server := newChatServer(user)
	next := server.fakeServer.answer
	server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
		switch r.Cmd {
		case wire.CmdLogin, wire.CmdResume:
			now := time.Now()
			l.answer(r, wire.Session{SessionID: "5e55", Number: 7, ServerTimeMS: now.UnixMilli(),
				FilesToken: "token-1", FilesExpiresAt: now.Add(2 * time.Hour).Unix()})
		case wire.CmdFiles:
			files.set(func() {
				files.renewed++
				l.answer(r, wire.FileAccess{Token: files.token, ExpiresAt: time.Now().Add(4 * time.Hour).Unix()})
			})
		default:
			next(l, r)
		}
	}
	return server, files
}

// fileClient is a device of a user, with its files in a folder. Its time is the real one.
func fileClient(t *testing.T, server *chatServer, files *fileServer, folder string) (*Client, *fakeGame) {
	t.Helper()
	game := &fakeGame{}
	config := fmt.Sprintf(`{"sdk_config_config_file_path":%q,"sdk_config_log_file_path":"/dev/null/none"}`, folder)
	c, err := New(Options{AppID: 1, SDKVersion: "8.6.1", ServerURLEnv: "ws" + strings.TrimPrefix(files.URL, "http"), ConfigJSON: config,
		Settings: NewSettings(NewLogFiles()), Dialer: server.dial}, game)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	in := make(chan error, 1)
	c.Login(server.user, "a1", func(err error, _ string) { in <- err })
	require.NoError(t, within(t, in))
	return c, game
}

const (
	waitLong = time.Minute
	tick     = 10 * time.Millisecond
)

// within waits for what comes, however slow the machine is.
func within[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(waitLong):
		require.Fail(t, "nothing came")
		panic("unreachable")
	}
}

func (g *fakeGame) UploadProgress(_ string, element int, current, total uint64) bool {
	return g.hearIfRoom("uploaded %d: %d of %d", element, current, total)
}
