package suite

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The promises of the public header's opening comment, through C programs that see only
// the headers. Each runs with the callback thread and with the pump.

// linked compiles a program against the library in lib.
func linked(t *testing.T, name, lib string, flags ...string) string {
	return compile(t, name, append(flags, "-L"+lib, "-Wl,-rpath,"+lib), name+".c", "-lImSDK")
}

// keeps runs one test of such a program.
func keeps(t *testing.T, program, name, mode string, env ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // a hang, not a measure
	defer cancel()
	cmd := chosen.command(ctx, program, name, mode)
	cmd.Env = append(append(os.Environ(), "PROMISES_FOLDER="+t.TempDir(), "ASAN_OPTIONS=detect_leaks=0"), env...)
	out, err := cmd.CombinedOutput()
	assert.NoError(t, err, "%s %s:\n%s", name, mode, out)
}

var modes = []string{"thread", "pump"}

func TestPromises(t *testing.T) {
	program := linked(t, "promises", libraryFolder(t), sanitized...)
	for _, mode := range modes {
		for _, name := range []string{"init_races", "chained_calls", "null_callbacks_and_numbers", "two_pumps", "backlog"} {
			t.Run(name+"/"+mode, func(t *testing.T) { keeps(t, program, name, mode) })
		}
	}
}

func TestUninitKeepsItsPromises(t *testing.T) {
	program := linked(t, "endings", libraryFolder(t), sanitized...)
	for _, mode := range modes {
		for _, name := range []string{"outside", "inside", "beside", "called_while_ending", "stuck_callback", "threads_that_start_and_end"} {
			t.Run(name+"/"+mode, func(t *testing.T) { keeps(t, program, name, mode) })
		}
	}
}

func TestUserIDIsNeverAMixture(t *testing.T) {
	s := startServer(t)
	program := linked(t, "promises", libraryFolder(t), sanitized...)
	for _, mode := range modes {
		keeps(t, program, "switching_users", mode, "SERVER_URL="+s.URL, "APP_ID="+number(int64(s.AppID)).plain(),
			"TICKET_A="+s.ticket("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "TICKET_B="+s.ticket("bbbbbbbbb"))
	}
}

// plain is the number as it was given.
func (a arg) plain() string { return string(a[1:]) }

func TestPanicNeverReachesTheGame(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-tags", "banter_panic", "-buildmode=c-shared", "-trimpath",
		"-ldflags", "-s -w", "-o", filepath.Join(dir, "libImSDK.so"), "./capi")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	program := linked(t, "promises", dir)
	for _, mode := range modes {
		keeps(t, program, "panic", mode)
	}
}
