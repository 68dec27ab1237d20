package transport

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"

	"github.com/banter-im/banter/internal/timerr"
)

const (
	silence    = time.Minute     // a server that takes or sends nothing for so long is gone
	lastWords  = 2 * time.Second // for the answer of a server that reads no more
	maxHeader  = 1 << 20         // bytes of an answer before its body
	bufferSize = 32 << 10
)

// HTTP makes requests, one after the other, over one connection that it keeps while the
// server does. It goes to where a Target leads and trusts whom that trusts, as links do. It
// is of HTTP/1.1 what transfers of files need: net/http's own client would add 640 KB to the
// library. One goroutine at a time uses it.
type HTTP struct {
	target Target
	conn   *patient
	reader *bufio.Reader
	header *io.LimitedReader
}

// NewHTTP returns one for the server of target, whose URL is http://… or https://….
func NewHTTP(target Target) *HTTP { return &HTTP{target: target} }

// Do sends a request and returns the answer, whose body is to be closed. Redirects are
// not followed. A failure has a code, as those of Dial have, and names neither path nor query.
func (h *HTTP) Do(ctx context.Context, r *http.Request) (*http.Response, error) {
	if h.conn == nil {
		if err := h.connect(ctx); err != nil {
			return nil, dialError(ctx, h.target, nil, err)
		}
	}
	conn := h.conn
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	response, err := h.exchange(r)
	if err != nil {
		stop()
		h.Close()
		return nil, dialError(ctx, h.target, nil, err)
	}
	b := &body{ReadCloser: response.Body, http: h, stop: stop, keep: !response.Close}
	if response.Body == http.NoBody {
		b.end(true)
	}
	response.Body = b
	return response, nil
}

// Close closes the connection, if there is one.
func (h *HTTP) Close() {
	if h.conn != nil {
		h.conn.Close()
		h.conn = nil
	}
}

func (h *HTTP) exchange(r *http.Request) (*http.Response, error) {
	unsent := r.Write(h.conn)
	if unsent != nil { // the server may have said why it reads no more
		h.conn.patience = lastWords
	}
	for {
		h.header.N = maxHeader
		response, err := http.ReadResponse(h.reader, r)
		if err != nil {
			return nil, errors.Join(unsent, err)
		}
		h.header.N = 1<<63 - 1
		if response.StatusCode >= http.StatusOK || response.StatusCode == http.StatusSwitchingProtocols {
			response.Close = response.Close || unsent != nil
			return response, nil
		}
	}
}

func (h *HTTP) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, DialTimeout)
	defer cancel()
	u, err := url.Parse(h.target.URL)
	if err != nil {
		return badAddress()
	}
	conn, err := h.target.dial(ctx, hostPort(u))
	if err != nil {
		return err
	}
	if u.Scheme == "https" {
		config, err := h.target.TLS.config()
		if err != nil {
			conn.Close()
			return err
		}
		config.ServerName = u.Hostname()
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return err
		}
		conn = secure
	}
	h.conn = &patient{conn, silence}
	h.header = &io.LimitedReader{R: h.conn}
	h.reader = bufio.NewReaderSize(h.header, bufferSize)
	return nil
}

func badAddress() error {
	return &timerr.Error{Code: timerr.HTTPReqFailed, Desc: "the address is none of http:// or https://", Err: ErrPermanent}
}

// hostPort is the address that a URL names.
func hostPort(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// dial connects to address: through the proxy, if there is one.
func (t Target) dial(ctx context.Context, address string) (net.Conn, error) {
	direct := direct{t.PreferIPv6}
	switch {
	case t.Proxy == nil:
		return direct.DialContext(ctx, "tcp", address)
	case t.Proxy.Scheme == "socks5":
		var auth *proxy.Auth
		if user := t.Proxy.User; user != nil {
			password, _ := user.Password()
			auth = &proxy.Auth{User: user.Username(), Password: password}
		}
		dialer, err := proxy.SOCKS5("tcp", t.Proxy.Host, auth, direct)
		if err != nil {
			return nil, err
		}
		return dialer.(proxy.ContextDialer).DialContext(ctx, "tcp", address)
	}
	conn, err := direct.DialContext(ctx, "tcp", t.Proxy.Host)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	if err = tunnelThrough(conn, t.Proxy, address); err == nil && !stop() {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// tunnelThrough has an HTTP proxy connect to address.
func tunnelThrough(conn net.Conn, proxy *url.URL, address string) error {
	header := http.Header{}
	if user := proxy.User; user != nil {
		password, _ := user.Password()
		header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	ask := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: header}
	if err := ask.Write(conn); err != nil {
		return err
	}
	// Nothing comes behind the answer before the server was spoken to.
	response, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, maxHeader)), ask)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New("the proxy answered " + response.Status)
	}
	return nil
}

// direct connects without a proxy.
type direct struct{ preferIPv6 bool }

func (d direct) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return dialTCP(ctx, network, address, d.preferIPv6)
}

func (d direct) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// patient is a connection on which each read and each write has its time.
type patient struct {
	net.Conn
	patience time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	_ = p.SetReadDeadline(time.Now().Add(p.patience))
	return p.Conn.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	_ = p.SetWriteDeadline(time.Now().Add(p.patience))
	return p.Conn.Write(b)
}

// body is an answer's. Read to its end it leaves the connection for the next request.
type body struct {
	io.ReadCloser
	http  *HTTP
	stop  func() bool
	keep  bool
	ended bool
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.end(errors.Is(err, io.EOF))
	}
	return n, err
}

func (b *body) Close() error {
	b.end(false)
	return nil
}

func (b *body) end(whole bool) {
	if b.ended {
		return
	}
	b.ended = true
	if running := b.stop(); !running || !whole || !b.keep {
		b.http.Close()
	}
}
