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
// in one process, and others with a client of its own for each.
func TestRoundsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	clients := 400
	if os.Getenv("BANTER_LONG") != "" {
		clients = 1000
	}
	for whose, n := range map[string]int{"default": 1000, "clients": clients} {
		t.Run(whose, func(t *testing.T) {
			t.Parallel()
			checkRounds(t, playRounds(t, n, whose))
		})
	}
}

func checkRounds(t *testing.T, rounds []round) {
	t.Helper()
	n := len(rounds)
	settled, last, end := rounds[9], rounds[n-1], rounds[n-100:]
	early, late := median(rounds[100:200], round.memory), median(end, round.memory)
	threads := median(end, round.running) // Go may hold one more for a moment
	t.Logf("open files: %d after round 10, %d after round %d", settled.files, last.files, n)
	t.Logf("threads: %d after round 10, median of the last hundred rounds %d", settled.threads, threads)
	t.Logf("memory of its own: %d KiB after round 1; median of rounds 101..200 %d KiB, of the last hundred %d KiB: %+d KiB",
		rounds[0].kib, early, late, late-early)

	assert.Equal(t, settled.files, last.files, "open files")
	assert.LessOrEqual(t, threads, settled.threads+2, "threads")
	assert.LessOrEqual(t, late, early+1024, "KiB")
}

func playRounds(t *testing.T, n int, whose string) []round {
	t.Helper()
	s := startServer(t)
	lib := product(t) + "/lib"
	program := compile(t, "rounds", []string{"-L" + lib, "-Wl,-rpath," + lib}, "rounds.c", "-lImSDK")
	cmd := exec.Command(program, s.URL, fmt.Sprint(s.AppID), t.TempDir(), "alice", s.ticket("alice"), fmt.Sprint(n), whose)
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
		require.Positive(t, r.kib, "memory")
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
