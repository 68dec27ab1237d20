package transport

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
)

// parrot answers whatever it is asked with the same bytes, and hangs up.
type parrot struct {
	net.Listener
	mu   sync.Mutex
	says []byte
}

func startParrot(f *testing.F) *parrot {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(f, err)
	f.Cleanup(func() { listener.Close() })
	p := &parrot{Listener: listener}
	go func() {
		for {
			conn, err := p.Accept()
			if err != nil {
				return
			}
			go p.talk(conn)
		}
	}()
	return p
}

func (p *parrot) talk(conn net.Conn) {
	defer conn.Close()
	p.mu.Lock()
	says := bytes.Clone(p.says)
	p.mu.Unlock()
	conn.SetDeadline(time.Now().Add(time.Minute))
	conn.Read(make([]byte, 4096)) // the request, or its beginning
	conn.Write(says)
	conn.(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, conn)
}

func (p *parrot) learn(says []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.says = says
}

// FuzzHTTPAnswer makes a request that is answered with anything: an answer or a failure with a
// code comes of it.
func FuzzHTTPAnswer(f *testing.F) {
	for _, seed := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 204 No Content\r\nUpload-Offset: 7\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\n\r\n", "\x16\x03\x01", ""} {
		f.Add([]byte(seed))
	}
	p := startParrot(f)
	address := "http://" + p.Addr().String()
	f.Fuzz(func(t *testing.T, says []byte) {
		p.learn(says)
		h := NewHTTP(Target{URL: address})
		defer h.Close()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/files/x", nil)
		require.NoError(t, err)
		answer, err := h.Do(t.Context(), request)
		if err != nil {
			assert.NotZero(t, timerr.CodeOf(err))
			return
		}
		defer answer.Body.Close()
		n, _ := io.Copy(io.Discard, answer.Body)
		assert.LessOrEqual(t, n, int64(len(says)))
	})
}

// FuzzProxyAnswer dials through a proxy that says anything: there is no link, a code says why.
func FuzzProxyAnswer(f *testing.F) {
	for _, seed := range []string{"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 x\r\n\r\n",
		"\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50", "\x05\xff", "\x05\x00\x05\x01\x00\x03\xff", ""} {
		f.Add(true, []byte(seed))
		f.Add(false, []byte(seed))
	}
	p := startParrot(f)
	f.Fuzz(func(t *testing.T, socks bool, says []byte) {
		p.learn(says)
		through := &url.URL{Scheme: "http", Host: p.Addr().String()}
		if socks {
			through.Scheme = "socks5"
		}
		h := NewHTTP(Target{URL: "http://192.0.2.1:9", Proxy: through})
		defer h.Close()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://192.0.2.1:9/", nil)
		require.NoError(t, err)
		answer, err := h.Do(t.Context(), request)
		if err != nil {
			assert.NotZero(t, timerr.CodeOf(err))
			return
		}
		answer.Body.Close()
	})
}
