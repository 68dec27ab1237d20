package suite

import (
	"bytes"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// relay stands between clients and a server, and keeps what the server says: the session
// ids, which nobody else may tell.
type relay struct {
	URL    string
	target string

	mu    sync.Mutex
	heard bytes.Buffer
}

// newRelay starts one; it ends with the test.
func newRelay(t *testing.T, server string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	r := &relay{URL: "ws://" + listener.Addr().String(), target: strings.TrimPrefix(server, "ws://")}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go r.pass(conn)
		}
	}()
	return r
}

// pass passes one connection on, until either side closes it.
func (r *relay) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", r.target)
	if err != nil {
		return // the client sees a closed connection
	}
	go func() {
		defer server.Close()
		_, _ = io.Copy(server, client)
	}()
	_, _ = io.Copy(client, io.TeeReader(server, r))
}

// Write implements io.Writer: it keeps what the server says.
func (r *relay) Write(data []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.heard.Write(data)
}

var sessionID = regexp.MustCompile(`"session_id":"([^"]+)"`)

// sessions returns the ids of the sessions that the server has opened.
func (r *relay) sessions() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for _, match := range sessionID.FindAllStringSubmatch(r.heard.String(), -1) {
		ids = append(ids, match[1])
	}
	return ids
}
