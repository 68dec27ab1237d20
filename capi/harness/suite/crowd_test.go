//go:build linux

package suite

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/pgtest"
)

// The devices of a few accounts, as processes that reach two nodes, and do what they like.

const crowdAccounts = 3

// crowdRounds is how often some of the devices do something at the same moment.
func crowdRounds() int {
	if os.Getenv("BANTER_LONG") != "" {
		return 150
	}
	return 12
}

// crowdPlatforms are an account's devices. Of the first three one may be online, beside the web.
var crowdPlatforms = []string{"android", "windows", "linux", "web"}

// restNames are the platforms' names in query_online_status.
var restNames = map[string]string{"android": "Android", "windows": "PC", "linux": "Linux", "web": "Web"}

type crowd struct {
	t       *testing.T
	random  *rand.Rand
	nodes   []*server
	members []*member
}

// member is one device; its process may be killed and started anew.
type member struct {
	*puppet
	user, platform, folder string
}

func newCrowd(t *testing.T) *crowd {
	store := pgtest.Start(t).Database(t)
	at, to := freeport.Address(t), freeport.Address(t)
	c := &crowd{t: t, random: rand.New(rand.NewPCG(11, 12)), nodes: []*server{
		startNode(t, store, fmt.Sprintf("cluster_listen = %q\ncluster_peers = %q", at, to)),
		startNode(t, store, fmt.Sprintf("cluster_listen = %q\ncluster_peers = %q", to, at)),
	}}
	for i := range crowdAccounts {
		for _, platform := range crowdPlatforms {
			m := &member{user: fmt.Sprint("player ", i), platform: platform, folder: t.TempDir()}
			c.start(m)
			c.members = append(c.members, m)
		}
	}
	return c
}

// start starts a process for m, which knows both nodes in an order of its own.
func (c *crowd) start(m *member) {
	nodes := slices.Clone(c.nodes)
	if c.random.IntN(2) == 0 {
		slices.Reverse(nodes)
	}
	m.puppet = startPuppet(c.t)
	m.listen(onKicked)
	require.Zero(c.t, m.do("callExperimentalAPI", text(addressList(c.t, nodes...))).Code)
	m.init(nodes[0].AppID, fmt.Sprintf(`{"sdk_config_config_file_path":%q,"sdk_config_platform":%q}`, m.folder, m.platform))
}

// round has some devices log in, log out or crash, all at the same moment.
func (c *crowd) round() {
	calls := map[*member]int{}
	for _, m := range c.members {
		switch c.random.IntN(8) {
		case 0, 1, 2:
			calls[m], _ = m.call("TIMLogin", text(m.user), text(c.nodes[0].ticket(m.user)))
		case 3:
			calls[m], _ = m.call("TIMLogout")
		case 4:
			m.kill()
			c.start(m)
		}
	}
	c.await(calls)
}

// await takes the answers of calls. A login with another ticket of who is logged in already
// may be overtaken by a kick: 6208, whichever node the other device is on.
func (c *crowd) await(calls map[*member]int) {
	for m, id := range calls {
		assert.Contains(c.t, []int{0, 6208}, m.answer(id).Code, "%s on %s", m.user, m.platform)
	}
}

// everybody logs in who is not logged in, at the same moment.
func (c *crowd) everybody() {
	calls := map[*member]int{}
	for _, m := range c.members {
		if m.status() != 1 {
			calls[m], _ = m.call("TIMLogin", text(m.user), text(c.nodes[0].ticket(m.user)))
		}
	}
	c.await(calls)
}

// online returns the platforms on which an account's devices say that they are logged in.
func (c *crowd) online(user string) (platforms []string) {
	for _, m := range c.members {
		if m.user == user && m.status() == 1 {
			platforms = append(platforms, m.platform)
		}
	}
	return platforms
}

// seen says whether a node sees exactly those platforms of a user online.
func (c *crowd) seen(node *server, user string, platforms []string) bool {
	_, detail := node.platforms(user)
	n := 0
	for _, status := range detail {
		if status == "Online" {
			n++
		}
	}
	return n == len(platforms) && !slices.ContainsFunc(platforms, func(p string) bool { return detail[restNames[p]] != "Online" })
}

// agree waits until devices and nodes say the same, and returns the platforms of a user.
func (c *crowd) agree(user string) []string {
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		platforms := c.online(user)
		if c.seen(c.nodes[0], user, platforms) && c.seen(c.nodes[1], user, platforms) {
			return platforms
		}
		require.True(c.t, time.Now().Before(deadline), "%s is online on %v by the devices", user, platforms)
	}
}

func TestACrowdOnTwoNodesComesToRest(t *testing.T) {
	c := newCrowd(t)
	for range crowdRounds() {
		c.round()
	}
	c.everybody()
	for i := range crowdAccounts {
		user := fmt.Sprint("player ", i)
		platforms := c.agree(user)
		require.Len(t, platforms, 2, "%s on %v", user, platforms)
		assert.Equal(t, "web", platforms[1], "%s on %v", user, platforms)
	}
	time.Sleep(time.Second) // nobody comes back by itself, and kicks the others
	for i := range crowdAccounts {
		assert.Len(t, c.agree(fmt.Sprint("player ", i)), 2)
	}
	for _, node := range c.nodes {
		assert.NotContains(t, node.logText(), "a node did not answer on the bus")
	}
}
