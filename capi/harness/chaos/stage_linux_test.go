package chaos

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/internal/usersig"
)

// app is one of the nodes' games.
type app struct {
	id      uint64
	policy  Policy
	onLogin bool // kicked_offline_on_login
}

const appKey = "secret"

// ticket makes a ticket. No two of a user are the same, for the library takes the one it has
// for no login at all.
func (s *stage) ticket(a app, user string, life time.Duration) string {
	s.mu.Lock()
	s.tickets++
	salt := fmt.Sprint(s.tickets)
	s.mu.Unlock()
	return usersig.Sign(a.id, []byte(appKey), user, time.Now(), life, []byte(salt))
}

// stage is where a run takes place: this process's network namespace, which is of its own,
// with PostgreSQL, the nodes, their proxies and the backend; and another one, at the other
// end of a cable, with the clients.
type stage struct {
	t           *testing.T
	built       string // the product
	puppet      string // the program
	short       bool   // the run of every day
	folder      string
	holder      *process // whose namespace is the clients'
	apps        []app
	clients     []*client
	nodes       []*node
	proxies     []*proxy
	teams       []*team
	database    *pgtest.Server
	db          *sql.DB
	store       string // its address
	backend     *backend
	certificate certificate
	figures     *Figures

	mu        sync.Mutex
	wrongs    []string
	tickets   int
	instances map[string]*client // as the library keeps them in the clients' folders
}

// wrong notes something that must not be. The run goes on, so that its log tells the rest.
func (s *stage) wrong(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	s.wrongs = append(s.wrongs, text)
	fmt.Fprintln(os.Stderr, time.Now().Format("15:04:05.000"), "WRONG:", text)
}

func (s *stage) note(format string, args ...any) {
	fmt.Fprintln(os.Stderr, time.Now().Format("15:04:05.000"), fmt.Sprintf(format, args...))
}

// identify notes whose folder holds the instance. A client does it at each of its starts,
// while others hear of kicks.
func (s *stage) identify(c *client, instance string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instances[instance] = c
}

// device returns the client whose instance it is, or nil.
func (s *stage) device(instance string) *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.instances[instance]
}

// serverSide is the address of a client's own on the servers' side of the cable: so that
// faults know whom they hit.
func serverSide(client int) string { return fmt.Sprintf("10.77.0.%d", client+1) }

const clientsAddress = "10.77.255.1"

// layCable makes the clients' namespace and connects it.
func (s *stage) layCable(clients int) {
	cmd := exec.Command("sleep", "infinity")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	require.NoError(s.t, cmd.Start())
	s.holder = &process{cmd: cmd}
	s.t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	pid := fmt.Sprint(s.holder.pid())
	s.run("", "ip", "link", "set", "lo", "up")
	s.run("", "ip", "link", "add", "servers", "type", "veth", "peer", "name", "clients", "netns", pid)
	for i := range clients {
		s.run("", "ip", "addr", "add", serverSide(i)+"/16", "dev", "servers")
	}
	s.run("", "ip", "link", "set", "servers", "up")
	s.there("", "ip", "addr", "add", clientsAddress+"/16", "dev", "clients")
	s.there("", "ip", "link", "set", "lo", "up")
	s.there("", "ip", "link", "set", "clients", "up")
	s.there(clientFaults, "nft", "-f", "-")
}

// clientFaults has a set of addresses for each fault of a client's own link.
const clientFaults = `table inet chaos {
	set dead { type ipv4_addr; }
	set lossy { type ipv4_addr; }
	set refused { type ipv4_addr; }
	chain leaving {
		type filter hook output priority 0; policy accept;
		ip daddr @dead drop
		ip daddr @refused meta l4proto tcp reject with tcp reset
		ip daddr @lossy numgen random mod 100 < 25 drop
	}
	chain arriving {
		type filter hook input priority 0; policy accept;
		ip saddr @dead drop
		ip saddr @lossy numgen random mod 100 < 25 drop
	}
}
`

// mark puts a client into one of the sets, or takes it out.
func (s *stage) mark(do, set string, c *client) {
	s.there("", "nft", do, "element", "inet", "chaos", set, "{", serverSide(c.index), "}")
}

// clientSide is a command in the clients' namespace that ends with this process.
func (s *stage) clientSide(command string, args ...string) *exec.Cmd {
	cmd := exec.Command("nsenter", append([]string{"-t", fmt.Sprint(s.holder.pid()), "-n", command}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// run runs a command to its end, there in the clients' namespace.
func (s *stage) run(stdin string, command ...string) {
	s.finish(exec.Command(command[0], command[1:]...), stdin)
}

func (s *stage) there(stdin string, command ...string) {
	s.finish(s.clientSide(command[0], command[1:]...), stdin)
}

func (s *stage) finish(cmd *exec.Cmd, stdin string) {
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.wrong("%v: %v: %s", cmd.Args, err, out)
	}
}

// addClient adds a device, whose process is started later.
func (s *stage) addClient(a app, platform string) *client {
	c := &client{stage: s, index: len(s.clients), app: a, platform: platform}
	c.name = fmt.Sprintf("%s-%d", platform, c.index)
	c.folder = filepath.Join(s.folder, c.name)
	require.NoError(s.t, os.MkdirAll(c.folder, 0o700))
	s.clients = append(s.clients, c)
	return c
}

// direct says whether a client reaches the nodes themselves. The others have proxies between,
// which can be slow.
func (c *client) direct() bool { return c.index%2 == 0 }

// addressesOf is what a client says to callExperimentalAPI to name all nodes, beginning with
// another one than its neighbours.
func (s *stage) addressesOf(c *client) string {
	var list []string
	for i := range s.nodes {
		n := s.nodes[(i+c.index/2)%len(s.nodes)]
		port := n.players
		if !c.direct() {
			port = n.proxied
		}
		list = append(list, fmt.Sprintf(`{"server_address_ip":%q,"server_address_port":%d}`, serverSide(c.index), port))
	}
	return fmt.Sprintf(`{"request_internal_operation":"internal_operation_set_custom_server_info",`+
		`"request_set_custom_server_info_param":{"longconnection_address_array":[%s]}}`, strings.Join(list, ","))
}
