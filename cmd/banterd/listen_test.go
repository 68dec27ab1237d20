package main

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.8.8.8": true, "::1": true, "localhost": true,
		"": false, "0.0.0.0": false, "::": false, "192.0.2.1": false, "chat.example": false,
	} {
		assert.Equal(t, want, isLoopback(host), host)
	}
}

func TestReachable(t *testing.T) {
	at := func(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 7000} }
	assert.Equal(t, "127.0.0.1:7000", reachable(at("127.0.0.1")))
	assert.Equal(t, "[::1]:7000", reachable(at("::1")))
	for _, every := range []string{"0.0.0.0", "::"} {
		host, port, err := net.SplitHostPort(reachable(at(every)))
		require.NoError(t, err)
		assert.Equal(t, "7000", port)
		assert.False(t, net.ParseIP(host).IsUnspecified())
	}
}
