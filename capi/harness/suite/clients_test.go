package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The rules of several clients in one process, through a C program that knows only the headers.
func TestClientsKeepTheirRules(t *testing.T) {
	lib := product(t) + "/lib"
	flags := append(sanitized, "-L"+lib, "-Wl,-rpath,"+lib)
	program := compile(t, "clients_rules", flags, "clients_rules.c", "zz_puppet.c", "-lImSDK")
	for _, mode := range modes {
		for _, name := range []string{"handles", "destroyed", "pending", "never_initialised", "settings", "callbacks_select",
			"default_callbacks", "inside", "stuck", "fork", "many"} {
			t.Run(name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				keeps(t, program, name, mode)
			})
		}
	}
}

// A hundred players in one process log in, some are kicked, some log out, and all are
// destroyed while the others go on.
func TestAHundredClients(t *testing.T) {
	t.Parallel()
	program := linked(t, "clients", libraryFolder(t), sanitized...)
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			s := startServer(t)
			folder := t.TempDir()
			cmd := chosen.command(t.Context(), program, s.URL, fmt.Sprint(s.AppID), folder, mode)
			cmd.Stdin = strings.NewReader(s.players(100))
			cmd.Env = append(os.Environ(), "ASAN_OPTIONS=detect_leaks=0") // Go's memory looks like leaks
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			assert.Equal(t, "120 clients", strings.TrimSpace(string(out)))
			logs, err := filepath.Glob(filepath.Join(folder, "log", "*.log"))
			require.NoError(t, err)
			assert.Equal(t, []string{filepath.Join(folder, "log", "banter.log")}, logs, "one set of log files")
		})
	}
}

// players are n users with their tickets, a line each.
func (s *server) players(n int) string {
	var lines strings.Builder
	for i := range n {
		user := fmt.Sprintf("player%d", i)
		fmt.Fprintln(&lines, user, s.ticket(user))
	}
	return lines.String()
}
