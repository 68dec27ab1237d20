package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

// proxy stands in front of a node, and knows each client by the address it was dialled at.
type proxy struct {
	stage *stage
	node  *node

	mu    sync.Mutex
	delay map[string]time.Duration // of every packet; up to half as much again at random
	links map[string][]*net.TCPConn
}

// keepalive is that of the nodes.
var keepalive = net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2}

func newProxy(s *stage, n *node) {
	p := &proxy{stage: s, node: n, delay: map[string]time.Duration{}, links: map[string][]*net.TCPConn{}}
	s.proxies = append(s.proxies, p)
	config := net.ListenConfig{KeepAliveConfig: keepalive}
	listener, err := config.Listen(context.Background(), "tcp", fmt.Sprint("0.0.0.0:", n.proxied))
	require.NoError(s.t, err)
	s.t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(conn.(*net.TCPConn))
		}
	}()
}

func (p *proxy) serve(client *net.TCPConn) {
	who := client.LocalAddr().(*net.TCPAddr).IP.String()
	conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", p.node.players))
	if err != nil {
		reset(client)
		return
	}
	server := conn.(*net.TCPConn)
	p.mu.Lock()
	p.links[who] = append(p.links[who], client, server)
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pump(who, client, server) })
	both.Go(func() { p.pump(who, server, client) })
	both.Wait()
	client.Close()
	server.Close()
	p.forget(who, client, server)
}

func (p *proxy) forget(who string, conns ...*net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []*net.TCPConn
	for _, conn := range p.links[who] {
		if conn != conns[0] && conn != conns[1] {
			left = append(left, conn)
		}
	}
	p.links[who] = left
}

// reset closes a link as a crashed machine does.
func reset(conn *net.TCPConn) {
	conn.SetLinger(0)
	conn.Close()
}

// packet is what was read at once, and when it is to be written.
type packet struct {
	data []byte
	due  time.Time
}

// pump carries what comes from one end to the other, and then its end: a reset as a reset.
func (p *proxy) pump(who string, from, to *net.TCPConn) {
	packets := make(chan packet, 64)
	var err error
	go func() {
		defer close(packets)
		for {
			data := make([]byte, 4096)
			var n int
			if n, err = from.Read(data); err != nil {
				return
			}
			packets <- packet{data[:n], time.Now().Add(p.delayOf(who))}
		}
	}()
	broken := false
	for next := range packets {
		time.Sleep(time.Until(next.due))
		if _, err := to.Write(next.data); err != nil && !broken {
			broken = true
			reset(from)
		}
	}
	if !errors.Is(err, io.EOF) {
		reset(to)
		return
	}
	to.CloseWrite()
}

func (p *proxy) delayOf(who string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	delay := p.delay[who]
	if delay == 0 {
		return 0
	}
	return delay + rand.N(delay/2)
}

// slow delays a client's packets, by 0 no more.
func (s *stage) slow(c *client, delay time.Duration) {
	for _, p := range s.proxies {
		p.mu.Lock()
		p.delay[serverSide(c.index)] = delay
		p.mu.Unlock()
	}
}

// cut resets a client's links.
func (s *stage) cut(c *client) {
	for _, p := range s.proxies {
		p.mu.Lock()
		links := p.links[serverSide(c.index)]
		p.mu.Unlock()
		for _, link := range links {
			reset(link)
		}
	}
}
