package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/session"
)

// configFile writes a configuration, and beside it the file "key".
func configFile(t *testing.T, text string) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "key"), []byte("secret\n"), 0o600))
	path := filepath.Join(folder, "banterd.toml")
	text = strings.ReplaceAll(text, "FOLDER", folder)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func environment(of map[string]string) func(string) string {
	return func(name string) string { return of[name] }
}

const oneApp = "\n[[apps]]\nid = 7\nkey_file = 'FOLDER/key'\n"

func TestConfigIsRead(t *testing.T) {
	path := configFile(t, `
[server]
listen = "0.0.0.0:7443"
behind_proxy = true
trusted_proxies = ["10.0.0.1", "fd00::/8"]
[limits]
max_connections = 500
ping_after = "30s"
keepalive_idle = "390s"
give_up = "15m"
[[apps]]
id = 7
key_file = 'FOLDER/key'
admins = ["root"]
login_policy = "multi"
instances = { web = 10, mac = 2 }
kicked_offline_on_reconnect = false
kicked_offline_on_login = true
[[apps]]
id = 8
key_env = "KEY_OF_8"
`)
	env := environment(map[string]string{"KEY_OF_8": "eight"})
	c, err := loadConfig("test", []string{"--config", path}, env, io.Discard)
	require.NoError(t, err)
	o, err := c.options(env)
	require.NoError(t, err)

	assert.Equal(t, "0.0.0.0:7443", o.listen)
	assert.Equal(t, "127.0.0.1:7001", o.adminListen, "a default")
	assert.Equal(t, 500, o.gateway.MaxConnections)
	assert.Equal(t, 30*time.Second, o.gateway.PingAfter)
	assert.Equal(t, 390*time.Second, o.gateway.KeepaliveIdle)
	assert.Equal(t, 15*time.Minute, o.chat.GiveUp)
	require.Len(t, o.gateway.TrustedProxies, 2)
	assert.Equal(t, "10.0.0.1/32", o.gateway.TrustedProxies[0].String())
	require.Len(t, o.chat.Apps, 2)
	first, second := o.chat.Apps[0], o.chat.Apps[1]
	assert.Equal(t, "secret", string(first.Key), "without the file's line break")
	assert.Equal(t, []string{"root", "administrator"}, first.Admins)
	assert.Equal(t, session.Policy{Mode: session.Multi, Limits: map[session.Platform]int{"web": 10, "mac": 2}}, first.Policy)
	assert.False(t, first.KickedOnReconnect)
	assert.True(t, first.KickedOnLogin)
	assert.Equal(t, "eight", string(second.Key))
	assert.True(t, second.KickedOnReconnect, "a default")
	assert.False(t, second.KickedOnLogin, "a default")
	assert.Equal(t, []string{"administrator"}, second.Admins)
}

func TestEnvironmentAndFlagsComeOverTheFile(t *testing.T) {
	path := configFile(t, "[server]\nlisten = '127.0.0.1:1'\nadmin_listen = '127.0.0.1:1'\ndata = 'file'\n"+oneApp)
	env := environment(map[string]string{
		"BANTER_SERVER_LISTEN":          "127.0.0.1:2",
		"BANTER_SERVER_ADMIN_LISTEN":    "127.0.0.1:2",
		"BANTER_LIMITS_MAX_PER_ADDRESS": "2",
		"BANTER_SERVER_LOG_LEVEL":       "warn",
	})
	c, err := loadConfig("test", []string{"--config", path, "--listen", "127.0.0.1:3", "--behind-proxy", "--ping-after=3s"}, env, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:3", c.Server.Listen, "the flag")
	assert.Equal(t, "127.0.0.1:2", c.Server.AdminListen, "the environment")
	assert.Equal(t, "file", c.Server.Data, "the file")
	assert.Equal(t, 2, c.Limits.MaxPerAddress)
	assert.Equal(t, "WARN", c.Server.LogLevel.String())
	assert.True(t, c.Server.BehindProxy)
	assert.Equal(t, duration(3*time.Second), c.Limits.PingAfter)
}

var configurations = []struct {
	name, text string
	args       []string
	want       []string // all that is wrong; none is "ok"
}{
	{"a good one", oneApp, nil, nil},
	{"an unknown setting", "[server]\nlisten_on = 'x'\n" + oneApp, nil, []string{"unknown setting server.listen_on"}},
	{"an unknown setting of an app", oneApp + "key = 'abc'\n", nil, []string{"unknown setting apps.key"}},
	{"what is no TOML", "[server", nil, []string{"banterd.toml: toml: line 1"}},
	{"a value of the wrong type", "[limits]\nmax_connections = 'many'\n" + oneApp, nil, []string{"limits.max_connections"}},
	{"no app", "", nil, []string{"apps: at least one"}},
	{"an app without an id", "[[apps]]\nkey_file = 'FOLDER/key'\n", nil, []string{"apps[0]: id: it is missing or 0"}},
	{"an app twice", oneApp + oneApp, nil, []string{"apps[1]: id: 7 stands twice"}},
	{"an app without a key", "[[apps]]\nid = 7\n", nil, []string{"apps[0]: key_file or key_env: give one of them"}},
	{"an app with two", oneApp + "key_env = 'KEY'\n", nil, []string{"apps[0]: key_file or key_env: give one of them"}},
	{"a key file that is not there", "[[apps]]\nid = 7\nkey_file = 'FOLDER/none'\n", nil, []string{"apps[0]: key_file: read the app key"}},
	{"an empty key", "[[apps]]\nid = 7\nkey_env = 'NO_KEY'\n", nil, []string{"apps[0]: key_env: the environment variable NO_KEY is empty"}},
	{"a bad admin", oneApp + "admins = ['']\n", nil, []string{`apps[0]: admins: "" is not`}},
	{"a bad policy", oneApp + "login_policy = 'quad'\n", nil, []string{`apps[0]: policy "quad"`}},
	{"a bad limit", oneApp + "instances = { web = 11 }\n", nil, []string{"apps[0]: the limit of web is 11"}},
	{"a limit of a platform that is none", oneApp + "instances = { tv = 1 }\n", nil, []string{`apps[0]: platform "tv"`}},
	{"a switch that is no bool", oneApp + "kicked_offline_on_login = 'yes'\n", nil, []string{"kicked_offline_on_login"}},
	{"players from outside without TLS", "[server]\nlisten = '0.0.0.0:7000'\n" + oneApp, nil, []string{"server.listen: 0.0.0.0:7000 is open to others"}},
	{"so an address that names no host", "[server]\nlisten = ':7000'\n" + oneApp, nil, []string{"server.listen: :7000 is open to others"}},
	{"half of a certificate", "[server]\ntls_cert = 'x'\n" + oneApp, nil, []string{"server.tls_cert and server.tls_key: one is missing"}},
	{"a certificate that is not there", "[server]\ntls_cert = 'x'\ntls_key = 'y'\n" + oneApp, nil, []string{"server.tls_cert and server.tls_key: open x"}},
	{"a proxy without a name", "[server]\nbehind_proxy = true\n" + oneApp, nil, []string{"server.trusted_proxies: name the proxy's addresses"}},
	{"a proxy's bad name", "[server]\ntrusted_proxies = ['proxy']\n" + oneApp, nil, []string{`server.trusted_proxies: "proxy" is no address`}},
	{"a store that is no database", "[server]\nstore = 'mysql://u:secret@h/d'\n" + oneApp, nil, []string{"server.store: it is no address of a PostgreSQL"}},
	{"a node's name that is too long", "[server]\nnode = '" + strings.Repeat("n", 33) + "'\n" + oneApp, nil, []string{"server.node: it is not 1 to 32"}},
	{"a lease that nobody can keep", "[server]\nlease = '9ms'\n" + oneApp, nil, []string{"server.lease: it is less than 1s"}},
	{"a database", "[server]\nstore = 'postgres://u:secret@h/d'\n" + oneApp, nil, nil},
	{"a database by flag", oneApp, []string{"--store", "postgres://u@h/d"}, nil},
	{"a password by flag", oneApp, []string{"--store", "postgres://u:secret@h/d"}, []string{"--store: others can read a flag"}},
	{"a password by flag, as a parameter", oneApp, []string{"--store", "postgres://h/d?password=secret"}, []string{"--store: others can read a flag"}},
	{"a negative limit", "[limits]\nping_after = '-1s'\n" + oneApp, nil, []string{"limits.ping_after: it is negative"}},
	{"a flag's bad value", oneApp, []string{"--max-connections", "many"}, []string{`--max-connections: "many" is no value for it`}},
	{"everything at once", "[server]\nlisten = '7000'\ndata = ''\n", nil,
		[]string{`server.listen: "7000" is no host:port`, "server.data: a folder is needed", "apps: at least one"}},
}

func TestConfigCheckNamesWhatIsWrong(t *testing.T) {
	for _, tt := range configurations {
		t.Run(tt.name, func(t *testing.T) {
			var stdout strings.Builder
			args := append([]string{"config", "check", "--config", configFile(t, tt.text)}, tt.args...)
			err := run(t.Context(), args, noEnv, nil, &stdout, io.Discard)
			if tt.want == nil {
				assert.NoError(t, err)
				assert.Equal(t, "ok\n", stdout.String())
				return
			}
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "secret")
			for _, want := range tt.want {
				assert.Contains(t, err.Error(), want)
			}
			assert.Empty(t, stdout.String())
		})
	}
}

func TestServeNeedsAConfiguration(t *testing.T) {
	for _, args := range [][]string{{"serve"}, {"config", "check"}, {"serve", "--config", "/none"}, {"config"}} {
		assert.Error(t, run(t.Context(), args, noEnv, nil, io.Discard, io.Discard), args)
	}
}

func TestEverySettingHasItsOwnFlag(t *testing.T) {
	c := defaultConfig()
	seen := map[string]bool{"config": true}
	for _, s := range c.settings() {
		assert.False(t, seen[s.flag()], s.flag())
		seen[s.flag()] = true
	}
}
