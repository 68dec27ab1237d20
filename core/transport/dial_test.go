package transport

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func TestDialErrorsHaveTheirCodes(t *testing.T) {
	tests := []struct {
		name string
		err  error
		code timerr.Code
	}{
		{"refused", syscall.ECONNREFUSED, timerr.SDKNetConnRefuse},
		{"no route to the host", syscall.EHOSTUNREACH, timerr.SDKNetNetUnreach},
		{"no network", syscall.ENETUNREACH, timerr.SDKNetNetUnreach},
		{"no such name", &net.DNSError{Err: "no such host", Name: "chat.example"}, timerr.SDKNetHostGetaddrinfoFailed},
		{"too slow", context.DeadlineExceeded, timerr.SDKNetConnTimeout},
		{"reset", syscall.ECONNRESET, timerr.SDKNetConnectReset},
		{"a stranger", errors.New("odd"), timerr.SDKNetDisconnect},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := dialError(t.Context(), Target{URL: "wss://chat.example:443/ws"}, nil, &net.OpError{Op: "dial", Err: tt.err})
			assert.Equal(t, tt.code, timerr.CodeOf(err))
			assert.Contains(t, timerr.DescOf(err), "chat.example:443")
			assert.NotErrorIs(t, err, ErrPermanent)
		})
	}
}

func TestDialWithoutAServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	listener.Close()
	_, err = Dial(t.Context(), Target{URL: "ws://" + address + wire.Path}, hello, spawn)
	assert.Equal(t, timerr.SDKNetConnRefuse, timerr.CodeOf(err))
}

func TestDialToAServerThatIsNotOurs(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	_, err := Dial(t.Context(), Target{URL: "ws" + strings.TrimPrefix(server.URL, "http")}, hello, spawn)
	assert.Equal(t, timerr.SDKNetConnRefuse, timerr.CodeOf(err))
	assert.Contains(t, timerr.DescOf(err), "404")
}

func TestHelloThatIsRefused(t *testing.T) {
	url := start(t, func(conn *websocket.Conn) {
		var r wire.Request
		conn.ReadJSON(&r)
		conn.WriteJSON(wire.Frame{ID: r.ID, Code: timerr.SvrCommInvalidRes, Desc: "the client is too old"})
	})
	_, err := Dial(t.Context(), Target{URL: url}, hello, spawn)
	assert.Equal(t, timerr.SvrCommInvalidRes, timerr.CodeOf(err))
	assert.Equal(t, "the client is too old", timerr.DescOf(err))
	assert.ErrorIs(t, err, ErrPermanent)
}

func TestTLSTrust(t *testing.T) {
	server := httptest.NewUnstartedServer(serve(func(conn *websocket.Conn) {
		welcome(conn, wire.Welcome{})
		conn.ReadMessage()
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	certificate := server.Certificate()
	spki := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	other := sha256.Sum256([]byte("another key"))
	authority := filepath.Join(t.TempDir(), "证书.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
	require.NoError(t, os.WriteFile(authority, block, 0o600))

	tests := []struct {
		name  string
		trust TLS
		desc  string // of the refusal; "" is accepted
	}{
		{"the system does not know a test's certificate", TLS{}, "not trusted"},
		{"an own authority is trusted", TLS{CAFile: authority}, ""},
		{"a pinned key is trusted without an authority", TLS{Pin: spki[:]}, ""},
		{"another key is not", TLS{Pin: other[:]}, "pinned"},
		{"an authority does not help another key", TLS{CAFile: authority, Pin: other[:]}, "pinned"},
		{"an authority that is not there", TLS{CAFile: authority + "x"}, "sdk_config_tls_ca_file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address := "wss" + strings.TrimPrefix(server.URL, "https")
			l, err := Dial(t.Context(), Target{URL: address, TLS: tt.trust}, hello, spawn)
			if tt.desc == "" {
				require.NoError(t, err)
				l.Close()
				l.Serve(Events{})
				return
			}
			require.Error(t, err)
			assert.Contains(t, timerr.DescOf(err), tt.desc)
		})
	}
}

func TestParsePin(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	der, err := x509.MarshalPKIXPublicKey(server.Certificate().PublicKey)
	require.NoError(t, err)
	sum := sha256.Sum256(der)

	for name, text := range map[string]string{
		"its hash":          base64.StdEncoding.EncodeToString(sum[:]),
		"the key as PEM":    string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"the key in base64": base64.StdEncoding.EncodeToString(der),
	} {
		pin, err := ParsePin(text)
		require.NoError(t, err, name)
		assert.Equal(t, Pin(sum[:]), pin, name)
	}
	for _, text := range []string{"0436ddd1", "!", "AAAA"} {
		_, err := ParsePin(text)
		assert.Error(t, err, text)
	}
	pin, err := ParsePin(" ")
	require.NoError(t, err)
	assert.Empty(t, pin)
}

func TestProxies(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // never looked at
	address := start(t, func(conn *websocket.Conn) {
		welcome(conn, wire.Welcome{})
		conn.ReadMessage()
	})
	var asked atomic.Value
	connect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.Header.Get("Proxy-Authorization"))
		tunnel(t, w, r.Host)
	}))
	defer connect.Close()
	ann := url.UserPassword("ann", "secret")
	for _, proxy := range []*url.URL{
		{Scheme: "http", User: ann, Host: connect.Listener.Addr().String()},
		{Scheme: "socks5", User: ann, Host: socks(t)},
	} {
		t.Run(proxy.Scheme, func(t *testing.T) {
			l, err := Dial(t.Context(), Target{URL: address, Proxy: proxy}, hello, spawn)
			require.NoError(t, err)
			l.Close()
			l.Serve(Events{})
		})
	}
	assert.Equal(t, "CONNECT Basic "+base64.StdEncoding.EncodeToString([]byte("ann:secret")), asked.Load())
	closed := &url.URL{Scheme: "socks5", Host: "127.0.0.1:1"}
	_, err := Dial(t.Context(), Target{URL: address, Proxy: closed}, hello, spawn)
	assert.Equal(t, timerr.SDKNetConnRefuse, timerr.CodeOf(err))
	assert.Contains(t, timerr.DescOf(err), "proxy", "the desc says that it is not the server")
}
