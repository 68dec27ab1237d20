// Package cpp tests bindings/cpp from outside: the header, its package, and the Unreal plugin,
// built as a game would build them and run against a real banterd.
package cpp

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/rig"
)

// root is the repository's folder.
func root(t testing.TB) string {
	t.Helper()
	dir, err := rig.Root()
	require.NoError(t, err)
	return dir
}

// binding is the path of a file of bindings/cpp.
func binding(t testing.TB, name ...string) string {
	return filepath.Join(append([]string{root(t), "bindings", "cpp"}, name...)...)
}

// product is the folder that scripts/build made: lib, include and bin.
func product(t testing.TB) string {
	t.Helper()
	dir, err := rig.Build()
	require.NoError(t, err, "scripts/build")
	return dir
}

// has skips the test where a tool is missing.
func has(t testing.TB, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
}

// run runs a command in the folder dir and returns what it said on both outputs.
func run(t testing.TB, dir string, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // a hang, not a measure
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), out)
	return string(out)
}

// startServer starts a `banterd dev` of the test's own.
func startServer(t testing.TB) *rig.Server {
	t.Helper()
	log := filepath.Join(t.TempDir(), "server.log")
	server, err := rig.Dev(product(t), t.TempDir(), log)
	require.NoError(t, err)
	t.Cleanup(func() {
		err := server.Stop(syscall.SIGTERM)
		said, _ := os.ReadFile(log)
		assert.NoError(t, err, string(said))
	})
	return server
}

// arguments are what the programs are told of a server: its address, its app, and a folder of
// the client's own.
func arguments(t testing.TB, s *rig.Server) []string {
	return []string{s.URL, strconv.FormatUint(s.AppID, 10), t.TempDir()}
}

// hour is how long a ticket is good that is to last.
const hour = time.Hour
