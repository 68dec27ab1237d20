//go:build linux

package suite

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProcessEndsInEveryState ends a process in each way that C has, while the library does
// each of the things that take it time. It must end, and as it was told to.
func TestProcessEndsInEveryState(t *testing.T) {
	lib := product(t) + "/lib"
	program := compile(t, "leaving", []string{"-L" + lib, "-Wl,-rpath," + lib}, "stress/leaving.c", "-lImSDK")
	s := startServer(t)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.Truncate(file, 90<<20)) // more than fits into what lies between

	states := []string{"loaded", "initialised", "initialised_for_the_pump", "logging_in", "logged_in", "uploading",
		"inside_a_callback", "inside_the_pump", "in_uninit", "uninitialised"}
	ways := []string{"return", "exit", "_exit", "quick_exit", "abort", "pthread_exit"}
	for _, state := range states {
		for _, way := range ways {
			if (state == "inside_a_callback" || state == "inside_the_pump") && (way == "return" || way == "pthread_exit") {
				continue // nobody returns from main there, and a callback's thread is not its own to end
			}
			t.Run(state+"/"+way, func(t *testing.T) {
				env := []string{nowhere(t)}
				if state == "logged_in" || state == "uploading" {
					env = []string{"HOST_CONFIG=" + configFor(t, stuck(t, s), ""), "HOST_APP=" + number(int64(s.AppID)).plain(),
						"HOST_USER=" + way, "HOST_TICKET=" + s.ticket(way), "HOST_FILE=" + file} // a user has so many open uploads
				}
				status, out := end(t, env, program, state, way)
				if way == "abort" {
					assert.Equal(t, syscall.SIGABRT, status.Signal(), "%d %s", status, out)
					return
				}
				assert.Equal(t, 7, status.ExitStatus(), "%d %s", status, out)
				assert.Empty(t, out)
			})
		}
	}
}

// stuck returns the address of a way to s that carries a login, and the beginning of a file.
func stuck(t *testing.T, s *server) string {
	t.Helper()
	end := make(chan struct{})
	g := startGate(t, strings.TrimPrefix(s.URL, "ws://"))
	t.Cleanup(func() { close(end) })
	g.after(toServer, 1<<20, func() { <-end })
	return g.url()
}
