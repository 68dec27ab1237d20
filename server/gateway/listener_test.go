package gateway

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// quiet is a Meter that counts nothing.
type quiet struct{}

func (quiet) LinkRefused(string) {}
func (quiet) LinkClosed(string)  {}
func (quiet) Panicked()          {}

// handshakeText is the request for a link, with these lines more.
func handshakeText(more ...string) string {
	return strings.Join(append(append([]string{"GET " + wire.Path + " HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket",
		"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}, more...), "", ""), "\r\n")
}

// handshakes are requests, good ones and others.
var handshakes = map[string]string{
	"a link":                handshakeText(),
	"hello":                 handshakeText(wire.OpeningHeader + ": " + wire.Opening([]byte(`{"id":1,"cmd":"hello","body":{"protocol":1,"sdk_app_id":7}}`))),
	"a bad opening":         handshakeText(wire.OpeningHeader + ": " + wire.OpeningScheme + " !"),
	"another way to ask":    strings.Replace(handshakeText(), " HTTP", "?x=1 HTTP", 1),
	"in full":               strings.Replace(handshakeText(), "GET ", "GET http://x", 1),
	"an old HTTP":           strings.Replace(handshakeText(), "HTTP/1.1", "HTTP/1.0", 1),
	"a new HTTP":            strings.Replace(handshakeText(), "HTTP/1.1", "HTTP/2.0", 1),
	"with bare line feeds":  strings.ReplaceAll(handshakeText(), "\r\n", "\n"),
	"no Host":               strings.Replace(handshakeText(), "Host: x\r\n", "", 1),
	"two Hosts":             handshakeText("Host: y"),
	"a bad Host":            strings.Replace(handshakeText(), "Host: x", "Host: a b", 1),
	"a bad name":            handshakeText("a b: c"),
	"a bad value":           handshakeText("a: \x01"),
	"a value that is cut":   handshakeText("a: \x00"),
	"a folded line":         handshakeText("a: b", " c"),
	"no colon":              handshakeText("a"),
	"a body":                handshakeText("Content-Length: 3") + "abc",
	"a body that is missed": handshakeText("Content-Length: 3"),
	"a body in chunks":      handshakeText("Transfer-Encoding: chunked") + "0\r\n\r\n",
	"two lengths":           handshakeText("Content-Length: 3", "Content-Length: 4"),
	"a frame":               handshakeText() + "\x89\x80abcd",
	"no key":                strings.Replace(handshakeText(), "Sec-WebSocket-Key", "Key", 1),
	"no upgrade":            strings.Replace(handshakeText(), "Upgrade: websocket", "Upgrade: h2c", 1),
	"another method":        strings.Replace(handshakeText(), "GET", "POST", 1),
	"another path":          strings.Replace(handshakeText(), wire.Path, "/", 1),
	"a long header":         handshakeText("a: " + strings.Repeat("b", 5<<10)),
	"one that is too long":  handshakeText("a: " + strings.Repeat("b", 20<<10)),
	"half a request":        handshakeText()[:60],
	"half a line":           "GET",
	"TLS":                   "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	"nothing":               "",
}

// behind returns the address of a server that lets nobody log in.
func behind(tb testing.TB, wrap func(*Server, net.Listener) net.Listener) string {
	d := newDomain()
	d.login = func(chat.Peer, wire.Login) error { return errRefused }
	d.resume = func(chat.Peer) error { return errRefused }
	s := New(Config{}, d, quiet{}, slog.New(slog.DiscardHandler))
	mux := http.NewServeMux()
	mux.Handle("GET "+wire.Path, s)
	server := httptest.NewUnstartedServer(mux)
	server.Config.ConnState, server.Config.MaxHeaderBytes = s.ConnState, 8<<10
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Listener = wrap(s, server.Listener)
	server.Start()
	tb.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// both returns the address of a server with a listener, and that of one without.
func both(tb testing.TB) (with, without string) {
	return behind(tb, (*Server).Listener), behind(tb, func(_ *Server, l net.Listener) net.Listener { return l })
}

// answerTo returns the status of the first answer to what is said; 0: there is none.
func answerTo(tb testing.TB, address, said string) int {
	conn, err := net.Dial("tcp", address)
	require.NoError(tb, err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, said) // it may have heard enough before the end
	conn.(*net.TCPConn).CloseWrite()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		require.False(tb, timedOut(err), "neither an answer nor an end")
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

func TestAListenerAnswersAsAnHTTPServerDoes(t *testing.T) {
	with, without := both(t)
	links := 0
	for name, said := range handshakes {
		t.Run(name, func(t *testing.T) {
			want := answerTo(t, without, said)
			assert.Equal(t, want, answerTo(t, with, said))
			if want == http.StatusSwitchingProtocols {
				links++
			}
		})
	}
	assert.Positive(t, links)
}

func FuzzHandshake(f *testing.F) {
	for _, said := range handshakes {
		f.Add(said)
	}
	with, without := both(f)
	f.Fuzz(func(t *testing.T, said string) {
		require.Equal(t, answerTo(t, without, said), answerTo(t, with, said))
	})
}

func TestARequestMayComeInPieces(t *testing.T) {
	h := start(t, newDomain(), Config{})
	conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	for text := handshakeText(); text != ""; {
		piece := text[:min(50, len(text))]
		text = text[len(piece):]
		_, err := io.WriteString(conn, piece)
		require.NoError(t, err)
		time.Sleep(time.Millisecond)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
	assert.Equal(t, 1, h.Links())
	require.Eventually(t, h.noHandshakes, patience, time.Millisecond)
}

// listening returns a Server and what it is to take connections of.
func listening(t *testing.T, m Meter) (*Server, net.Listener) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return New(Config{}, newDomain(), m, slog.New(slog.DiscardHandler)), inner
}

// serveWith has handler answer what is no link's.
func serveWith(t *testing.T, s *Server, inner net.Listener, handler http.HandlerFunc) {
	server := &http.Server{Handler: handler, ConnState: s.ConnState, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go server.Serve(s.Listener(inner))
	t.Cleanup(func() { server.Close() })
}

func TestOthersAreServedFromTheirFirstByteOn(t *testing.T) {
	s, inner := listening(t, quiet{})
	serveWith(t, s, inner, func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		w.Write(sent)
	})
	sent := strings.Repeat("0123456789", 10_000)
	for range 3 { // on one connection
		response, err := http.Post("http://"+inner.Addr().String()+wire.Path, "text/plain", strings.NewReader(sent))
		require.NoError(t, err)
		got, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		response.Body.Close()
		assert.True(t, sent == string(got), "%d bytes came back", len(got))
	}
	assert.Equal(t, 1, s.bounds.handshaking(), "the connection that stays")
	http.DefaultClient.CloseIdleConnections()
	require.Eventually(t, (&harness{Server: s}).noHandshakes, patience, time.Millisecond)
}

func TestWhoAsksForNothingIsLeft(t *testing.T) {
	h := start(t, newDomain(), Config{HelloTimeout: 50 * time.Millisecond})
	for _, said := range []string{"", "GET ", handshakeText()[:100]} {
		conn, err := net.Dial("tcp", h.http.Listener.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, said)
		require.NoError(t, err)
		conn.SetReadDeadline(time.Now().Add(patience))
		_, err = conn.Read(make([]byte, 1))
		assert.ErrorIs(t, err, io.EOF)
	}
	require.Eventually(t, h.noHandshakes, patience, time.Millisecond)
}

func TestAListenerThatClosesEndsWhoHasSaidNothing(t *testing.T) {
	s, inner := listening(t, quiet{})
	l := s.Listener(inner)
	silent, err := net.Dial("tcp", inner.Addr().String())
	require.NoError(t, err)
	defer silent.Close()
	other, err := net.Dial("tcp", inner.Addr().String())
	require.NoError(t, err)
	defer other.Close()
	_, err = io.WriteString(other, "another protocol") // and nobody accepts it
	require.NoError(t, err)
	h := &harness{Server: s}
	require.Eventually(t, func() bool { return s.bounds.handshaking() == 2 }, patience, time.Millisecond)
	require.NoError(t, l.Close())
	_, err = l.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)
	for _, conn := range []net.Conn{silent, other} {
		conn.SetReadDeadline(time.Now().Add(patience))
		_, err = conn.Read(make([]byte, 1))
		require.Error(t, err)
		assert.False(t, timedOut(err), "%v", err)
	}
	require.Eventually(t, h.noHandshakes, patience, time.Millisecond)
	assert.ErrorIs(t, l.Close(), net.ErrClosed, "the second time")
}

// failing is a listener whose first Accept fails in a way that may pass.
type failing struct {
	net.Listener
	failed bool
}

func (f *failing) Accept() (net.Conn, error) {
	if !f.failed {
		f.failed = true
		return nil, passing{errors.New("too many open files")}
	}
	return f.Listener.Accept()
}

type passing struct{ error }

func (passing) Timeout() bool   { return false }
func (passing) Temporary() bool { return true }

func TestAnAcceptThatFailedIsTriedAgain(t *testing.T) {
	s, inner := listening(t, quiet{})
	serveWith(t, s, &failing{Listener: inner}, http.NotFound)
	assert.Equal(t, http.StatusSwitchingProtocols, answerTo(t, inner.Addr().String(), handshakeText()))
	assert.Equal(t, http.StatusNotFound, answerTo(t, inner.Addr().String(), handshakes["another path"]))
}

// broken is a Meter that panics where links are refused.
type broken struct{ meter }

func (broken) LinkRefused(string) { panic("broken") }

func TestAPanicEndsOneHandshake(t *testing.T) {
	panics := make(chan struct{}, 1)
	s, inner := listening(t, broken{meter{panics: panics}})
	serveWith(t, s, inner, http.NotFound)
	assert.Zero(t, answerTo(t, inner.Addr().String(), handshakes["a bad opening"]))
	await(t, panics)
	assert.Equal(t, http.StatusSwitchingProtocols, answerTo(t, inner.Addr().String(), handshakeText()))
	require.Eventually(t, (&harness{Server: s}).noHandshakes, patience, time.Millisecond)
}
