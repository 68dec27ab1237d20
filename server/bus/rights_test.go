package bus

import (
	"crypto/tls"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/bus/bustest"
	"github.com/banter-im/banter/server/chat"
)

// What docs/operations.md tells operators to allow is enough.
func TestAUserOfBanterAlone(t *testing.T) {
	only := &server.SubjectPermission{Allow: []string{"banter.>"}}
	s := startServer(t, -1, func(o *server.Options) {
		o.Users = []*server.User{{Username: "game", Password: "s3cret",
			Permissions: &server.Permissions{Publish: only, Subscribe: only}}}
	})
	bustest.Run(t, func(t *testing.T) (a, b chat.Bus) {
		var ends []*NATS
		for range 2 {
			n, err := Dial(NATSConfig{Servers: []string{s.ClientURL()}, User: "game", Secret: "s3cret"}, quiet())
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, n.Close()) })
			ends = append(ends, n)
		}
		meet(t, ends...)
		return ends[0], ends[1]
	})
}

func TestServersOverTLS(t *testing.T) {
	ours := newAuthority(t)
	s := startServer(t, -1, func(o *server.Options) {
		o.TLSConfig, o.TLSVerify, o.TLSTimeout = ours.node(t), true, 2
	})
	tests := []struct {
		name string
		tls  *tls.Config
		in   bool
	}{
		{"a node of the same authority is let in", ours.node(t), true},
		{"one of another is not, nor does it trust the server", newAuthority(t).node(t), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := Dial(NATSConfig{Servers: []string{"tls://" + s.Addr().String()}, TLS: tt.tls}, quiet())
			require.NoError(t, err)
			assert.Equal(t, tt.in, n.Connected())
			assert.NoError(t, n.Close())
		})
	}
}
