package suite

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// noticeLimit is generous: keepalive finds a dead link in 15 s.
const noticeLimit = 60 * time.Second

func TestHalfOpenLink(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		asking bool // a request is under way when the packets stop
	}{
		{"a link on which nothing happens is found dead by keepalive", false},
		{"a link with a request under way is found dead by what is not acknowledged", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			s, p := w.loggedIn("alice")

			w.cut()
			cut := time.Now()
			asked := 0
			if tt.asking {
				asked, _ = p.call("TIMGetUserStatus", text(`["bob"]`))
			}
			p.eventWith(onNetwork, "[1,")
			noticed := time.Since(cut)
			t.Logf("noticed after %s", noticed.Round(time.Millisecond))
			assert.Less(t, noticed, noticeLimit)
			if tt.asking {
				assert.Equal(t, 9508, p.answer(asked).Code, "whether the server did it is not known")
			}
			assert.Equal(t, 1, p.status(), "logged in, on a link that will come back")

			w.mend()
			p.eventWith(onNetwork, "[0,")
			t.Logf("mended after %s", time.Since(cut).Round(time.Millisecond))
			p.checkOnline("alice")
			assert.NotContains(t, s.logText(), "panic")
		})
	}
}

// wire is a server's and a client's network namespace, and the cable between them.
type wire struct {
	t              *testing.T
	server, client string
}

const serverAddress, clientAddress = "10.0.0.1", "10.0.0.2" // nobody else is in there

var wires atomic.Int64

// newWire makes one, or skips the test where that is not possible.
func newWire(t *testing.T) *wire {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("network namespaces need %s: %v", tool, err)
		}
	}
	name := fmt.Sprintf("banter-%d-%d", os.Getpid(), wires.Add(1))
	w := &wire{t, name + "-server", name + "-client"}
	for _, ns := range []string{w.server, w.client} {
		if out, err := exec.Command("ip", "netns", "add", ns).CombinedOutput(); err != nil {
			t.Skipf("no network namespaces here: %v: %s", err, out)
		}
		t.Cleanup(func() { run(t, "", "ip", "netns", "del", ns) })
	}
	run(t, "", "ip", "-n", w.server, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", w.client)
	for ns, address := range map[string]string{w.server: serverAddress, w.client: clientAddress} {
		run(t, "", "ip", "-n", ns, "addr", "add", address+"/24", "dev", "eth0")
		run(t, "", "ip", "-n", ns, "link", "set", "eth0", "up")
		run(t, "", "ip", "-n", ns, "link", "set", "lo", "up")
	}
	return w
}

func run(t *testing.T, stdin string, command ...string) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%v: %s", command, out)
}

// loggedIn starts a server at one end and a client at the other, and logs the user in.
func (w *wire) loggedIn(user string) (*server, *puppet) {
	w.t.Helper()
	product(w.t) // built outside, where there is a network
	var s *server
	w.within(w.server, func() { s = startServer(w.t, "--listen", serverAddress+":0") })
	var p *puppet
	w.within(w.client, func() { p = s.client(`"sdk_config_allow_plaintext":true`) })
	p.login(user, s.ticket(user), 0)
	p.eventWith(onNetwork, "[0,")
	return s, p
}

// within runs f on a thread in the namespace; the processes that f starts are in it too.
func (w *wire) within(namespace string, f func()) {
	w.t.Helper()
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	require.NoError(w.t, err)
	defer home.Close()
	there, err := os.Open(filepath.Join("/run/netns", namespace))
	require.NoError(w.t, err)
	defer there.Close()
	require.NoError(w.t, unix.Setns(int(there.Fd()), unix.CLONE_NEWNET))
	defer func() {
		if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
			w.t.Errorf("back to the namespace of before: %v", err)
			return // the thread stays locked, and ends with its goroutine
		}
		runtime.UnlockOSThread()
	}()
	f()
}

const dropAll = `table inet dead {
	chain arriving {
		type filter hook input priority 0; policy drop;
	}
}
`

// cut has the packets of both directions dropped without a word: what a cable that was
// pulled, or a phone that left its network, does to a link.
func (w *wire) cut() {
	w.t.Helper()
	for _, ns := range []string{w.server, w.client} {
		run(w.t, dropAll, "ip", "netns", "exec", ns, "nft", "-f", "-")
	}
}

func (w *wire) mend() {
	w.t.Helper()
	for _, ns := range []string{w.server, w.client} {
		run(w.t, "", "ip", "netns", "exec", ns, "nft", "delete", "table", "inet", "dead")
	}
}
