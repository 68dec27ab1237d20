package transport

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIPv6IsPreferredWhereItIs(t *testing.T) {
	v4, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer v4.Close()
	address := "localhost:" + strconv.Itoa(v4.Addr().(*net.TCPAddr).Port)

	conn, err := dialTCP(t.Context(), "tcp", address, true)
	require.NoError(t, err, "IPv4 is good where IPv6 is not")
	assert.Equal(t, v4.Addr(), conn.RemoteAddr())
	conn.Close()

	v6, err := net.Listen("tcp6", "[::1]:"+strconv.Itoa(v4.Addr().(*net.TCPAddr).Port))
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	defer v6.Close()
	if found, err := net.DefaultResolver.LookupNetIP(t.Context(), "ip6", "localhost"); err != nil || len(found) == 0 {
		t.Skip("localhost has no IPv6 address here")
	}
	conn, err = dialTCP(t.Context(), "tcp", address, true)
	require.NoError(t, err)
	assert.Equal(t, v6.Addr(), conn.RemoteAddr())
	conn.Close()
}
