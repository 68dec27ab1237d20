package suite

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/usersig"
)

// proxy carries connections to a server. Its handshake says where one wants to go.
type proxy struct {
	t         *testing.T
	listener  net.Listener
	server    string // where all are taken, whatever they want
	handshake func(net.Conn) (wanted string, err error)
	wrap      func(net.Conn) net.Conn // sees what is carried; or nil

	mu     sync.Mutex
	closed bool // takes nobody
	open   []net.Conn
	wanted []string
}

func startProxy(t *testing.T, server string, handshake func(net.Conn) (string, error)) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{t: t, listener: listener, server: server, handshake: handshake}
	t.Cleanup(func() {
		listener.Close()
		p.cut()
	})
	go p.accept()
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if p.add(client) {
			go p.carry(client)
		}
	}
}

// add notes a connection, or closes it when the proxy takes nobody.
func (p *proxy) add(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		conn.Close()
		return false
	}
	p.open = append(p.open, conn)
	return true
}

func (p *proxy) carry(client net.Conn) {
	defer client.Close()
	wanted, err := p.handshake(client)
	p.mu.Lock()
	p.wanted = append(p.wanted, wanted)
	p.mu.Unlock()
	if err != nil {
		return
	}
	server, err := net.Dial("tcp", p.server)
	if err != nil || !p.add(server) {
		return
	}
	defer server.Close()
	if p.wrap != nil {
		client = p.wrap(client)
	}
	go func() {
		io.Copy(server, client)
		server.Close()
	}()
	io.Copy(client, server)
}

// cut ends every connection, and takes nobody until mend.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, conn := range p.open {
		conn.Close()
	}
	p.open = nil
}

func (p *proxy) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = false
}

// asked returns where connections wanted to go.
func (p *proxy) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.wanted...)
}

// transparent is the handshake of a proxy that clients know nothing of.
func transparent(net.Conn) (string, error) { return "", nil }

var errPassword = errors.New("a wrong user or password")

// connect is the handshake of an HTTP proxy that lets ann in, with her password.
func connect(client net.Conn) (string, error) {
	request, err := http.ReadRequest(bufio.NewReader(client))
	if err != nil {
		return "", err
	}
	if request.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("ann:secret")) {
		io.WriteString(client, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		return request.Host, errPassword
	}
	_, err = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	return request.Method + " " + request.Host, err
}

// socks5 is that of RFC 1928 and RFC 1929, for names and IPv4 addresses.
func socks5(client net.Conn) (string, error) {
	in := bufio.NewReader(client)
	read := func(n byte) []byte {
		data := make([]byte, n)
		io.ReadFull(in, data) // what is missing is found wrong below
		return data
	}
	read(read(2)[1])
	client.Write([]byte{5, 2})
	user := read(read(2)[1])
	password := read(read(1)[0])
	if string(user) != "ann" || string(password) != "secret" {
		client.Write([]byte{1, 1})
		return "", errPassword
	}
	client.Write([]byte{1, 0})
	var host string
	switch read(4)[3] {
	case 1:
		host = net.IP(read(4)).String()
	case 3:
		host = string(read(read(1)[0]))
	default:
		return "", errors.New("an address of another kind")
	}
	port := read(2)
	_, err := client.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return net.JoinHostPort(host, strconv.Itoa(int(port[0])<<8|int(port[1]))), err
}

// through sets a proxy by TIMSetConfig, whose keys begin with kind.
func (p *puppet) through(kind, address, password string) {
	p.t.Helper()
	host, port, _ := net.SplitHostPort(address)
	answer := p.do("TIMSetConfig", text(fmt.Sprintf(`{"set_config_%[1]s":{"%[1]s_ip":%[2]q,"%[1]s_port":%[3]s,
		"%[1]s_username":"ann","%[1]s_password":%[4]q}}`, kind, host, port, password)))
	require.Zero(p.t, answer.Code, *answer.Desc)
}

func TestLoginThroughAProxy(t *testing.T) {
	s := startServer(t)
	address := strings.TrimPrefix(s.URL, "ws://")
	for kind, tt := range map[string]struct {
		handshake func(net.Conn) (string, error)
		asked     string
	}{
		"http_proxy_info":   {connect, "CONNECT " + address},
		"socks5_proxy_info": {socks5, address},
	} {
		t.Run(kind, func(t *testing.T) {
			proxy := startProxy(t, address, tt.handshake)
			p := startPuppet(t)
			p.listen(onNetwork)
			p.through(kind, proxy.address(), "wrong")
			p.init(s.AppID, configFor(t, s.URL, ""))
			assert.NotContains(t, p.eventWith(onNetwork, "[3,"), "wrong", "no password in what is told")
			p.through(kind, proxy.address(), "secret")
			p.login("alice", s.ticket("alice"), 0)
			assert.Contains(t, proxy.asked(), tt.asked)
			proxy.cut()
			p.eventWith(onNetwork, "[1,")
		})
	}
}

// A private deployment's way: its own address list, the key of its server, and a proxy, which
// alone knows the server's name.
func TestLoginByAddressListWithAPinnedKeyThroughAProxy(t *testing.T) {
	folder := t.TempDir()
	pin := certificate(t, folder)
	proxy := startProxy(t, serve(t, folder), connect)
	ticket := usersig.Sign(9, []byte("the key of app 9"), "alice", time.Now(), time.Hour, nil)
	start := func(t *testing.T, pin string) *puppet {
		p := startPuppet(t)
		p.listen(onNetwork)
		p.through("http_proxy_info", proxy.address(), "secret")
		answer := p.do("callExperimentalAPI", text(fmt.Sprintf(`{"request_internal_operation":"internal_operation_set_custom_server_info",
			"request_set_custom_server_info_param":{"server_public_key":%q,
			"longconnection_address_array":[{"server_address_ip":"chat.example","server_address_port":443}]}}`, pin)))
		require.Zero(t, answer.Code, *answer.Desc)
		p.init(9, configFor(t, "ws://127.0.0.1:1", ""))
		return p
	}
	t.Run("the key that is pinned is trusted", func(t *testing.T) {
		start(t, pin).login("alice", ticket, 0)
		assert.Contains(t, proxy.asked(), "CONNECT chat.example:443")
	})
	t.Run("another is not", func(t *testing.T) {
		p := start(t, base64.StdEncoding.EncodeToString(make([]byte, 32)))
		assert.Contains(t, p.eventWith(onNetwork, "[3,"), "pin")
	})
}
