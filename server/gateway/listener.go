package gateway

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/banter-im/banter/internal/wire"
)

// listener takes, of the connections to another one, those that begin as links do, and leaves the rest to
// an http.Server. To become a link a connection needs no more of net/http than that its request is
// read. A whole http.Server gives it a goroutine whose stack has to grow first, another one that
// watches for its end, and 12 KB of buffers that are lost once the link takes it over: a tenth of
// what a login costs.
//
// It only takes what is beyond doubt: a plain handshake and nothing behind it, which has come
// within one buffer. Whatever is otherwise, or wrong, the http.Server gets from its first byte on, and
// does with it what it does with everything.
type listener struct {
	net.Listener
	server *Server
	others chan net.Conn // are the http.Server's
	failed chan error    // of the other listener's Accept

	mu      sync.Mutex
	reading map[net.Conn]struct{} // have not sent their requests yet; nil: closed
	closed  chan struct{}
}

// Listener returns what is to be served with the Server as the handler of wire.Path and its ConnState
// as the hook, and makes links of what it can. With TLS the http.Server is to have them all: so it can
// tell those who do not speak it.
func (s *Server) Listener(connections net.Listener) net.Listener {
	l := &listener{Listener: connections, server: s, others: make(chan net.Conn), failed: make(chan error),
		reading: map[net.Conn]struct{}{}, closed: make(chan struct{})}
	go l.run()
	return l
}

// Accept returns a connection that is not one of a link. Its errors are those of the other listener, which
// is not asked again before the http.Server has seen them: it waits then, if that may help.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.others:
		return conn, nil
	case err := <-l.failed:
		return nil, err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close also ends the connections that have sent no request yet.
func (l *listener) Close() error {
	l.mu.Lock()
	reading := l.reading
	if l.reading = nil; reading != nil {
		close(l.closed)
	}
	l.mu.Unlock()
	for conn := range reading {
		conn.Close()
	}
	return l.Listener.Close()
}

func (l *listener) run() {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			select {
			case l.failed <- err:
				continue
			case <-l.closed:
				return
			}
		}
		l.server.ConnState(conn, http.StateNew)
		l.server.crew.run(func() {
			if link := l.receive(conn); link != nil {
				link.serve()
			}
		})
	}
}

// receive returns the link that a connection has become.
func (l *listener) receive(conn net.Conn) (made *link) {
	defer func() {
		if r := recover(); r != nil {
			l.server.panicked("panic in a handshake", r)
			conn.Close()
			l.server.ConnState(conn, http.StateClosed)
		}
	}()
	head := heads.Get().(*[4 << 10]byte)
	defer heads.Put(head)
	said, whole, err := l.read(conn, head[:])
	if err != nil {
		conn.Close()
		l.server.ConnState(conn, http.StateClosed)
		return nil
	}
	answered := false
	if whole {
		made, answered = l.link(conn, said)
	}
	if !answered {
		l.pass(conn, bytes.Clone(said))
	}
	return made
}

// link answers what a connection has said, if there is nothing wrong with it.
func (l *listener) link(conn net.Conn, said []byte) (made *link, answered bool) {
	p := parsers.Get().(*parser)
	defer p.done()
	r := p.parse(said)
	if r == nil {
		return nil, false
	}
	r.RemoteAddr = conn.RemoteAddr().String()
	w := &answer{conn: conn, buffers: p.buffers}
	made = l.server.link(w, r)
	w.finish()
	l.server.ConnState(conn, http.StateHijacked)
	return made, true
}

// pass gives the http.Server a connection, and what has been read of it.
func (l *listener) pass(conn net.Conn, said []byte) {
	conn.SetReadDeadline(time.Time{})
	passed := &passed{Conn: conn, said: said}
	l.server.bounds.passed(conn, passed)
	select {
	case l.others <- passed:
	case <-l.closed:
		conn.Close()
		l.server.ConnState(passed, http.StateClosed)
	}
}

// begin notes a connection that is to be read until its request has come, unless all is over.
func (l *listener) begin(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reading == nil {
		return false
	}
	l.reading[conn] = struct{}{}
	return true
}

func (l *listener) end(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.reading, conn)
}

// passed is a connection of which something has been read.
type passed struct {
	net.Conn
	said []byte // and is to be read again
}

func (p *passed) Read(into []byte) (int, error) {
	if len(p.said) == 0 {
		return p.Conn.Read(into)
	}
	n := copy(into, p.said)
	p.said = p.said[n:]
	return n, nil
}

// heads keeps what requests are read into, of which each connection that has said nothing yet has one.
var heads = sync.Pool{New: func() any { return new([4 << 10]byte) }}

// parser reads requests, one after the other.
type parser struct {
	request bytes.Reader
	buffers *bufio.ReadWriter
}

var parsers = sync.Pool{New: func() any {
	return &parser{buffers: bufio.NewReadWriter(bufio.NewReaderSize(nil, 4<<10), bufio.NewWriterSize(nil, 512))}
}}

// done forgets the connection.
func (p *parser) done() {
	p.request.Reset(nil)
	p.buffers.Reader.Reset(nil)
	p.buffers.Writer.Reset(nil)
	parsers.Put(p)
}

// How the request for a link begins and ends.
var (
	requestLine = []byte("GET " + wire.Path + " HTTP/1.1\r\n")
	requestEnd  = []byte("\r\n\r\n")
)

// read returns what a connection says, and whether that is a whole request for a link and nothing more. If
// it is not going to be one, not all may have been read.
func (l *listener) read(conn net.Conn, into []byte) (said []byte, whole bool, err error) {
	if !l.begin(conn) {
		return nil, false, net.ErrClosed
	}
	defer l.end(conn)
	conn.SetReadDeadline(time.Now().Add(l.server.cfg.HelloTimeout))
	for n := 0; n < len(into); {
		more, err := conn.Read(into[n:])
		if n += more; err != nil && (err != io.EOF || n == 0) {
			return nil, false, err
		}
		said = into[:n]
		begun := min(n, len(requestLine))
		if !bytes.Equal(said[:begun], requestLine[:begun]) {
			return said, false, nil
		}
		if end := bytes.Index(said, requestEnd); end >= 0 {
			return said, end+len(requestEnd) == n, nil
		}
		if err != nil {
			break
		}
	}
	return said, false, nil
}

// parse returns the request, or nil if there is something wrong with it.
func (p *parser) parse(said []byte) *http.Request {
	p.request.Reset(said)
	p.buffers.Reader.Reset(&p.request)
	request, err := http.ReadRequest(p.buffers.Reader)
	if err != nil || !valid(request) || p.buffers.Reader.Buffered() > 0 {
		return nil
	}
	return request
}

// valid says whether a request has nothing that an http.Server refuses and http.ReadRequest does not.
func valid(r *http.Request) bool {
	if r.Host == "" || !httpguts.ValidHostHeader(r.Host) {
		return false
	}
	for name, values := range r.Header {
		if !httpguts.ValidHeaderFieldName(name) || slices.ContainsFunc(values, invalidValue) {
			return false
		}
	}
	return true
}

func invalidValue(value string) bool { return !httpguts.ValidHeaderFieldValue(value) }
