package chaos

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/rig"
	"github.com/banter-im/banter/internal/pgtest"
)

// Of the environment: how long a run is to be, what its seed is, and, for the process in
// which it takes place, where the puppet is.
const (
	envLong   = "BANTER_LONG"
	envFor    = "BANTER_CHAOS"
	envSeed   = "BANTER_CHAOS_SEED"
	envPuppet = "BANTER_CHAOS_PUPPET"
)

// TestChaos runs clients against nodes while everything between them fails. The ordinary run
// is short; with BANTER_LONG=1 it takes ten minutes, with BANTER_CHAOS=1h an hour.
func TestChaos(t *testing.T) {
	if puppet := os.Getenv(envPuppet); puppet != "" {
		newRun(t, puppet).play()
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	for _, tool := range []string{"ip", "nft", "nsenter", "gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the run needs %s: %v", tool, err)
		}
	}
	built, err := rig.Build() // out here, where there is a network
	require.NoError(t, err)
	puppet := compilePuppet(t, built)
	cmd := exec.Command(os.Args[0], "-test.run=^TestChaos$", "-test.v", "-test.timeout=0")
	cmd.Env = append(os.Environ(), envPuppet+"="+puppet)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	var out io.Writer = &said
	streams := length(t) > 0 // nobody waits ten minutes for the first line
	if streams {
		out = io.MultiWriter(&said, os.Stderr)
	}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Skipf("no network namespaces here: %v", err)
	}
	err = cmd.Wait()
	if !streams {
		t.Logf("%s", &said)
	}
	require.NoError(t, err)
	if strings.Contains(said.String(), "--- SKIP") {
		t.Skip("the reason is above")
	}
}

// length returns how long the run is to be, or 0 for the short one.
func length(t *testing.T) time.Duration {
	if text := os.Getenv(envFor); text != "" {
		long, err := time.ParseDuration(text)
		require.NoError(t, err, envFor)
		return long
	}
	if os.Getenv(envLong) != "" {
		return 10 * time.Minute
	}
	return 0
}

// compilePuppet builds the program that a client runs.
func compilePuppet(t *testing.T, built string) string {
	program := filepath.Join(t.TempDir(), "puppet")
	lib := filepath.Join(built, "lib")
	cmd := exec.Command("gcc", "-std=gnu11", "-O1", "-g", "-Wall", "-Werror", "-I"+filepath.Join(built, "include"), "-o", program,
		"../puppet.c", "../zz_puppet.c", "-L"+lib, "-Wl,-rpath,"+lib, "-lImSDK", "-lpthread")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

// run is one run: rounds of a storm and a quiet point each.
type run struct {
	*stage
	long       time.Duration // 0: one round, which ends when there was every kind of fault
	storm      time.Duration // the least that one lasts
	troubles   int           // clients that have a fault at a time
	random     *rand.Rand
	acts       *deck
	onClients  *deck
	onNodes    *deck
	begun      time.Time
	firstUsage map[int]usage
}

func newRun(t *testing.T, puppet string) *run {
	built, err := rig.Built()
	require.NoError(t, err)
	r := &run{stage: &stage{t: t, built: built, puppet: puppet, folder: t.TempDir(), figures: NewFigures(),
		instances: map[string]*client{}}, begun: time.Now()}
	seed := uint64(1)
	if text := os.Getenv(envSeed); text != "" {
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, envSeed)
	}
	r.note("the seed is %d", seed)
	r.random = rand.New(rand.NewPCG(seed, 0))
	r.acts = newDeck(r.source(), acts...)
	r.onClients, r.onNodes = newDeck(r.source(), clientKinds...), newDeck(r.source(), nodeKinds...)
	r.apps = []app{
		{1400000001, dual(), false}, {1400000002, multi(map[string]int{"linux": 2, "web": 2}), false},
		{1400000003, single(), true}, {1400000004, triple(), false},
	}
	r.long = length(t)
	r.short = r.long == 0
	r.cast()
	return r
}

// source returns a source of randomness for one goroutine.
func (r *run) source() *rand.Rand { return rand.New(rand.NewPCG(r.random.Uint64(), r.random.Uint64())) }

// cast says who plays, and sets the stage.
func (r *run) cast() {
	platforms := [][]string{
		{"android", "windows", "web", "iphone", "linux"},
		{"linux", "linux", "linux", "web", "android"},
		{"iphone", "web", "mac", "linux", "windows"},
		{"android", "ipad", "windows", "mac", "web"},
	}
	teams, size, nodes, clients := 3, []int{3, 3, 2, 0}, 2, 8
	r.storm, r.troubles = 8*time.Second, 5
	if !r.short {
		teams, size, nodes, clients = 10, []int{5, 5, 5, 5}, 3, 50
		r.storm, r.troubles = 40*time.Second, 10
	}
	require.NoError(r.t, os.WriteFile(filepath.Join(r.folder, "key"), []byte(appKey), 0o600))
	r.layCable(clients)
	r.certify(clients)
	r.database = pgtest.Start(r.t)
	r.store = r.database.Database(r.t)
	r.openStore()
	r.addBackend()
	r.addNodes(nodes, "3s")
	for i := range teams {
		kind := i % len(r.apps)
		r.teams = append(r.teams, r.addTeam(i, r.apps[kind], platforms[kind][:size[kind]], r.source(), r.acts))
	}
	require.Len(r.t, r.clients, clients)
	r.t.Cleanup(r.clear)
	each(r.nodes, (*node).start)
	each(r.clients, func(c *client) {
		if err := c.start(); err != nil {
			r.wrong("%v", err)
		}
	})
}

// each does something for all at the same time.
func each[T any](all []T, do func(T)) {
	var running sync.WaitGroup
	for _, one := range all {
		running.Go(func() { do(one) })
	}
	running.Wait()
}

// clear ends every process.
func (r *run) clear() {
	each(r.clients, (*client).end)
	each(r.nodes, func(n *node) { n.stop(syscall.SIGKILL) })
}

func (r *run) play() {
	require.Empty(r.t, r.wrongs, "the stage")
	each(r.teams, func(t *team) {
		for i, c := range t.devices {
			t.login(c, t.users[i%len(t.users)], time.Hour)
		}
	})
	r.quiet()
	r.firstUsage = r.usages()
	for round := 1; ; round++ {
		r.note("storm %d", round)
		r.rage()
		r.quiet()
		r.calm()
		r.quiet()
		if len(r.wrongs) > 0 || time.Since(r.begun) >= r.long {
			break
		}
	}
	r.compare(r.firstUsage, r.usages())
	r.bounds()
	r.note("%d clients, %d nodes, %v, seed as above\n%s", len(r.clients), len(r.nodes), time.Since(r.begun).Round(time.Second), r.figures)
	require.Empty(r.t, r.wrongs)
}

// rage has everything fail and everybody act, for as long as a storm takes.
func (r *run) rage() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, t := range r.teams {
		running.Go(func() { t.play(ctx) })
	}
	for range r.troubles {
		random := r.source()
		running.Go(func() { r.troubleClients(ctx, r.onClients, random) })
	}
	nodes, chatter := r.source(), r.source()
	running.Go(func() { r.troubleNodes(ctx, r.onNodes, nodes) })
	running.Go(func() { r.chatter(ctx, chatter) })
	pause(ctx, r.storm)
	for !(r.acts.through() && r.onClients.through() && r.onNodes.through()) {
		time.Sleep(100 * time.Millisecond)
	}
	cancel()
	running.Wait()
}

// quiet waits until all agree, and holds that to the model. Nobody acts, so nobody may log
// in or dial.
func (r *run) quiet() {
	if r.short {
		r.networkIsBack()
	}
	online := r.settle()
	for _, t := range r.teams {
		for user, a := range t.accounts {
			if strings.Contains(a.Expected(), " or ") {
				r.figures.Count("accounts at quiet points, as the model expects", "one of several sets")
			} else {
				r.figures.Count("accounts at quiet points, as the model expects", "one set")
			}
			if err := a.Settle(online[accountName(t.app.id, user)]); err != nil {
				r.wrong("%s under %s: %v", user, t.app.policy.Name, err)
			}
		}
	}
	logins, dials := r.logins(), r.dials()
	time.Sleep(time.Second)
	if more := r.logins() - logins; more != 0 {
		r.wrong("%v logins at a quiet point", more)
	}
	if more := r.dials() - dials; more != 0 {
		r.wrong("%v dials at a quiet point", more)
	}
}

// networkIsBack is what a game says when it knows: nobody waits for the time of the next dial.
func (r *run) networkIsBack() {
	for _, c := range r.clients {
		c.call("TIMMsgDoForeground", nil)
	}
}

func (r *run) logins() (sum float64) {
	for _, n := range r.nodes {
		sum += n.logins()
	}
	return sum
}

func (r *run) dials() (sum int) {
	for _, c := range r.clients {
		c.mu.Lock()
		sum += c.link.dials
		c.mu.Unlock()
	}
	return sum
}

// calm has every team act while nothing fails: the model knows exactly what comes of it.
func (r *run) calm() {
	each(r.teams, func(t *team) {
		t.calm = true
		defer func() { t.calm = false }()
		for _, kind := range []string{"login elsewhere", "race", "switch", "login elsewhere"} {
			t.act(kind)
		}
	})
}

// bounds holds the run's counts to each other: nobody loops.
func (r *run) bounds() {
	links, asked, logins := r.figures.Sum("links"), r.figures.Of("calls")["TIMLogin"], r.logins()
	r.note("the nodes answered %v logins, resumes and renewals", logins)
	if int(logins) > asked+links {
		r.wrong("%v logins, resumes and renewals were answered: the games asked for %d, and %d links were made or lost",
			logins, asked, links)
	}
	if sum := r.figures.Of("faults"); len(sum) != len(clientKinds)+len(nodeKinds) {
		r.wrong("not every kind of fault was there: %v", fmt.Sprint(sum))
	}
}
