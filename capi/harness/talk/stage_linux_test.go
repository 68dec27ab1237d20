package talk

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/chaos"
	"github.com/banter-im/banter/capi/harness/rig"
	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/usersig"
)

const (
	appID  = 1400000001
	appKey = "secret"
	// patience bounds the wait for what must happen. It is no expectation.
	patience = 60 * time.Second
)

// run is one run: its nodes, its devices, and what is known of them.
type run struct {
	t       *testing.T
	built   string
	program string // the puppet
	model   *Model
	figures *chaos.Figures
	calm    bool // nothing fails
	long    bool
	users   []string
	devices []*device
	nodes   []*node
	between []*rig.Proxy // what the nodes tell each other goes through these

	mu      sync.Mutex
	wrongs  []string
	log     *os.File // of everything, if it is wanted
	tickets int
	traced  int                  // calls
	locks   map[Side]*sync.Mutex // held by what concerns all of a side
}

func (r *run) wrong(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	r.wrongs = append(r.wrongs, text)
	r.note("WRONG: %s", text)
	r.trace("WRONG: %s", text)
}

func (r *run) isWrong() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.wrongs) > 0
}

// trace notes what is only wanted to find out how something came about.
func (r *run) trace(format string, args ...any) {
	if r.log != nil {
		fmt.Fprintln(r.log, time.Now().Format("15:04:05.000"), fmt.Sprintf(format, args...))
	}
}

func (r *run) note(format string, args ...any) {
	fmt.Fprintln(os.Stderr, time.Now().Format("15:04:05.000"), fmt.Sprintf(format, args...))
}

// ticket makes a ticket; no two are the same.
func (r *run) ticket(user string) string {
	r.mu.Lock()
	r.tickets++
	salt := fmt.Sprint(r.tickets)
	r.mu.Unlock()
	return usersig.Sign(appID, []byte(appKey), user, time.Now(), 4*time.Hour, []byte(salt))
}

// node is a `banterd serve`, with its address the same after each start.
type node struct {
	run    *run
	config string
	log    string
	server *rig.Server
}

// addNodes starts nodes on a store; on none there is one node with a store of its own.
func (r *run) addNodes(store string, count int) {
	var clusters []string
	for range count {
		clusters = append(clusters, freeport.Address(r.t))
	}
	for i := range count {
		folder := r.t.TempDir()
		n := &node{run: r, config: filepath.Join(folder, "banterd.toml"), log: filepath.Join(folder, "log"),
			server: &rig.Server{AppID: appID, Key: appKey, URL: freeport.Address(r.t), REST: freeport.Address(r.t)}}
		key := filepath.Join(folder, "key")
		require.NoError(r.t, os.WriteFile(key, []byte(appKey), 0o600))
		cluster := ""
		if count > 1 {
			var peers []string
			for j, address := range clusters {
				if j != i {
					peers = append(peers, r.proxy(address).Address())
				}
			}
			cluster = fmt.Sprintf("cluster_listen = %q\ncluster_peers = %q\n", clusters[i], strings.Join(peers, ","))
		}
		text := fmt.Sprintf("[server]\ndata = %q\nlease = '3s'\nlisten = %q\nadmin_listen = %q\nstore = %q\n%s"+
			"[messages]\nrecall_window = '24h'\n[limits]\nmax_per_address = 1000\n[[apps]]\nid = %d\nkey_file = %q\nlogin_policy = 'multi'\n",
			filepath.Join(folder, "data"), n.server.URL, n.server.REST, store, cluster, appID, key)
		require.NoError(r.t, os.WriteFile(n.config, []byte(text), 0o600))
		r.nodes = append(r.nodes, n)
	}
	for _, n := range r.nodes {
		require.NoError(r.t, n.server.Start(r.built, n.log, "serve", "--config", n.config))
		r.t.Cleanup(func() { n.server.Stop(syscall.SIGKILL) })
	}
	for _, n := range r.nodes {
		require.NoError(r.t, n.awaitReady())
	}
}

// proxy starts a proxy between nodes.
func (r *run) proxy(to string) *rig.Proxy {
	p, err := rig.StartProxy(to)
	require.NoError(r.t, err)
	r.t.Cleanup(p.Close)
	r.between = append(r.between, p)
	return p
}

// crash kills the node, and starts it again a moment later.
func (n *node) crash(down time.Duration) error {
	n.server.Stop(syscall.SIGKILL)
	time.Sleep(down)
	if err := n.server.Start(n.run.built, n.log, "serve", "--config", n.config); err != nil {
		return err
	}
	return n.awaitReady()
}

func (n *node) awaitReady() error {
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		response, err := http.Get("http://" + n.server.REST + "/readyz")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(n.log)
			return fmt.Errorf("a node does not get ready: %s", text)
		}
	}
}

// peers returns how many other nodes a node can talk to.
func (n *node) peers() string {
	response, err := http.Get("http://" + n.server.REST + "/metrics")
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	_, after, _ := strings.Cut(string(text), "\nbanter_bus_peers ")
	line, _, _ := strings.Cut(after, "\n")
	return line
}

var administrator = &http.Client{Timeout: patience}

// refusal is what a REST call that failed was answered with.
type refusal struct {
	ErrorCode int
	ErrorInfo string
}

func (r refusal) Error() string { return fmt.Sprintf("%d %s", r.ErrorCode, r.ErrorInfo) }

// rest makes a REST call to a node.
func (n *node) rest(command string, body, answer any) error {
	n.run.figures.Count("calls", command)
	n.run.trace("REST: %s %s", command, jsonOf(body))
	url := fmt.Sprintf("http://%s/v4/openim/%s?sdkappid=%d&identifier=administrator&usersig=%s&random=1&contenttype=json",
		n.server.REST, command, appID, n.run.ticket("administrator"))
	response, err := administrator.Post(url, "application/json", strings.NewReader(jsonOf(body)))
	if err != nil {
		n.run.figures.Count("codes", command+" broken off")
		return err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var result refusal
	if err := json.Unmarshal(raw, &result); err != nil {
		return err
	}
	n.run.figures.Count("codes", fmt.Sprint(command, " ", result.ErrorCode))
	n.run.trace("REST: %s was answered with %s", command, raw)
	if result.ErrorCode != 0 {
		return result
	}
	return json.Unmarshal(raw, answer)
}

// addDevices gives each user a device on each platform, and starts them.
func (r *run) addDevices(users, platforms []string) {
	r.users = users
	for i, user := range users {
		for j, platform := range platforms {
			var links []*rig.Proxy
			for k := range r.nodes {
				p, err := rig.StartProxy(r.nodes[(i+j+k)%len(r.nodes)].server.URL)
				require.NoError(r.t, err)
				r.t.Cleanup(p.Close)
				links = append(links, p)
			}
			r.addDevice(user, platform, links)
		}
	}
	r.each(func(d *device) error { return d.start() })
	r.t.Cleanup(func() {
		for _, d := range r.devices {
			if d.puppet != nil {
				d.puppet.Kill()
			}
		}
	})
	for _, user := range users {
		for _, peer := range users {
			if user != peer {
				r.locks[Side{user, peer}] = &sync.Mutex{}
			}
		}
	}
}

// each does something with all devices at the same time.
func (r *run) each(do func(d *device) error) {
	var running sync.WaitGroup
	for _, d := range r.devices {
		running.Go(func() {
			if err := do(d); err != nil {
				r.wrong("%v", err)
			}
		})
	}
	running.Wait()
}

// newRun sets up a run on PostgreSQL with that many nodes, or on SQLite with one.
func newRun(t *testing.T, nodes int, postgres bool, users ...string) *run {
	built, err := rig.Build()
	require.NoError(t, err)
	r := &run{t: t, built: built, model: NewModel(), figures: chaos.NewFigures(), locks: map[Side]*sync.Mutex{}}
	if path := os.Getenv(envTrace); path != "" {
		r.log, err = os.Create(path)
		require.NoError(t, err)
		t.Cleanup(func() { r.log.Close() })
	}
	r.program, err = rig.CompilePuppet(built, t.TempDir())
	require.NoError(t, err)
	store := ""
	if postgres {
		store = pgtest.Start(t).Database(t)
	}
	r.addNodes(store, nodes)
	r.addDevices(users, []string{"linux", "android"})
	return r
}
