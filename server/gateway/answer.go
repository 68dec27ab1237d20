package gateway

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"net"
	"net/http"
	"time"
)

// answer is the http.ResponseWriter of a connection that a listener has received. It is a link's, or
// ends with a refusal.
type answer struct {
	conn    net.Conn
	buffers *bufio.ReadWriter
	header  http.Header
	status  int
	body    bytes.Buffer
	taken   bool
}

// Header is http.ResponseWriter's, as the next ones are.
func (a *answer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

func (a *answer) WriteHeader(status int) { a.status = cmp.Or(a.status, status) }

// Hijack is http.Hijacker's.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.taken = true
	return a.conn, a.buffers, nil
}

// finish refuses, unless the connection was taken over.
func (a *answer) finish() {
	if a.taken {
		return
	}
	a.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	refusal := http.Response{StatusCode: cmp.Or(a.status, http.StatusOK), ProtoMajor: 1, ProtoMinor: 1, Header: a.header,
		Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Close: true}
	a.conn.SetWriteDeadline(time.Now().Add(hurry))
	a.buffers.Writer.Reset(a.conn)
	if refusal.Write(a.buffers.Writer) == nil {
		a.buffers.Writer.Flush()
	}
	a.conn.Close()
}
