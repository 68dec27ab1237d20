package suite

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// half are the sources of the C half without the signal guard and Go's start, which need Go.
func half(t *testing.T) []string {
	sources, err := filepath.Glob("../../*.c")
	require.NoError(t, err)
	sources = slices.DeleteFunc(sources, func(path string) bool { return strings.HasSuffix(path, "_linux.c") })
	for i, path := range sources {
		sources[i] = filepath.Join("..", filepath.Base(path)) // from capi/harness
	}
	return sources
}

// The answer queue's rules of room and age.
func TestAnswerQueue(t *testing.T) {
	out, err := exec.Command(compile(t, "queue", sanitized, append(half(t), "queue.c", "fake_go.c")...)).CombinedOutput()
	assert.NoError(t, err, string(out))
}

// TIMInit's choice of who runs callbacks holds for its first event, whoever judges the choice.
func TestTheModeHoldsFromTheFirstEvent(t *testing.T) {
	out, err := exec.Command(compile(t, "mode", sanitized, append(half(t), "mode.c", "fake_go.c")...)).CombinedOutput()
	assert.NoError(t, err, string(out))
}

// TIMGetServerTime while clocks are set and the machine sleeps; the clocks are the program's own.
func TestServerTimeFollowsTheServer(t *testing.T) {
	out, err := exec.Command(compile(t, "server_time", sanitized, append(half(t), "server_time.c", "fake_go.c")...)).CombinedOutput()
	assert.NoError(t, err, string(out))
}

// The C half alone, against a stand-in for Go: four producers, both modes, init and uninit;
// and clients that come and go under threads that use them.
func TestCHalfUnderSanitizers(t *testing.T) {
	threads, memory := []string{"-fsanitize=thread"}, sanitized
	tests := []struct {
		name    string
		program string
		rounds  string
		flags   []string
	}{
		{"one client, threads", "half", "400", threads},
		{"one client, memory and undefined behaviour", "half", "1000", memory},
		{"many clients, threads", "clients_half", "150", threads},
		{"many clients, memory and undefined behaviour", "clients_half", "400", memory},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			program := compile(t, tt.program, tt.flags, append(half(t), tt.program+".c", "fake_go.c")...)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // a hang, not a measure
			defer cancel()
			out, err := exec.CommandContext(ctx, program, tt.rounds).CombinedOutput()
			assert.NoError(t, err, string(out))
			t.Logf("%s", out)
		})
	}
}
