package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"
)

// deck deals kinds at random, but each as often as the others.
type deck struct {
	mu     sync.Mutex
	kinds  []string
	left   []string
	random *rand.Rand
	dealt  int
}

func newDeck(random *rand.Rand, kinds ...string) *deck { return &deck{random: random, kinds: kinds} }

func (d *deck) deal() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.left) == 0 {
		for _, i := range d.random.Perm(len(d.kinds)) {
			d.left = append(d.left, d.kinds[i])
		}
	}
	kind := d.left[0]
	d.left = d.left[1:]
	d.dealt++
	return kind
}

// through says whether every kind was dealt at least once since the run began.
func (d *deck) through() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dealt >= len(d.kinds)
}

// clientKinds are the faults of one client's link or process, and nodeKinds those of the
// nodes, their bus, their store and the backend.
var (
	clientKinds = []string{"cut", "refused", "half-open", "loss", "latency", "frozen client"}
	nodeKinds   = []string{"node killed", "node drained", "node frozen", "bus cut", "store away", "store silent", "backend away"}
)

// troubleClients has faults on clients until the storm is over.
func (s *stage) troubleClients(ctx context.Context, d *deck, random *rand.Rand) {
	for ctx.Err() == nil {
		c := s.clients[random.IntN(len(s.clients))]
		for range 3 { // rather somebody who has a session to lose
			if c.loggedIn() == "" {
				c = s.clients[random.IntN(len(s.clients))]
			}
		}
		if !c.faulty.TryLock() {
			continue
		}
		kind := d.deal()
		s.figures.Count("faults", kind)
		over := c.trouble()
		s.troubleClient(ctx, c, kind, s.between(random, 1, 7))
		over()
		c.faulty.Unlock()
		pause(ctx, s.between(random, 0, 1))
	}
}

// between is a random time between two numbers of seconds, half of that in a short run.
func (s *stage) between(random *rand.Rand, least, most int) time.Duration {
	long := time.Duration(least)*time.Second + time.Duration(random.Int64N(int64(most-least)*int64(time.Second)))
	if s.short {
		return long / 2
	}
	return long
}

func (s *stage) troubleClient(ctx context.Context, c *client, kind string, long time.Duration) {
	switch kind {
	case "cut":
		if c.direct() { // its links are reset by the next packet
			s.mark("add", "refused", c)
			defer s.mark("delete", "refused", c)
			pause(ctx, time.Second)
			return
		}
		s.cut(c)
	case "refused":
		s.marked(ctx, c, "refused", long)
	case "half-open":
		s.marked(ctx, c, "dead", long+noticed)
	case "loss":
		s.marked(ctx, c, "lossy", long)
	case "latency":
		s.slow(c, 50*time.Millisecond+long/20)
		pause(ctx, long)
		s.slow(c, 0)
	case "frozen client":
		c.freeze(ctx, long)
	}
}

// noticed is when the keepalive of the nodes' configuration has found a dead link.
const noticed = 4 * time.Second

func (s *stage) marked(ctx context.Context, c *client, set string, long time.Duration) {
	s.mark("add", set, c)
	defer s.mark("delete", set, c)
	pause(ctx, long)
}

// freeze stops the client's process, as a phone does with a game in the background.
func (c *client) freeze(ctx context.Context, long time.Duration) {
	c.mu.Lock()
	p := c.process
	if p != nil {
		p.cmd.Process.Signal(syscall.SIGSTOP)
	}
	c.mu.Unlock()
	pause(ctx, long)
	if p != nil {
		p.cmd.Process.Signal(syscall.SIGCONT) // it may have been killed meanwhile
	}
}

// troubleNodes has one fault of the servers after the other until the storm is over.
func (s *stage) troubleNodes(ctx context.Context, d *deck, random *rand.Rand) {
	for ctx.Err() == nil {
		kind := d.deal()
		s.figures.Count("faults", kind)
		s.note("%s", kind)
		s.troubleNode(ctx, kind, random)
		pause(ctx, s.between(random, 0, 2))
	}
}

func (s *stage) troubleNode(ctx context.Context, kind string, random *rand.Rand) {
	n := s.nodes[random.IntN(len(s.nodes))]
	mortal := s.nodes[1+random.IntN(len(s.nodes)-1)] // the first one lives long, so that what it leaks shows
	switch kind {
	case "node killed":
		mortal.restart(ctx, syscall.SIGKILL, s.between(random, 0, 5))
	case "node drained":
		mortal.restart(ctx, syscall.SIGTERM, s.between(random, 0, 3))
	case "node frozen":
		n.signal(syscall.SIGSTOP)
		pause(ctx, s.between(random, 1, 6))
		n.signal(syscall.SIGCONT)
		n.awaitReady()
	case "bus cut":
		var ports []string
		for i := range s.nodes {
			ports = append(ports, portOf(clusterAddress(i)))
		}
		s.block(ctx, ports, random.IntN(2) == 0, s.between(random, 2, 6))
	case "store away":
		s.database.Stop(s.t)
		pause(ctx, s.between(random, 1, 5))
		s.database.Resume(s.t)
	case "store silent":
		address, err := url.Parse(s.store)
		require.NoError(s.t, err)
		s.block(ctx, []string{address.Port()}, true, s.between(random, 1, 6))
	case "backend away":
		s.backend.away.Store(true)
		pause(ctx, s.between(random, 1, 4))
		s.backend.away.Store(false)
	}
}

func (n *node) restart(ctx context.Context, signal syscall.Signal, away time.Duration) {
	n.stop(signal)
	pause(ctx, away)
	n.start()
}

func portOf(address string) string {
	_, port, _ := strings.Cut(address, ":")
	return port
}

// block keeps the servers from each other at these ports for a while: without a word, or
// with a reset.
func (s *stage) block(ctx context.Context, ports []string, silent bool, long time.Duration) {
	verdict := "reject with tcp reset"
	if silent {
		verdict = "drop"
	}
	list := strings.Join(ports, ", ")
	s.run(fmt.Sprintf("table inet blocked {\n\tchain arriving {\n\t\ttype filter hook input priority 0; policy accept;\n"+
		"\t\ttcp dport { %s } %s\n\t\ttcp sport { %s } %s\n\t}\n}\n", list, verdict, list, verdict), "nft", "-f", "-")
	defer s.run("", "nft", "delete", "table", "inet", "blocked")
	pause(ctx, long)
}

// chatter has clients make calls that go to the server until the storm is over.
func (s *stage) chatter(ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		c := s.clients[random.IntN(len(s.clients))]
		c.mu.Lock()
		alive := c.process != nil && !c.leaving
		c.mu.Unlock()
		if alive {
			s.figures.Count("calls", "TIMGetUserStatus")
			c.call("TIMGetUserStatus", func(code int) {
				s.figures.Count("answers of the server, by code", fmt.Sprint(code))
			}, `["nobody"]`)
		}
		pause(ctx, time.Duration(random.IntN(200))*time.Millisecond)
	}
}
