package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/banter-im/banter/server/admin"
	"github.com/banter-im/banter/server/bus"
	"github.com/banter-im/banter/server/chat"
)

// busConfig says how this node talks to others: over NATS servers, or in a cluster of the
// nodes. Without either it is alone.
type busConfig struct {
	Bus           string `toml:"bus"`
	ClusterListen string `toml:"cluster_listen"`
	ClusterPeers  string `toml:"cluster_peers"`
	BusUser       string `toml:"bus_user"`
	BusTokenFile  string `toml:"bus_token_file"`
	BusTokenEnv   string `toml:"bus_token_env"`
	BusTLSCA      string `toml:"bus_tls_ca"`
	BusTLSCert    string `toml:"bus_tls_cert"`
	BusTLSKey     string `toml:"bus_tls_key"`
}

// busOptions are what a bus is made of; at most one is there.
type busOptions struct {
	servers *bus.NATSConfig
	cluster *bus.ClusterConfig
}

// options returns what the configuration asks for, or says what is wrong with it.
func (c busConfig) options(getenv func(string) string) (busOptions, error) {
	secret, secretErr := c.secret(getenv)
	security, tlsErr := c.tls()
	problems := []error{secretErr, tlsErr}
	var o busOptions
	switch {
	case c.Bus != "" && c.ClusterListen != "":
		problems = append(problems, errors.New("server.bus and server.cluster_listen: give one of them"))
	case c.Bus != "":
		servers, err := bus.ParseServers(c.Bus)
		problems = append(problems, wrap("server.bus", err))
		o.servers = &bus.NATSConfig{Servers: servers, User: c.BusUser, Secret: secret, TLS: security}
	case c.ClusterListen != "":
		o.cluster = &bus.ClusterConfig{Listen: c.ClusterListen, Peers: list(c.ClusterPeers),
			User: c.BusUser, Secret: secret, TLS: security}
		if secretErr == nil {
			problems = append(problems, c.checkCluster(*o.cluster))
		}
	case c != busConfig{}:
		problems = append(problems, errors.New("server.bus or server.cluster_listen: "+
			"one of them is needed, for another setting of the bus is given"))
	}
	return o, errors.Join(problems...)
}

// checkStore refuses a way to other nodes without the store that they share: each would
// think itself alone, and let everybody in.
func (c busConfig) checkStore(store string) error {
	if store != "" {
		return nil
	}
	var problems []error
	for name, value := range map[string]string{"bus": c.Bus, "cluster_listen": c.ClusterListen} {
		if value != "" {
			problems = append(problems, fmt.Errorf("server.%s and server.store: nodes that talk to each other "+
				"share a PostgreSQL database, and server.store names none", name))
		}
	}
	return errors.Join(problems...)
}

// checkCluster says what the cluster's own check does not know of settings.
func (c busConfig) checkCluster(cluster bus.ClusterConfig) error {
	problems := []error{wrap("server.cluster_listen and server.cluster_peers", cluster.Check())}
	if cluster.TLS != nil && (c.BusTLSCA == "" || c.BusTLSCert == "") {
		problems = append(problems, errors.New("server.bus_tls_ca, server.bus_tls_cert and server.bus_tls_key: "+
			"a cluster needs all of them, for its nodes check each other"))
	}
	return errors.Join(problems...)
}

// secret returns the bus's token, or the password of its user. Without one it is "".
func (c busConfig) secret(getenv func(string) string) (string, error) {
	switch {
	case c.BusTokenFile != "" && c.BusTokenEnv != "":
		return "", errors.New("server.bus_token_file and server.bus_token_env: give one of them")
	case c.BusTokenFile != "":
		token, err := readKey(c.BusTokenFile, strings.NewReader("")) // "-" is no file of a server's
		return string(token), wrap("server.bus_token_file", err)
	case c.BusTokenEnv != "":
		token := getenv(c.BusTokenEnv)
		if token == "" {
			return "", fmt.Errorf("server.bus_token_env: the environment variable %s is empty", c.BusTokenEnv)
		}
		return token, nil
	case c.BusUser != "":
		return "", errors.New("server.bus_token_file or server.bus_token_env: the password of server.bus_user is needed")
	}
	return "", nil
}

// tls returns the TLS of the bus, or nil for none.
func (c busConfig) tls() (*tls.Config, error) {
	if c.BusTLSCA == "" && c.BusTLSCert == "" && c.BusTLSKey == "" {
		return nil, nil
	}
	security := &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert}
	if c.BusTLSCA != "" {
		text, err := os.ReadFile(c.BusTLSCA)
		if err != nil {
			return nil, wrap("server.bus_tls_ca", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(bytes.TrimSpace(text)) {
			return nil, errors.New("server.bus_tls_ca: it holds no certificate (PEM)")
		}
		security.RootCAs, security.ClientCAs = pool, pool
	}
	if c.BusTLSCert != "" || c.BusTLSKey != "" {
		pair, err := tls.LoadX509KeyPair(c.BusTLSCert, c.BusTLSKey)
		if err != nil {
			return nil, wrap("server.bus_tls_cert and server.bus_tls_key", err)
		}
		security.Certificates = []tls.Certificate{pair}
	}
	return security, nil
}

// list splits a setting that holds several values.
func list(text string) []string {
	var values []string
	for value := range strings.SplitSeq(text, ",") {
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
	}
	return values
}

// open connects to the bus, and shows its state.
func (o busOptions) open(metrics *admin.Metrics, log *slog.Logger) (chat.Bus, error) {
	var n *bus.NATS
	var err error
	switch {
	case o.servers != nil:
		n, err = bus.Dial(*o.servers, log)
	case o.cluster != nil:
		n, err = bus.Form(*o.cluster, log)
	default:
		return bus.NewHub(log).Connect(), nil
	}
	if err != nil {
		return nil, err
	}
	metrics.Gauge("bus_connected", "1 while the bus has its server, else 0.", func() int {
		if n.Connected() {
			return 1
		}
		return 0
	})
	metrics.Gauge("bus_peers", "Other nodes on the bus.", n.Peers)
	return n, nil
}
