package suite

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// half are the sources of the C half without the signal guard, which needs Go.
func half(t *testing.T) []string {
	sources, err := filepath.Glob("../../*.c")
	require.NoError(t, err)
	sources = slices.DeleteFunc(sources, func(path string) bool { return filepath.Base(path) == "guard_linux.c" })
	for i, path := range sources {
		sources[i] = filepath.Join("..", filepath.Base(path)) // from capi/harness
	}
	return sources
}

// The answer queue's rules of room and age.
func TestAnswerQueue(t *testing.T) {
	out, err := exec.Command(compile(t, "queue", sanitized, append(half(t), "queue.c")...)).CombinedOutput()
	assert.NoError(t, err, string(out))
}

// The C half alone, against a stand-in for Go: four producers, both modes, init and uninit;
// and clients that come and go under threads that use them.
func TestCHalfUnderSanitizers(t *testing.T) {
	tests := []struct {
		name   string
		rounds string
		flags  []string
	}{
		{"threads", "400", []string{"-fsanitize=thread"}},
		{"memory and undefined behaviour", "1000", sanitized},
	}
	for _, tt := range tests {
		for _, name := range []string{"half", "clients_half"} {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				program := compile(t, name, tt.flags, append(half(t), name+".c", "fake_go.c")...)
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // a hang, not a measure
				defer cancel()
				out, err := exec.CommandContext(ctx, program, tt.rounds).CombinedOutput()
				assert.NoError(t, err, string(out))
				t.Logf("%s", out)
			})
		}
	}
}
