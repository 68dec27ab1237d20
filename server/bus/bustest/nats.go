package bustest

import (
	"net"
	"strconv"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// StartNATS starts a NATS server on loopback, as operators have one, and returns its address
// and how to stop it. It ends with the test. An address of one that was stopped is taken
// again; "" is a free one.
func StartNATS(t testing.TB, address string) (taken string, stop func()) {
	t.Helper()
	options := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true}
	if address != "" {
		_, port, err := net.SplitHostPort(address)
		require.NoError(t, err)
		options.Port, err = strconv.Atoi(port)
		require.NoError(t, err)
	}
	s, err := server.NewServer(options)
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(soon))
	stop = func() {
		s.Shutdown()
		s.WaitForShutdown()
	}
	t.Cleanup(stop)
	return s.Addr().String(), stop
}
