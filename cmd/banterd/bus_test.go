package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

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
			checkConfiguration(t, "[server]\nstore = 'postgres://banter@db/banter'\n"+tt.text+oneApp, "TOKEN", tt.want)
		})
	}
}

// checkConfiguration requires that a configuration is good, or is refused with want and
// without the secret that stands in a variable of the environment.
func checkConfiguration(t *testing.T, text, variable, want string) {
	t.Helper()
	path := configFile(t, text)
	writeCertificate(t, filepath.Dir(path))
	env := environment(map[string]string{variable: "s3cret"})
	err := run(t.Context(), []string{"config", "check", "--config", path}, env, nil, io.Discard, io.Discard)
	if want == "" {
		assert.NoError(t, err)
		return
	}
	require.ErrorContains(t, err, want)
	assert.NotContains(t, err.Error(), "s3cret")
}

func TestNodesThatTalkToEachOtherNeedASharedStore(t *testing.T) {
	for _, setting := range []string{"bus = 'nats://a'", "cluster_listen = '127.0.0.1:6222'"} {
		path := configFile(t, "[server]\n"+setting+oneApp)
		for _, command := range [][]string{{"config", "check"}, {"serve"}} {
			err := run(t.Context(), append(command, "--config", path), noEnv, nil, io.Discard, io.Discard)
			name, _, _ := strings.Cut(setting, " ")
			assert.ErrorContains(t, err, "server."+name+" and server.store: ", command)
		}
	}
}
