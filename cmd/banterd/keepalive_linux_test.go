package main

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What is set on the listener holds for every connection that it accepts.
func TestDeadLinksAreFoundByTheKernel(t *testing.T) {
	listener, err := listenPlayers(t.Context(), "127.0.0.1:0",
		net.KeepAliveConfig{Enable: true, Idle: 6 * time.Second, Interval: 4 * time.Second, Count: 3})
	require.NoError(t, err)
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	conn, err := listener.Accept()
	require.NoError(t, err)
	defer conn.Close()

	raw, err := conn.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	var on int
	require.NoError(t, raw.Control(func(fd uintptr) { on, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_KEEPALIVE) }))
	require.NoError(t, err)
	assert.Equal(t, 1, on)
	want := map[int]int{unix.TCP_USER_TIMEOUT: 18000, unix.TCP_KEEPIDLE: 6, unix.TCP_KEEPINTVL: 4, unix.TCP_KEEPCNT: 3}
	for option, value := range want {
		var got int
		require.NoError(t, raw.Control(func(fd uintptr) { got, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, option) }))
		require.NoError(t, err)
		assert.Equal(t, value, got, option)
	}
}
