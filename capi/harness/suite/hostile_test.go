package suite

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A server that does what ours never does, and then is good again. Whatever it does, each call is
// answered once, no call hangs, and the game's session goes on in the end.

// front takes a game's connections: to a good server, or to what a test does in its place.
type front struct {
	t        *testing.T
	listener net.Listener
	to       string
	taken    atomic.Int64

	mu   sync.Mutex
	bad  func(net.Conn) // nil: it is good
	open map[net.Conn]bool
}

func startFront(t *testing.T, s *server) *front {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := &front{t: t, listener: listener, to: strings.TrimPrefix(s.URL, "ws://"), open: map[net.Conn]bool{}}
	t.Cleanup(func() {
		listener.Close()
		f.turn(func(net.Conn) {})
	})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.taken.Add(1)
			go f.take(conn)
		}
	}()
	return f
}

func (f *front) url() string { return "ws://" + f.listener.Addr().String() }

// turn changes what it does, and ends the connections that it has.
func (f *front) turn(bad func(net.Conn)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bad = bad
	for conn := range f.open {
		conn.Close()
	}
}

func (f *front) add(conn net.Conn) func(net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open[conn] = true
	return f.bad
}

func (f *front) end(conn net.Conn) {
	conn.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.open, conn)
}

func (f *front) take(client net.Conn) {
	bad := f.add(client)
	defer f.end(client)
	if bad != nil {
		bad(client)
		return
	}
	server, err := net.Dial("tcp", f.to)
	if err != nil {
		return
	}
	f.add(server)
	defer f.end(server)
	go func() {
		io.Copy(server, client)
		server.Close()
	}()
	io.Copy(client, server)
}

// says answers the request for a WebSocket with a text, and then reads until the client goes.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		io.WriteString(conn, text)
		io.Copy(io.Discard, conn)
	}
}

// pours writes a text again and again, for as long as the client takes it.
func pours(begin, text string) func(net.Conn) {
	return func(conn net.Conn) {
		io.WriteString(conn, begin)
		for _, err := io.WriteString(conn, text); err == nil; {
			_, err = io.WriteString(conn, text)
		}
	}
}

// drips writes a byte at a time.
func drips(text string) func(net.Conn) {
	return func(conn net.Conn) {
		for i := range len(text) {
			if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
				return
			}
			time.Sleep(200 * time.Millisecond)
		}
	}
}

// upgraded makes a WebSocket of a connection, and hands it on.
func upgraded(then func(*websocket.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var upgrader websocket.Upgrader
			socket, err := upgrader.Upgrade(w, r, nil)
			if err == nil {
				then(socket)
				socket.Close()
			}
		})}
		gone := &goneConn{Conn: conn, gone: make(chan struct{})}
		server.Serve(&oneConn{conn: gone})
		<-gone.gone
	}
}

// goneConn tells when it was closed. Its deadlines are not touched for that: the server's are meant to wake
// whoever reads, while the connection is handed over.
type goneConn struct {
	net.Conn
	once sync.Once
	gone chan struct{}
}

func (c *goneConn) Close() error {
	c.once.Do(func() { close(c.gone) })
	return c.Conn.Close()
}

// oneConn is a listener that has one connection.
type oneConn struct {
	conn net.Conn
	done bool
}

func (l *oneConn) Accept() (net.Conn, error) {
	if l.done {
		return nil, io.EOF
	}
	l.done = true
	return l.conn, nil
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }

// onHello does something as soon as hello has come.
func onHello(do func(*websocket.Conn)) func(net.Conn) {
	return upgraded(func(socket *websocket.Conn) {
		if _, _, err := socket.ReadMessage(); err == nil {
			do(socket)
			io.Copy(io.Discard, socket.NetConn())
		}
	})
}

func frames(texts ...string) func(*websocket.Conn) {
	return func(socket *websocket.Conn) {
		for _, text := range texts {
			socket.WriteMessage(websocket.TextMessage, []byte(text))
		}
	}
}

// rawly writes bytes that are no frame of the library's.
func rawly(bytes string) func(*websocket.Conn) {
	return func(socket *websocket.Conn) { io.WriteString(socket.NetConn(), bytes) }
}

const redirect = "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"

// strangers are servers that no login comes to, and what the game is told of a dial; 0: it may be
// one of several codes.
var strangers = []struct {
	name string
	does func(net.Conn)
	code int
}{
	{"closes at once", func(net.Conn) {}, 0},
	{"a redirect", says(redirect), 9511},
	{"401", says("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"), 9511},
	{"500 with a body that has no end", pours("HTTP/1.1 500 No\r\n\r\n", strings.Repeat("a", 1<<16)), 0},
	{"200", says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), 9511},
	{"no HTTP", says("SSH-2.0-OpenSSH_9.2\r\n"), 0},
	{"a header without an end", pours("HTTP/1.1 101 Switching Protocols\r\n", strings.Repeat("X-A: aaaaaaaaaaaaaaa\r\n", 1000)), 9511},
	{"another server's key", says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"), 9511},
	{"closes after the upgrade", upgraded(func(*websocket.Conn) {}), 0},
	{"closes after hello", onHello(func(socket *websocket.Conn) { socket.Close() }), 0},
	{"no JSON", onHello(frames("hello")), 9508},
	{"no UTF-8", onHello(frames("{\"id\":1,\"desc\":\"\xff\"}")), 9508},
	{"a wrong type", onHello(frames(`{"id":1,"body":{"server_time_ms":"now"}}`)), 9508},
	{"an id that is text", onHello(frames(`{"id":"1","body":{}}`)), 9508},
	{"neither answer nor event", onHello(frames(`{"body":{}}`)), 9508},
	{"both", onHello(frames(`{"id":1,"event":"kicked"}`)), 9508},
	{"JSON that is too deep", onHello(frames(`{"id":1,"body":` + strings.Repeat("[", 1<<16))), 9508},
	{"binary", onHello(func(socket *websocket.Conn) { socket.WriteMessage(websocket.BinaryMessage, []byte("{}")) }), 9508},
	{"a frame of 5 MB", onHello(frames(strings.Repeat("a", 5<<20))), 0},
	{"a frame of 2^63 bytes", onHello(rawly("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff")), 0},
	{"compressed though nobody asked", onHello(rawly("\xc1\x02{}")), 0},
	{"a masked frame", onHello(rawly("\x81\x82\x00\x00\x00\x00{}")), 0},
	{"a rest without a beginning", onHello(rawly("\x80\x02{}")), 0},
	{"pings as fast as it can", onHello(func(socket *websocket.Conn) {
		pours("", strings.Repeat("\x89\x00", 1<<12))(socket.NetConn())
	}), 0},
	{"events as fast as it can", onHello(func(socket *websocket.Conn) {
		pours("", strings.Repeat("\x81\x7d{\"event\":\""+strings.Repeat("x", 125-12)+"\"}", 1<<10))(socket.NetConn())
	}), 9511},
}

// slowStrangers answer too late: the client gives each of them ten seconds.
var slowStrangers = []struct {
	name string
	does func(net.Conn)
}{
	{"nothing", says("")},
	{"a byte at a time", drips("HTTP/1.1 101 Switching Protocols\r\n" + strings.Repeat("X-A: a\r\n", 1000))},
	{"pieces of a frame that has no end", onHello(func(socket *websocket.Conn) {
		if _, err := io.WriteString(socket.NetConn(), "\x01\x01{"); err == nil {
			drips(strings.Repeat("\x00\x00", 1000))(socket.NetConn())
		}
	})},
	{"an answer to another hello", onHello(frames(`{"id":2,"body":{}}`))},
}

func TestLoginOutlivesStrangeServers(t *testing.T) {
	s := startServer(t)
	f := startFront(t, s)
	p := startPuppet(t)
	p.listen(onNetwork, onKicked, onExpired)
	p.init(s.AppID, configFor(t, f.url(), ""))
	p.eventWith(onNetwork, "[0,")
	for _, tt := range strangers {
		t.Run(tt.name, func(t *testing.T) {
			p.t = t
			defer func() { p.t = f.t }()
			require.Zero(t, p.do("TIMLogout").Code)
			p.held = nil
			f.turn(tt.does)
			p.logsInOnceItIsGood(f, s, tt.code)
		})
	}
}

// logsInOnceItIsGood logs in while the server is strange, has the server turn good when the game was told
// so, with a code unless it is 0, and awaits the login.
func (p *puppet) logsInOnceItIsGood(f *front, s *server, code int) {
	t := p.t
	t.Helper()
	before := f.taken.Load()
	id, l := p.call("TIMLogin", text("alice"), text(s.ticket("alice")))
	require.Zero(t, l.Result)
	assert.Equal(t, 2, p.status(), "calls do not wait for the server")
	told := p.eventWith(onNetwork, "[3,")
	if code != 0 {
		assert.Contains(t, told, fmt.Sprintf("[3,%d,", code))
	}
	f.turn(nil)
	if answer := p.answer(id); answer.Code != 0 { // the machine was too slow for a login's 30 s
		require.Contains(t, []int{9520, 9523}, answer.Code, *answer.Desc)
		p.login("alice", s.ticket("alice"), 0)
	}
	assert.Less(t, f.taken.Load()-before, int64(60))
	p.checkOnline("alice")
	assert.Equal(t, 1, p.answered(id))
}

func TestLoginOutlivesSlowServers(t *testing.T) {
	s := startServer(t)
	for _, tt := range slowStrangers {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := startFront(t, s)
			f.turn(tt.does)
			p := startPuppet(t)
			p.listen(onNetwork, onKicked, onExpired)
			p.init(s.AppID, configFor(t, f.url(), ""))
			p.logsInOnceItIsGood(f, s, 9510)
		})
	}
	t.Run("a TLS server that stalls", func(t *testing.T) {
		t.Parallel()
		f := startFront(t, s)
		f.turn(func(conn net.Conn) {
			io.ReadFull(conn, make([]byte, 100)) // of the ClientHello
			conn.Write([]byte{22, 3, 3, 0, 100}) // a record that does not come
			io.Copy(io.Discard, conn)
		})
		p := startPuppet(t)
		p.listen(onNetwork)
		p.init(s.AppID, configFor(t, strings.Replace(f.url(), "ws:", "wss:", 1), `"sdk_config_tls_pin_sha256":"`+strings.Repeat("A", 43)+`="`))
		assert.Contains(t, p.eventWith(onNetwork, "[3,"), "[3,9510,")
	})
}
