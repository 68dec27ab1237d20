package chaos

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"
)

// node is a banterd that may be gone at the moment.
type node struct {
	stage            *stage
	name             string
	players, proxied int // ports
	rest             string
	cluster          string
	config           string

	mu      sync.Mutex
	process *process
	before  float64 // logins of the processes before
}

// cluster is the nodes' addresses for each other.
func clusterAddress(i int) string { return fmt.Sprintf("127.0.0.1:%d", 6222+i) }

// addNodes writes the nodes' configurations. Half of them have a name, and so free their own
// sessions when they come back; the others have another one each time.
func (s *stage) addNodes(count int, lease string) {
	var peers []string
	for i := range count {
		peers = append(peers, clusterAddress(i))
	}
	for i := range count {
		n := &node{stage: s, name: fmt.Sprint("node-", i), players: 7001 + i, proxied: 8001 + i,
			rest: fmt.Sprintf("127.0.0.1:%d", 9001+i), cluster: clusterAddress(i)}
		folder := filepath.Join(s.folder, n.name)
		require.NoError(s.t, os.MkdirAll(folder, 0o700))
		n.config = filepath.Join(folder, "banterd.toml")
		require.NoError(s.t, os.WriteFile(n.config, []byte(s.nodeConfig(n, i, folder, lease, peers)), 0o600))
		s.nodes = append(s.nodes, n)
		newProxy(s, n)
	}
}

func (s *stage) nodeConfig(n *node, i int, folder, lease string, peers []string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "[server]\ndata = %q\nlease = %q\nlisten = '0.0.0.0:%d'\nadmin_listen = %q\nstore = %q\nlog_level = 'debug'\n",
		folder+"/data", lease, n.players, n.rest, s.store)
	fmt.Fprintf(&text, "cluster_listen = %q\ncluster_peers = %q\ntls_cert = %q\ntls_key = %q\n",
		n.cluster, strings.Join(peers, ","), s.certificate.path, s.certificate.key)
	if i%2 == 0 {
		fmt.Fprintf(&text, "node = %q\n", n.name)
	}
	// Half-open links are found in 3 s, so that a storm sees that.
	text.WriteString("[limits]\nkeepalive_idle = '1s'\nkeepalive_every = '1s'\nkeepalive_count = 2\ngive_up = '90s'\n" +
		"failed_logins_per_account = 10000\nfailed_logins_per_address = 100000\nexpiring_ahead = '2s'\n")
	for _, a := range s.apps {
		fmt.Fprintf(&text, "[[apps]]\nid = %d\nkey_file = %q\nlogin_policy = %q\nkicked_offline_on_login = %v\nwebhook_url = %q\n",
			a.id, s.folder+"/key", a.policy.Name, a.onLogin, s.backend.url)
		if len(a.policy.Limits) > 0 {
			text.WriteString("instances = {")
			sep := " "
			for platform, limit := range a.policy.Limits {
				fmt.Fprintf(&text, "%s%s = %d", sep, platform, limit)
				sep = ", "
			}
			text.WriteString(" }\n")
		}
	}
	return text.String()
}

// start starts the node and waits until it is ready.
func (n *node) start() {
	log, err := os.OpenFile(filepath.Join(filepath.Dir(n.config), "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(n.stage.t, err)
	defer log.Close()
	cmd := exec.Command(filepath.Join(n.stage.built, "bin", "banterd"), "serve", "--config", n.config)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		n.stage.wrong("%s did not start: %v", n.name, err)
		return
	}
	n.mu.Lock()
	n.process = &process{cmd: cmd}
	n.mu.Unlock()
	n.awaitReady()
}

func (n *node) awaitReady() {
	for deadline := time.Now().Add(patience); !n.ready(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			n.stage.wrong("%s is not ready after %v, and its log ends: %s", n.name, patience, n.lastWords())
			return
		}
	}
}

// patience bounds waits. It is no expectation.
const patience = 60 * time.Second

var operators = &http.Client{Timeout: 5 * time.Second}

func (n *node) ready() bool {
	response, err := operators.Get("http://" + n.rest + "/readyz")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// stop ends the process with a signal, and waits for its end. Its logins are remembered.
func (n *node) stop(signal syscall.Signal) {
	logins := n.metrics().sum("banter_logins_total")
	n.mu.Lock()
	p := n.process
	n.process = nil
	n.before += logins
	n.mu.Unlock()
	if p == nil {
		return
	}
	p.cmd.Process.Signal(signal)
	if err := p.cmd.Wait(); err != nil && signal == syscall.SIGTERM {
		n.stage.wrong("%s did not end well: %v", n.name, err)
	}
}

// signal sends the process a signal.
func (n *node) signal(signal syscall.Signal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.process != nil {
		n.process.cmd.Process.Signal(signal)
	}
}

// logins returns how many logins, resumes and renewals the node has answered, in all its
// processes.
func (n *node) logins() float64 {
	n.mu.Lock()
	before := n.before
	n.mu.Unlock()
	return before + n.metrics().sum("banter_logins_total")
}

// lastWords are the end of the node's log.
func (n *node) lastWords() string {
	log, err := os.ReadFile(filepath.Join(filepath.Dir(n.config), "log"))
	if err != nil {
		return err.Error()
	}
	return string(log[max(0, len(log)-1000):])
}
