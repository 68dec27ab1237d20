// Package transport carries frames between a client and its server: one WebSocket,
// over which hello has been said. It dials (TLS, proxies), keeps the link alive, and says
// with a code of the TIM C API why a dial or a link failed. It knows nothing of logins.
package transport

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/websocket"
)

// DialTimeout bounds a whole dial: name, TCP, TLS, upgrade and the answer to hello.
const DialTimeout = 10 * time.Second

// maxReceive bounds a frame of the server, in bytes.
const maxReceive = 4 << 20

// maxBeforeHello bounds all that a server may send until it has answered hello, in bytes: of a
// header that has no end, the standard library would keep all.
const maxBeforeHello = 1 << 20

// Target is where a link leads, and how.
type Target struct {
	URL   string // ws://host:port/path or wss://…
	TLS   TLS
	Proxy *url.URL // http://… (CONNECT) or socks5://…; nil is none. The environment's is never used.

	PreferIPv6 bool // where both can be had; otherwise the system's order decides
}

// Dial opens a link to target with an opening: hello has been said over it then, and its request
// was sent. spawn runs the link's goroutines. A failure is a *timerr.Error: its code says what went wrong, and it is an ErrPermanent when
// the server refused hello or a setting is wrong. Dial returns soon after ctx has ended.
func Dial(ctx context.Context, target Target, opening Opening, spawn func(func())) (*Link, error) {
	ctx, cancel := context.WithTimeout(ctx, DialTimeout)
	defer cancel()
	tlsConfig, err := target.TLS.config()
	if err != nil {
		return nil, err
	}
	header, err := opening.header()
	if err != nil {
		return nil, err
	}
	var tcp net.Conn
	var bounded *boundedConn
	release := func() bool { return true }
	dialer := websocket.Dialer{
		NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialTCP(ctx, network, address, target.PreferIPv6)
			if err != nil {
				return nil, err
			}
			// Neither the upgrade nor hello looks at ctx: a closed connection ends both.
			tcp, release = conn, context.AfterFunc(ctx, func() { conn.Close() })
			bounded = &boundedConn{Conn: conn, left: maxBeforeHello}
			return bounded, nil
		},
		TLSClientConfig: tlsConfig,
		ReadBufferSize:  4 << 10,
		WriteBufferSize: 4 << 10,
	}
	if target.Proxy != nil {
		dialer.Proxy = http.ProxyURL(target.Proxy)
	}
	conn, response, err := dialer.DialContext(ctx, target.URL, header)
	if err != nil {
		return nil, dialError(ctx, target, response, err)
	}
	l, err := begin(conn, opening, taken(response), spawn)
	if err == nil && !release() {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, dialError(ctx, target, nil, err)
	}
	bounded.lift()
	setKeepalive(tcp, l.welcome)
	return l, nil
}

// boundedConn is a connection of which only so many bytes can be read, until that is lifted. It is
// used by one goroutine at a time.
type boundedConn struct {
	net.Conn
	left   int
	lifted bool
}

func (c *boundedConn) lift() { c.lifted = true }

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.lifted {
		return c.Conn.Read(p)
	}
	if c.left <= 0 {
		return 0, errEndless
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// dialTCP connects over IPv6 or IPv4, whichever answers first, and keeps the connection
// alive from its first second; setKeepalive then follows the server's settings.
func dialTCP(ctx context.Context, network, address string, preferIPv6 bool) (net.Conn, error) {
	dialer := net.Dialer{KeepAliveConfig: keepalive(defaultWelcome)}
	if preferIPv6 {
		if conn, err := dialIPv6(ctx, dialer, address); err == nil {
			setUserTimeout(conn, defaultWelcome)
			return conn, nil
		}
	}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	setUserTimeout(conn, defaultWelcome)
	return conn, nil
}

// ipv6Timeout is how long IPv6 is waited for where it is preferred: a network that only
// seems to have it must leave time for IPv4.
const ipv6Timeout = 2 * time.Second

func dialIPv6(ctx context.Context, dialer net.Dialer, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, ipv6Timeout)
	defer cancel()
	return dialer.DialContext(ctx, "tcp6", address)
}
