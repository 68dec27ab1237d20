package suite

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// round is what a process holds after it has called TIMUninit once more.
type round struct{ files, threads, kib int }

func (r round) running() int { return r.threads }
func (r round) memory() int  { return r.kib }

// TestRoundsLeaveNothingBehind plays a thousand rounds of init, login, logout and uninit
// in one process.
func TestRoundsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	rounds := playRounds(t, 1000)
	settled, last := rounds[9], rounds[len(rounds)-1]
	early, late := median(rounds[100:200], round.memory), median(rounds[900:], round.memory)
	threads := median(rounds[900:], round.running) // Go may hold one more for a moment
	t.Logf("open files: %d after round 10, %d after round 1000", settled.files, last.files)
	t.Logf("threads: %d after round 10, median of rounds 901..1000 %d", settled.threads, threads)
	t.Logf("resident memory: %d KiB after round 1; median of rounds 101..200 %d KiB, of 901..1000 %d KiB: %+d KiB",
		rounds[0].kib, early, late, late-early)

	assert.Equal(t, settled.files, last.files, "open files")
	assert.LessOrEqual(t, threads, settled.threads+2, "threads")
	assert.LessOrEqual(t, late, early+1024, "resident memory in KiB")
}

func playRounds(t *testing.T, n int) []round {
	t.Helper()
	s := startServer(t)
	lib := product(t) + "/lib"
	program := compile(t, "rounds", []string{"-L" + lib, "-Wl,-rpath," + lib}, "rounds.c", "-lImSDK")
	cmd := exec.Command(program, s.URL, fmt.Sprint(s.AppID), t.TempDir(), "alice", s.ticket("alice"), fmt.Sprint(n))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	lines := strings.Fields(strings.ReplaceAll(string(bytes.TrimSpace(out)), " ", ","))
	require.Len(t, lines, n)
	rounds := make([]round, n)
	for i, line := range lines {
		r := &rounds[i]
		_, err := fmt.Sscanf(line, "%d,%d,%d", &r.files, &r.threads, &r.kib)
		require.NoError(t, err, line)
		require.Positive(t, r.kib, "resident memory")
	}
	return rounds
}

func median(rounds []round, of func(round) int) int {
	values := make([]int, len(rounds))
	for i, r := range rounds {
		values[i] = of(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
