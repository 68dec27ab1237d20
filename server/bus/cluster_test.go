package bus

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
)

func TestServersThatLostEachOtherTellTheirNodes(t *testing.T) {
	const announce = 200 * time.Millisecond
	seed := freeport.Address(t)
	a := join(t, ClusterConfig{Listen: seed, Announce: announce}, quiet())
	way := startWire(t, seed)
	b := join(t, ClusterConfig{Listen: freeport.Address(t), Peers: []string{way.listener.Addr().String()}, Announce: announce}, quiet())
	meet(t, a, b)
	messages, lagged := listen(t, a)

	way.set(true)
	for _, n := range []*NATS{a, b} {
		eventually(t, func() bool { return n.Peers() == 0 }, "the other is still thought to be there")
		assert.True(t, n.Connected(), "to its own server")
		drain(n.Returned())
	}
	require.NoError(t, b.Publish(t.Context(), subject, []byte("lost")))
	way.set(false)
	receive(t, a.Returned(), "that the bus has returned")
	receive(t, b.Returned(), "that the bus has returned")
	receive(t, lagged, "that messages were lost")
	meet(t, a, b)
	require.NoError(t, b.Publish(t.Context(), subject, []byte("hello")))
	assert.Equal(t, "hello", receive(t, messages, "a message"))
}

// A stranger is one that would join with what it has. It must stay alone.
func TestStrangersStayOutside(t *testing.T) {
	authority := newAuthority(t)
	tests := []struct {
		name           string
		node, stranger ClusterConfig
	}{
		{"with another secret", ClusterConfig{Secret: "s3cret"}, ClusterConfig{Secret: "gue5s"}},
		{"with no secret", ClusterConfig{Secret: "s3cret"}, ClusterConfig{}},
		{"as another user", ClusterConfig{User: "game", Secret: "s3cret"}, ClusterConfig{Secret: "s3cret"}},
		{"with a certificate of another authority", ClusterConfig{TLS: authority.node(t)}, ClusterConfig{TLS: newAuthority(t).node(t)}},
		{"without TLS", ClusterConfig{TLS: authority.node(t)}, ClusterConfig{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // a stranger takes its time
			seed, text := freeport.Address(t), &logText{}
			log := slog.New(slog.NewTextHandler(text, &slog.HandlerOptions{Level: slog.LevelDebug}))
			tt.node.Listen, tt.node.Peers, tt.node.Announce = seed, []string{seed}, 100*time.Millisecond
			tt.stranger.Listen, tt.stranger.Peers = freeport.Address(t), []string{seed}
			friend := tt.node
			friend.Listen = freeport.Address(t)
			a := join(t, tt.node, log)
			stranger := join(t, tt.stranger, log)
			b := join(t, friend, log)
			meet(t, a, b)
			assert.Zero(t, stranger.Peers())
			eventually(t, func() bool { return stranger.embedded.NumRemotes() == 0 }, // it counts one that is about to be refused
				"the stranger has a route")
			assert.NotRegexp(t, "s3cret|gue5s", text.String())
		})
	}
}

func TestClusterCheck(t *testing.T) {
	tests := []struct {
		name string
		cfg  ClusterConfig
		want string
	}{
		{"loopback needs no secret", ClusterConfig{Listen: "127.0.0.1:6222"}, ""},
		{"nor does its name", ClusterConfig{Listen: "localhost:6222"}, ""},
		{"others may come with a secret", ClusterConfig{Listen: "0.0.0.0:6222", Secret: "s"}, ""},
		{"and not without", ClusterConfig{Listen: "10.0.0.1:6222"}, "10.0.0.1:6222 is open to others"},
		{"so an address that names no host", ClusterConfig{Listen: ":6222"}, ":6222 is open to others"},
		{"so a name", ClusterConfig{Listen: "node1:6222"}, "node1:6222 is open to others"},
		{"a port is needed", ClusterConfig{Listen: "127.0.0.1"}, `"127.0.0.1" is no host:port`},
		{"one that others know", ClusterConfig{Listen: "127.0.0.1:0"}, `"127.0.0.1:0" is no host:port`},
		{"of peers, too", ClusterConfig{Listen: "127.0.0.1:6222", Peers: []string{"b"}}, `"b" is no host:port`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.cfg.Check()
			if tt.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

func TestAnAddressThatIsTakenIsToldAtOnce(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, err = Form(ClusterConfig{Listen: listener.Addr().String()}, quiet())
	assert.ErrorContains(t, err, "address already in use")
}

// authority makes certificates for 127.0.0.1.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{certificate, key}
}

// node returns the TLS of a node, which trusts the authority's.
func (a authority) node(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		RootCAs:      pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}
}
