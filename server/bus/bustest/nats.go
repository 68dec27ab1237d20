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
	s, stop := startNATS(t, address)
	return s.Addr().String(), stop
}

// Traffic is what a bus has carried: messages that were given to it, and bytes of them and of
// what it handed on.
type Traffic struct{ Messages, In, Out int64 }

// StartCountedNATS is StartNATS with a count, and returns the address as a URL.
func StartCountedNATS(t testing.TB) (url string, traffic func() Traffic) {
	t.Helper()
	s, _ := startNATS(t, "")
	return s.ClientURL(), func() Traffic {
		v, err := s.Varz(nil)
		require.NoError(t, err)
		return Traffic{v.InMsgs, v.InBytes, v.OutBytes}
	}
}

func startNATS(t testing.TB, address string) (s *server.Server, stop func()) {
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
	return s, stop
}
