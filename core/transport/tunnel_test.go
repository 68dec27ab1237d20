package transport

import (
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tunnel answers CONNECT, and carries bytes between the client and address.
func tunnel(t *testing.T, w http.ResponseWriter, address string) {
	server, err := net.Dial("tcp", address)
	if !assert.NoError(t, err) {
		return
	}
	defer server.Close()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if !assert.NoError(t, err) {
		return
	}
	defer client.Close()
	io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	spawn(func() { io.Copy(server, buffered) })
	io.Copy(client, server)
}

// socks is a SOCKS5 proxy that lets ann in, with her password, and returns its address.
func socks(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	spawn(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			spawn(func() { socksOnce(t, client) })
		}
	})
	return listener.Addr().String()
}

// socksOnce plays one client's part of RFC 1928 and RFC 1929, for an IPv4 address.
func socksOnce(t *testing.T, client net.Conn) {
	defer client.Close()
	read := func(n int) []byte {
		data := make([]byte, n)
		_, err := io.ReadFull(client, data)
		assert.NoError(t, err)
		return data
	}
	methods := read(2)[1]
	assert.Contains(t, read(int(methods)), byte(2), "user and password are offered")
	client.Write([]byte{5, 2})
	assert.Equal(t, "\x01\x03ann\x06secret", string(read(2+3+1+6)))
	client.Write([]byte{1, 0})
	request := read(10)
	assert.Equal(t, []byte{5, 1, 0, 1}, request[:4])
	port := int(request[8])<<8 | int(request[9])
	server, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: request[4:8], Port: port})
	if !assert.NoError(t, err) {
		return
	}
	defer server.Close()
	client.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	spawn(func() { io.Copy(server, client) })
	io.Copy(client, server)
}
