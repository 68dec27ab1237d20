package cpp

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// strict is what the header compiles with wherever a game uses it.
var strict = []string{"-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"}

// sanitizers are what the programs of bindings/cpp/tests run under. The thread sanitizer does
// not know how Go keeps order among its own threads, and takes what the library does for
// races: calls that come from it are left out, the header's and the test's are not.
var sanitizers = []struct {
	name  string
	flags []string
	env   string
	tests []string // none: all
}{
	{"memory and undefined behaviour", []string{"-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"}, "", nil},
	{"threads", []string{"-O1", "-fsanitize=thread"}, "TSAN_OPTIONS=halt_on_error=1:suppressions=",
		[]string{"login_and_logout", "renewal_after_the_end", "renewal", "callback_thread", "handlers_are_freed_once",
			"end_on_the_callback_thread", "many_threads", "history", "chat_on_the_callback_thread"}},
}

func TestSessionsFromCpp(t *testing.T) {
	has(t, "g++")
	for _, sanitizer := range sanitizers {
		t.Run(sanitizer.name, func(t *testing.T) {
			program := compileTests(t, sanitizer.flags)
			var env []string
			if sanitizer.env != "" {
				env = []string{sanitizer.env + binding(t, "tests", "tsan.supp")}
			}
			names := sanitizer.tests
			if names == nil {
				names = strings.Fields(run(t, ".", env, program, "list"))
				require.Greater(t, len(names), 10)
			}
			for _, name := range names {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					runTest(t, env, program, name)
				})
			}
		})
	}
}

// compileTests makes the program of bindings/cpp/tests, its files side by side.
func compileTests(t *testing.T, flags []string) string {
	t.Helper()
	dir := t.TempDir()
	sources, err := filepath.Glob(binding(t, "tests", "*.cpp"))
	require.NoError(t, err)
	flags = append(append([]string{"-std=c++17", "-g", "-I" + binding(t, "include"), "-I" + filepath.Join(product(t), "include")},
		strict...), flags...)
	link := compileAll(t, dir, flags, sources)
	program, lib := filepath.Join(dir, "tests"), filepath.Join(product(t), "lib")
	link = append(append(flags, link...), "-o", program, "-L"+lib, "-Wl,-rpath,"+lib, "-lImSDK", "-lpthread")
	run(t, dir, nil, "g++", link...)
	return program
}

// compileAll compiles sources side by side and returns the objects.
func compileAll(t *testing.T, dir string, flags, sources []string) []string {
	t.Helper()
	failures := make(chan error, len(sources))
	var objects []string
	for _, source := range sources {
		object := filepath.Join(dir, filepath.Base(source)+".o")
		objects = append(objects, object)
		cmd := exec.CommandContext(t.Context(), "g++", append(slices.Clone(flags), "-c", "-o", object, source)...)
		go func() {
			out, err := cmd.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%s: %w\n%s", source, err, out)
			}
			failures <- err
		}()
	}
	for range sources {
		require.NoError(t, <-failures)
	}
	return objects
}

// runTest runs one test of the program against a server of its own.
func runTest(t *testing.T, env []string, program, name string) {
	server := startServer(t)
	now := time.Now()
	tickets := []string{server.Ticket("alice", now, hour), server.Ticket("alice", now.Add(time.Second), hour),
		server.Ticket("bob", now, hour), server.Ticket("alice", now, 6*time.Second)}
	args := append(append([]string{name}, arguments(t, server)...), tickets...)
	out := run(t, ".", env, program, args...)
	for _, ticket := range tickets {
		assert.NotContains(t, out, ticket[:20], "no ticket is told")
	}
}
