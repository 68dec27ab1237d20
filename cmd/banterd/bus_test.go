package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBusConfigCheckNamesWhatIsWrong(t *testing.T) {
	tests := []struct {
		name, text string
		want       string // "" is "ok"
	}{
		{"servers", "bus = 'nats://a,b'", ""},
		{"servers with a user", "bus = 'tls://a'\nbus_user = 'game'\nbus_token_file = 'FOLDER/key'", ""},
		{"a cluster", "cluster_listen = '0.0.0.0:6222'\ncluster_peers = 'b:6222, c:6222'\nbus_token_env = 'TOKEN'", ""},
		{"a cluster of one machine", "cluster_listen = '127.0.0.1:6222'", ""},
		{"TLS in a cluster", "cluster_listen = '127.0.0.1:6222'\nbus_tls_ca = 'FOLDER/cert.pem'\n" +
			"bus_tls_cert = 'FOLDER/cert.pem'\nbus_tls_key = 'FOLDER/key.pem'", ""},
		{"both", "bus = 'nats://a'\ncluster_listen = '127.0.0.1:6222'", "server.bus and server.cluster_listen: give one"},
		{"neither", "cluster_peers = 'b:6222'", "server.bus or server.cluster_listen: one of them is needed"},
		{"what is no server", "bus = 'a:4222'", "server.bus: address 1: it begins with neither"},
		{"a password in the address", "bus = 'nats://game:s3cret@a'", "server.bus: address 1: it holds credentials"},
		{"a cluster open to all", "cluster_listen = ':6222'", "server.cluster_listen and server.cluster_peers: :6222 is open to others"},
		{"a peer without a port", "cluster_listen = '127.0.0.1:6222'\ncluster_peers = 'b'", `"b" is no host:port`},
		{"two tokens", "bus = 'nats://a'\nbus_token_file = 'x'\nbus_token_env = 'y'", "server.bus_token_file and server.bus_token_env: give one"},
		{"a token that is not there", "bus = 'nats://a'\nbus_token_env = 'NONE'", "server.bus_token_env: the environment variable NONE is empty"},
		{"a user without a password", "bus = 'nats://a'\nbus_user = 'game'", "the password of server.bus_user is needed"},
		{"half of a certificate", "bus = 'tls://a'\nbus_tls_cert = 'FOLDER/cert.pem'", "server.bus_tls_cert and server.bus_tls_key: open"},
		{"no certificate", "bus = 'tls://a'\nbus_tls_ca = 'FOLDER/key'", "server.bus_tls_ca: it holds no certificate"},
		{"half of a cluster's TLS", "cluster_listen = '127.0.0.1:6222'\nbus_tls_ca = 'FOLDER/cert.pem'", "a cluster needs all of them"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := configFile(t, "[server]\n"+tt.text+oneApp)
			writeCertificate(t, filepath.Dir(path))
			env := environment(map[string]string{"TOKEN": "s3cret"})
			err := run(t.Context(), []string{"config", "check", "--config", path}, env, nil, io.Discard, io.Discard)
			if tt.want == "" {
				assert.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
			assert.NotContains(t, err.Error(), "s3cret")
		})
	}
}

// serveNode runs `banterd serve` until the test ends, and returns its operators' address.
func serveNode(t *testing.T, log io.Writer, args ...string) string {
	t.Helper()
	players, operators := freeAddress(t), freeAddress(t)
	path := configFile(t, "[server]\ndata = 'FOLDER/data'\nlog_level = 'debug'\n"+oneApp)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		args := append([]string{"serve", "--config", path, "--listen", players, "--admin-listen", operators}, args...)
		ended <- run(ctx, args, environment(map[string]string{"TOKEN": "s3cret"}), nil, log, log)
	}()
	t.Cleanup(func() {
		cancel()
		assert.NoError(t, <-ended)
	})
	return operators
}

func metric(operators, name string) string {
	response, err := http.Get("http://" + operators + "/metrics")
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return ""
	}
	found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(text)
	if found == nil {
		return ""
	}
	return string(found[1])
}

func TestNodesFormACluster(t *testing.T) {
	var log safeBuffer
	addresses := []string{freeAddress(t), freeAddress(t), freeAddress(t)}
	var nodes []string
	for _, address := range addresses {
		nodes = append(nodes, serveNode(t, &log, "--bus-token-env", "TOKEN",
			"--cluster-listen", address, "--cluster-peers", strings.Join(addresses, ",")))
	}
	for _, operators := range nodes {
		require.Eventually(t, func() bool { return metric(operators, "banter_bus_peers") == "2" }, patience, 10*time.Millisecond, &log)
		assert.Equal(t, "1", metric(operators, "banter_bus_connected"))
	}
	assert.NotContains(t, log.String(), "s3cret")
}

func TestANodeServesWhileItsBusIsAway(t *testing.T) {
	var log safeBuffer
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, nobody.Close())
	operators := serveNode(t, &log, "--bus", "nats://"+nobody.Addr().String())
	require.Eventually(t, func() bool { return metric(operators, "banter_bus_connected") == "0" }, patience, 10*time.Millisecond, &log)
	response, err := http.Get("http://" + operators + "/readyz")
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusOK, response.StatusCode)
}
