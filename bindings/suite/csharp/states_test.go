//go:build linux

package suite

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exitLimit is how long a process may take to end, beyond what the machine needs for one
// without the library: mono-boehm waits 2 s for threads of its own.
const exitLimit = 2 * time.Second

func TestAProcessEndsInEveryState(t *testing.T) {
	for _, machine := range machines {
		t.Run(machine, func(t *testing.T) {
			folder := programs(t, machine)
			s := startServer(t)
			ticket := s.Ticket("alice", time.Now(), time.Hour)
			machineNeeds := endOf(t, command(t, machine, folder, "States", "nothing"))
			states := []string{"bare", "initialised", "logging_in", "logged_in", "pending"}
			if machine == "mono-boehm" && os.Getenv("BANTER_LONG") == "" {
				states = []string{"pending"}
			}
			for _, state := range states {
				for _, mode := range []string{"pump", "thread"} {
					t.Run(state+" with the "+mode, func(t *testing.T) {
						t.Parallel()
						took := endOf(t, command(t, machine, folder, "States", state, mode,
							s.URL, strconv.FormatUint(s.AppID, 10), t.TempDir(), "alice", ticket))
						assert.Less(t, took, machineNeeds+exitLimit)
					})
				}
			}
		})
	}
}

// endOf runs a program and returns how long it took from its word that it is there to its end.
func endOf(t *testing.T, cmd *exec.Cmd) time.Duration {
	t.Helper()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	assert.NoError(t, err)
	assert.Equal(t, "there\n", line)
	there := time.Now()
	assert.NoError(t, cmd.Wait())
	return time.Since(there)
}
