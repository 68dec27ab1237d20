//go:build linux

package suite

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a host can rely on while the library is in its process: its signals, loading and
// unloading, its own end, and fork.

// nowhere is TIMInit's JSON for a server that refuses: a login stays in flight.
func nowhere(t *testing.T) string { return "HOST_CONFIG=" + configFor(t, "ws://127.0.0.1:1", "") }

// end runs a program and returns how it ended, and what it printed.
func end(t *testing.T, env []string, program string, args ...string) (syscall.WaitStatus, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // a hang, not a measure
	defer cancel()
	cmd := chosen.command(ctx, program, args...)
	cmd.Dir = t.TempDir() // for core files
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NotNil(t, cmd.ProcessState, "%v", err)
	return cmd.ProcessState.Sys().(syscall.WaitStatus), string(out)
}

// lives is no signal: the program ends by itself.
const lives = syscall.Signal(0)

// signalTests are what signals.c does, and how it ends.
var signalTests = []struct {
	name, args string
	killedBy   syscall.Signal
}{
	{"handlers, their flags and the masks are kept", "kept", lives},
	{"threads of Go take no signal of the host's", "blocked", lives},
	{"a fault reaches a handler from before the load", "before SEGV", lives},
	{"a fault reaches a handler from after the load", "after SEGV", lives},
	{"a bus error reaches a handler from before the load", "before BUS", lives},
	{"a bus error reaches a handler from after the load", "after BUS", lives},
	{"a division by zero reaches a handler from before the load", "before FPE", lives},
	{"a division by zero reaches a handler from after the load", "after FPE", lives},
	{"a closed pipe reaches a handler from before the load", "before PIPE", lives},
	{"a closed pipe reaches a handler from after the load", "after PIPE", lives},
	{"urgent data reaches a handler from before the load", "before URG", lives},
	{"urgent data reaches a handler from after the load", "after URG", lives},
	{"a user's signal reaches a handler from before the load", "before USR1", lives},
	{"a user's signal reaches a handler from after the load", "after USR1", lives},
	{"a profiler's signal reaches a handler from before the load", "before PROF", lives},
	{"a profiler's signal reaches a handler from after the load", "after PROF", lives},
	{"SIGINT reaches a handler from before the load", "before INT", lives},
	{"SIGTERM reaches a handler from after the load", "after TERM", lives},
	{"a real-time signal reaches a handler from before the load", "before 40", lives},
	{"a real-time signal reaches a handler from after the load", "after 40", lives},
	{"a handler from before the load is told all of a fault", "told_before SEGV", lives},
	{"a handler from after the load is told all of a fault", "told_after SEGV", lives},
	{"a handler from before the load is told all of a thread's signal", "told_before USR1", lives},
	{"a handler from after the load is told all of a thread's signal", "told_after USR1", lives},
	{"a handler from before the load is told all of a profiler's signal", "told_before PROF", lives},
	{"a handler from after the load is told all of a profiler's signal", "told_after PROF", lives},
	{"a handler from before the load is told all of SIGCHLD", "told_before CHLD", lives},
	{"a handler from before the load is told all of SIGURG", "told_before URG", lives},
	{"a handler from after the load is told all of SIGURG", "told_after URG", lives},
	{"a handler from before the load is told all of a real-time signal", "told_before 40", lives},
	{"a handler from after the load is told all of a real-time signal", "told_after 40", lives},
	{"an abort kills a host without a handler", "default ABRT", syscall.SIGABRT},
	{"SIGINT kills a host without a handler", "default INT", syscall.SIGINT},
	{"a profiler's signal kills a host without a handler", "default PROF", syscall.SIGPROF},
	{"a real-time signal kills a host without a handler", "default 40", syscall.Signal(40)},
	{"a breakpoint kills a host without a handler", "default TRAP", syscall.SIGTRAP},
	{"a fault kills a host without a handler", "default SEGV", syscall.SIGSEGV},
	{"a bus error kills a host without a handler", "default BUS", syscall.SIGBUS},
	{"a division by zero kills a host without a handler", "default FPE", syscall.SIGFPE},
	{"a closed pipe kills a host without a handler", "default PIPE", syscall.SIGPIPE},
	{"SIGTERM kills a host without a handler", "default TERM", syscall.SIGTERM},
	{"SIGUSR1 kills a host without a handler", "default USR1", syscall.SIGUSR1},
	{"urgent data is nothing to a host without a handler", "default URG", lives},
	{"a closed pipe is nothing to a host that ignores it", "ignored PIPE", lives},
	{"SIGTERM is nothing to a host that ignores it", "ignored TERM", lives},
	{"a host that waits for SIGTERM gets each", "waited TERM", lives},
	{"a host that waits for SIGUSR1 gets each", "waited USR1", lives},
	{"a host that waits for a real-time signal gets each", "waited 35", lives},
}

func TestHostKeepsItsSignals(t *testing.T) {
	program := compile(t, "signals", nil, "stress/signals.c")
	for _, tt := range signalTests {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{library(t)}, strings.Fields(tt.args)...)
			status, out := end(t, []string{nowhere(t)}, program, args...)
			if tt.killedBy == lives {
				assert.Equal(t, 0, status.ExitStatus(), out)
				return
			}
			require.True(t, status.Signaled(), "it ended with %d: %s", status.ExitStatus(), out)
			assert.Equal(t, tt.killedBy, status.Signal(), out)
		})
	}
}

func TestUnloadAndLoadAgain(t *testing.T) {
	program := compile(t, "lifetime", nil, "stress/lifetime.c")
	for _, name := range []string{"reload", "unload_running"} {
		t.Run(name, func(t *testing.T) {
			status, out := end(t, []string{nowhere(t)}, program, library(t), name)
			assert.Equal(t, 0, status.ExitStatus(), out)
		})
	}
}

// The program's own alarm kills it when its end takes longer than two seconds.
func TestProcessEndsWhileTheLibraryWorks(t *testing.T) {
	program := compile(t, "lifetime", nil, "stress/lifetime.c")
	s := startServer(t)
	loggedIn := []string{"HOST_CONFIG=" + s.config(""), "HOST_APP=" + number(int64(s.AppID)).plain(), "HOST_USER=ann", "HOST_TICKET=" + s.ticket("ann")}
	for _, who := range []string{"main", "thread", "callback"} {
		t.Run("exit while logging in by "+who, func(t *testing.T) {
			status, out := end(t, []string{nowhere(t)}, program, library(t), "exit", who)
			assert.Equal(t, 7, status.ExitStatus(), "%v %s", status, out)
		})
		t.Run("exit while logged in by "+who, func(t *testing.T) {
			status, out := end(t, loggedIn, program, library(t), "exit_logged_in", who)
			assert.Equal(t, 7, status.ExitStatus(), "%v %s", status, out)
		})
	}
	t.Run("SIGTERM", func(t *testing.T) {
		if chosen.suffix == ".exe" {
			t.Skip("Windows has no signals")
		}
		status, out := end(t, []string{nowhere(t)}, program, library(t), "term")
		require.True(t, status.Signaled(), out)
		assert.Equal(t, syscall.SIGTERM, status.Signal(), out)
	})
}

func TestForkedChild(t *testing.T) {
	lib := product(t) + "/lib"
	program := compile(t, "fork", []string{"-L" + lib, "-Wl,-rpath," + lib}, "stress/fork.c", "zz_puppet.c", "-lImSDK")
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			status, out := end(t, []string{nowhere(t)}, program, mode)
			assert.Equal(t, 0, status.ExitStatus(), out)
		})
	}
}
