package bus

import (
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// ClusterConfig says how nodes form the cluster of NATS servers among themselves.
type ClusterConfig struct {
	Listen   string      // host:port for the other nodes
	Peers    []string    // host:port of some of them; itself among them does no harm
	User     string      // "": banter
	Secret   string      // of all nodes; "": none, on loopback only
	TLS      *tls.Config // of this node, towards others and for them; nil: plain
	Announce time.Duration
}

// Check says what is wrong with the configuration.
func (c ClusterConfig) Check() error {
	host, _, err := splitAddress(c.Listen)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); c.Secret == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s is open to others, and who joins the cluster can do anything: it needs a secret", c.Listen)
	}
	for _, peer := range c.Peers {
		if _, _, err := splitAddress(peer); err != nil {
			return err
		}
	}
	return nil
}

// splitAddress wants a port that others can be told.
func splitAddress(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("%q is no host:port", address)
	}
	return host, port, nil
}

// The bounds of an embedded server. A message of the bus wraps a frame of a client, which
// has a megabyte at most.
const (
	maxPayload  = 4 << 20
	startWithin = 10 * time.Second
	meetWithin  = 2 * time.Second // before the node works, so that it seldom misses anything
)

// Form starts a NATS server within the process, which joins those of the peers, and
// connects to it. It has no clients but this one.
func Form(cfg ClusterConfig, log *slog.Logger) (*NATS, error) {
	if err := cfg.Check(); err != nil {
		return nil, fmt.Errorf("the cluster's configuration: %w", err)
	}
	if err := canListen(cfg.Listen); err != nil {
		return nil, fmt.Errorf("listen for the cluster: %w", err)
	}
	n := newNATS(cfg.Announce, log)
	token := rand.Text()
	embedded, err := server.NewServer(cfg.serverOptions(n.id, token))
	if err != nil {
		return nil, fmt.Errorf("the cluster's server: %w", err)
	}
	n.embedded = embedded
	embedded.SetLoggerV2(serverLog{log}, false, false, false)
	embedded.Start()
	if !embedded.ReadyForConnections(startWithin) {
		embedded.Shutdown()
		return nil, fmt.Errorf("the cluster's server does not listen on %s", cfg.Listen)
	}
	cfg.meet(embedded)
	if err := n.connect(append(n.options(), nats.InProcessServer(embedded), nats.Token(token))); err != nil {
		embedded.Shutdown()
		return nil, err
	}
	return n, nil
}

// canListen tells of an address that is taken, which the server itself only logs.
func canListen(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return listener.Close()
}

// serverOptions are those of a server whose only client is in the process. The server
// wants a port for clients all the same: it is on loopback, and only token opens it.
func (c ClusterConfig) serverOptions(name, token string) *server.Options {
	host, port, _ := splitAddress(c.Listen) // Check has seen it
	if host == "" {
		host = "0.0.0.0"
	}
	user := c.user()
	options := &server.Options{
		ServerName:    name,
		Host:          "127.0.0.1",
		Port:          server.RANDOM_PORT,
		Authorization: token,
		NoSigs:        true,
		MaxPayload:    maxPayload,
		Cluster: server.ClusterOpts{
			Name: "banter", Host: host, Port: port,
			PoolSize:     -1, // one connection between two, so that everything keeps its order
			PingInterval: 5 * time.Second,
			MaxPingsOut:  2,
		},
	}
	if c.Secret != "" {
		options.Cluster.Username, options.Cluster.Password = user.Username(), c.Secret
		options.Cluster.AuthTimeout = 2
	}
	if c.TLS != nil {
		options.Cluster.TLSConfig, options.Cluster.TLSTimeout = c.TLS, 2
	}
	for _, peer := range c.Peers {
		options.Routes = append(options.Routes, &url.URL{Scheme: "nats-route", Host: peer, User: user})
	}
	return options
}

func (c ClusterConfig) user() *url.Userinfo {
	if c.Secret == "" {
		return nil
	}
	name := c.User
	if name == "" {
		name = "banter"
	}
	return url.UserPassword(name, c.Secret)
}

// meet waits for the peers, but not for those that are down.
func (c ClusterConfig) meet(embedded *server.Server) {
	others := 0
	for _, peer := range c.Peers {
		if peer != c.Listen {
			others++
		}
	}
	for start := time.Now(); embedded.NumRemotes() < others && time.Since(start) < meetWithin; {
		time.Sleep(10 * time.Millisecond)
	}
}

// serverLog gives the lines of the embedded server to our log. Its secrets are not in
// them, for it redacts URLs and is not asked to trace.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(format string, args ...any) { l.log.Debug(line(format, args)) }
func (l serverLog) Warnf(format string, args ...any)   { l.log.Warn(line(format, args)) }
func (l serverLog) Errorf(format string, args ...any)  { l.log.Warn(line(format, args)) }
func (l serverLog) Fatalf(format string, args ...any)  { l.log.Error(line(format, args)) }
func (l serverLog) Debugf(string, ...any)              {}
func (l serverLog) Tracef(string, ...any)              {}

func line(format string, args []any) string { return "cluster: " + fmt.Sprintf(format, args...) }
