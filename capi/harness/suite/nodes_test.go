//go:build linux

package suite

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/rig"
	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/pgtest"
)

// startNode starts `banterd serve` on a store that other nodes share, or on one of its own if
// that is "". More is configuration that follows [server].
func startNode(t *testing.T, store string, more ...string) *server {
	t.Helper()
	folder := t.TempDir()
	s := &server{t: t, log: folder + "/log",
		Server: &rig.Server{AppID: 1400000001, Key: "secret", URL: freeport.Address(t), REST: freeport.Address(t)}}
	require.NoError(t, os.WriteFile(folder+"/key", []byte(s.Key), 0o600))
	path := filepath.Join(folder, "banterd.toml")
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "[server]\ndata = %q\nlease = '3s'\nlisten = %q\nadmin_listen = %q\nstore = %q\n"+
		"%s\n[[apps]]\nid = %d\nkey_file = %q\n", folder+"/data", s.URL, s.REST, store, strings.Join(more, "\n"), s.AppID, folder+"/key"), 0o600))
	require.NoError(t, s.Start(product(t), s.log, "serve", "--config", path))
	t.Cleanup(func() { s.stop(syscall.SIGTERM) })
	for deadline := time.Now().Add(30 * time.Second); !s.ready(); time.Sleep(20 * time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "the node's log: %s", s.logText())
	}
	return s
}

func (s *server) ready() bool {
	response, err := http.Get("http://" + s.REST + "/readyz")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// addressList is what a game says to callExperimentalAPI to name all its servers.
func addressList(t *testing.T, nodes ...*server) string {
	t.Helper()
	type address struct {
		IP   string `json:"server_address_ip"`
		Port int    `json:"server_address_port"`
	}
	var list []address
	for _, node := range nodes {
		host, port, err := net.SplitHostPort(node.URL)
		require.NoError(t, err)
		number, err := strconv.Atoi(port)
		require.NoError(t, err)
		list = append(list, address{host, number})
	}
	text, err := json.Marshal(map[string]any{
		"request_internal_operation":           "internal_operation_set_custom_server_info",
		"request_set_custom_server_info_param": map[string]any{"longconnection_address_array": list},
	})
	require.NoError(t, err)
	return string(text)
}

// nodesClient is a client that knows of nodes, in this order.
func nodesClient(t *testing.T, nodes ...*server) *puppet {
	t.Helper()
	p := startPuppet(t)
	p.listen(onNetwork, onKicked, onExpired, onNotice)
	require.Zero(t, p.do("callExperimentalAPI", text(addressList(t, nodes...))).Code)
	p.init(nodes[0].AppID, fmt.Sprintf(`{"sdk_config_config_file_path":%q}`, t.TempDir()))
	return p
}

func TestAClientGoesOnWhenItsNodeIsKilled(t *testing.T) {
	database := pgtest.Start(t)
	store := database.Database(t)
	a, b := startNode(t, store), startNode(t, store)
	p := nodesClient(t, a, b)
	assert.Contains(t, p.event(onNetwork), "2,0", "connecting")
	assert.Contains(t, p.event(onNetwork), "0,0", "connected")
	p.login("ann", a.ticket("ann"), 0)
	nodesClient(t, a).login("bob", a.ticket("bob"), 0) // who knows no other node

	a.stop(syscall.SIGKILL)
	p.eventWith(onNetwork, "0,0")
	assert.Equal(t, 1, p.status(), "logged in all the while")
	require.Eventually(t, func() bool { return strings.Contains(b.logText(), "session lost with its node") },
		30*time.Second, 20*time.Millisecond, "until the killed node's lease has run out")
	assert.NotContains(t, b.logText(), `"user":"ann"`, "she had resumed before")
	assert.Equal(t, 1, p.status())
	assert.False(t, p.heard(onKicked))

	second := nodesClient(t, b)
	second.login("ann", b.ticket("ann"), 0)
	p.event(onKicked)
	assert.Equal(t, 3, p.status())
	assert.False(t, second.heard(onKicked))
	pgtest.RequireNoPassword(t, a.logText()+b.logText())
}
