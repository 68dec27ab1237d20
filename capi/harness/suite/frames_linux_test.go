package suite

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a game must not feel while nothing happens. The figures themselves are in TestCosts.

const (
	quietMS    = 2000
	maxPeriods = 15
	// maxWakeups in a quiet period: a timer that ticks each second has two.
	maxWakeups = 1
)

func TestAnIdleGameAllocatesNothingAndWakesNobody(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			g := startIdleGame(t, s, mode)
			assert.Positive(t, g.figure("allocations_call"), "the counter counts")
			assert.Zero(t, g.figure("allocations"), "in 10,000 frames")
			pages := g.figure("pages")
			t.Logf("%v pages were given to the process in 10,000 frames", pages)
			assert.LessOrEqual(t, pages, 50.0, "in 10,000 frames: other threads may touch some")
			g.rests(quietMS)
		})
	}
}

// idleGame is a process that plays frames: frames.c.
type idleGame struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
}

func startIdleGame(t *testing.T, s *server, mode string) idleGame {
	t.Helper()
	program := linked(t, "frames", product(t)+"/lib", "-O2")
	cmd := exec.Command(program, s.URL, fmt.Sprint(s.AppID), t.TempDir(), "alice", s.ticket("alice"), mode)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		assert.NoError(t, cmd.Wait(), program) // its arguments hold a ticket
	})
	return idleGame{t, in, bufio.NewReader(out)}
}

// figure reads the next line, which is that of name.
func (g idleGame) figure(name string) (value float64) {
	g.t.Helper()
	var got string
	_, err := fmt.Fscanln(g.out, &got, &value)
	require.NoError(g.t, err, name)
	require.Equal(g.t, name, got)
	return value
}

// rests waits for a period in which hardly any thread wakes up. On a busy machine what the
// login began may take some periods to settle; a clock that ticks would never.
func (g idleGame) rests(ms int) {
	g.t.Helper()
	var counts []float64
	for range maxPeriods {
		fmt.Fprintln(g.in, "quiet", ms)
		counts = append(counts, g.figure("wakeups"))
		if counts[len(counts)-1] <= maxWakeups {
			g.t.Logf("wake-ups in each period of %d ms: %v", ms, counts)
			return
		}
	}
	assert.Fail(g.t, "it never rests", "wake-ups in each period of %d ms: %v", ms, counts)
}
