//go:build linux

package suite

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestProgramsThatAHostStarts starts programs and forks, in each way that C has. A started
// program has no file of the library's open.
func TestProgramsThatAHostStarts(t *testing.T) {
	lib := product(t) + "/lib"
	program := compile(t, "spawn", []string{"-L" + lib, "-Wl,-rpath," + lib}, "stress/spawn.c", "-lImSDK")
	started := "HOST_PROGRAM=" + compile(t, "files", nil, "stress/files.c")
	s := startServer(t)
	for _, state := range []string{"loaded", "logged_in", "inside_a_callback"} {
		for _, way := range []string{"fork", "fork_exec", "vfork_exec", "posix_spawn", "system", "popen"} {
			t.Run(state+"/"+way, func(t *testing.T) {
				env := []string{started, "HOST_CONFIG=" + s.config(""), "HOST_APP=" + number(int64(s.AppID)).plain(), "HOST_USER=ann",
					"HOST_TICKET=" + s.ticket("ann")}
				status, out := end(t, env, program, state, way)
				assert.Equal(t, 0, status.ExitStatus(), "%d %s", status, out)
			})
		}
	}
}
