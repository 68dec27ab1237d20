package transport

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
)

// fetch makes a request and reads its whole answer.
func fetch(t *testing.T, h *HTTP, method, address string, send io.Reader) (int, string, error) {
	t.Helper()
	r, err := http.NewRequest(method, address, send)
	require.NoError(t, err)
	response, err := h.Do(t.Context(), r)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(response.Body)
	response.Body.Close()
	return response.StatusCode, string(text), err
}

func TestRequestsShareAConnection(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %d", r.Method, r.URL, len(sent))
		w.(http.Flusher).Flush() // chunked
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	h := NewHTTP(Target{URL: server.URL})
	defer h.Close()
	for range 3 {
		status, text, err := fetch(t, h, "PATCH", server.URL+"/a?b=c", bytes.NewReader(make([]byte, 100_000)))
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, "PATCH /a?b=c 100000", text)
		status, text, err = fetch(t, h, "HEAD", server.URL+"/", nil)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
		assert.Empty(t, text)
	}
	assert.EqualValues(t, 1, connections.Load())
	r, err := http.NewRequest("GET", server.URL, nil)
	require.NoError(t, err)
	response, err := h.Do(t.Context(), r)
	require.NoError(t, err)
	response.Body.Close() // before its end
	_, _, err = fetch(t, h, "GET", server.URL, nil)
	require.NoError(t, err)
	assert.EqualValues(t, 2, connections.Load())
}

func TestRequestsTrustWhomLinksTrust(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "safe") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	_, _, err := fetch(t, NewHTTP(Target{URL: server.URL}), "GET", server.URL, nil)
	require.Error(t, err)
	assert.Contains(t, timerr.DescOf(err), "not trusted")
	spki := sha256.Sum256(server.Certificate().RawSubjectPublicKeyInfo)
	h := NewHTTP(Target{URL: server.URL, TLS: TLS{Pin: spki[:]}})
	defer h.Close()
	_, text, err := fetch(t, h, "GET", server.URL, nil)
	require.NoError(t, err)
	assert.Equal(t, "safe", text)
	other := sha256.Sum256([]byte("another key"))
	_, _, err = fetch(t, NewHTTP(Target{URL: server.URL, TLS: TLS{Pin: other[:]}}), "GET", server.URL, nil)
	require.Error(t, err)
	assert.Contains(t, timerr.DescOf(err), "pinned")
}

func TestRequestsGoThroughProxies(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "there") }))
	defer server.Close()
	var asked atomic.Int32
	connect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := proxyAuth(r); !ok || user != "ann" || password != "secret" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		asked.Add(1)
		tunnel(t, w, r.Host)
	}))
	defer connect.Close()
	ann := url.UserPassword("ann", "secret")
	for _, proxy := range []*url.URL{
		{Scheme: "http", User: ann, Host: connect.Listener.Addr().String()},
		{Scheme: "socks5", User: ann, Host: socks(t)},
	} {
		t.Run(proxy.Scheme, func(t *testing.T) {
			h := NewHTTP(Target{URL: server.URL, Proxy: proxy})
			defer h.Close()
			_, text, err := fetch(t, h, "GET", server.URL, nil)
			require.NoError(t, err)
			assert.Equal(t, "there", text)
		})
	}
	assert.EqualValues(t, 1, asked.Load())
	_, _, err := fetch(t, NewHTTP(Target{URL: server.URL, Proxy: &url.URL{Scheme: "http", Host: connect.Listener.Addr().String()}}), "GET", server.URL, nil)
	require.Error(t, err)
	assert.Contains(t, timerr.DescOf(err), "407")
	assert.NotContains(t, timerr.DescOf(err), "secret")
}

func proxyAuth(r *http.Request) (user, password string, ok bool) {
	r.Header.Set("Authorization", r.Header.Get("Proxy-Authorization"))
	return r.BasicAuth()
}

func TestARequestEndsWithItsContext(t *testing.T) {
	reached, done := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		close(reached)
		<-done
	}))
	defer server.Close()
	defer close(done)
	ctx, cancel := context.WithCancel(t.Context())
	h := NewHTTP(Target{URL: server.URL})
	r, err := http.NewRequest("GET", server.URL+"/?t=secret", nil)
	require.NoError(t, err)
	response, err := h.Do(ctx, r)
	require.NoError(t, err)
	<-reached
	cancel()
	_, err = io.ReadAll(response.Body)
	require.Error(t, err)
	response.Body.Close()
	_, err = h.Do(ctx, r)
	require.Error(t, err)
	assert.NotContains(t, err.Error()+timerr.DescOf(err), "secret")
}

// An early answer is heard although not all was read.
func TestAnAnswerBeforeTheEndOfTheRequest(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer server.Close()
	h := NewHTTP(Target{URL: server.URL})
	defer h.Close()
	status, _, err := fetch(t, h, "PATCH", server.URL, bytes.NewReader(make([]byte, 1<<20)))
	if err == nil { // else the connection was reset first
		assert.Equal(t, http.StatusUnauthorized, status)
	}
	status, _, err = fetch(t, h, "HEAD", server.URL, nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, status)
}

func TestAnAnswerWithoutEndIsGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	spawn(func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		for err == nil {
			_, err = io.WriteString(conn, "X: "+strings.Repeat("x", 1000)+"\r\n")
		}
	})
	_, _, err = fetch(t, NewHTTP(Target{URL: "http://" + listener.Addr().String()}), "GET", "http://"+listener.Addr().String(), nil)
	assert.Error(t, err)
}
