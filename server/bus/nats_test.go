package bus

import (
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/server/bus/bustest"
	"github.com/banter-im/banter/server/chat"
)

// patience is long enough for anything that is to happen. No test that passes waits for it.
const patience = 20 * time.Second

func eventually(t *testing.T, what func() bool, message string) {
	t.Helper()
	require.Eventually(t, what, patience, 5*time.Millisecond, message)
}

// startServer starts a NATS server as an operator has one. Port -1 is a free one.
func startServer(t *testing.T, port int, change func(*server.Options)) *server.Server {
	t.Helper()
	options := &server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true}
	if change != nil {
		change(options)
	}
	s, err := server.NewServer(options)
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(patience))
	t.Cleanup(func() { stopServer(s) })
	return s
}

func stopServer(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

func portOf(s *server.Server) int { return s.Addr().(*net.TCPAddr).Port }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func dial(t *testing.T, s *server.Server) *NATS {
	t.Helper()
	n, err := Dial(NATSConfig{Servers: []string{s.ClientURL()}, Announce: 200 * time.Millisecond}, quiet())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, n.Close()) })
	return n
}

// meet waits until every end knows every other.
func meet(t *testing.T, ends ...*NATS) {
	t.Helper()
	for _, n := range ends {
		eventually(t, func() bool { return n.Peers() == len(ends)-1 }, "the ends do not know each other")
	}
}

// form starts a cluster of nodes that know the first one's address.
func form(t *testing.T, nodes int) []*NATS {
	t.Helper()
	var ends []*NATS
	seed := freeport.Address(t)
	for i := range nodes {
		cfg := ClusterConfig{Listen: seed, Peers: []string{seed}, Secret: "secret", Announce: 200 * time.Millisecond}
		if i > 0 {
			cfg.Listen = freeport.Address(t)
		}
		ends = append(ends, join(t, cfg, quiet()))
	}
	meet(t, ends...)
	return ends
}

func join(t *testing.T, cfg ClusterConfig, log *slog.Logger) *NATS {
	t.Helper()
	n, err := Form(cfg, log)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, n.Close()) })
	return n
}

func TestNATS(t *testing.T) {
	s := startServer(t, -1, nil)
	bustest.Run(t, func(t *testing.T) (a, b chat.Bus) {
		first, second := dial(t, s), dial(t, s)
		meet(t, first, second)
		return first, second
	})
}

func TestClusterOfThree(t *testing.T) {
	bustest.Run(t, func(t *testing.T) (a, b chat.Bus) {
		ends := form(t, 3)
		return ends[1], ends[2]
	})
}
