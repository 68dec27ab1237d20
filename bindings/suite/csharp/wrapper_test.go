//go:build linux

package suite

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/rig"
)

func TestAProgramForTheCAPIRunsUnchanged(t *testing.T) {
	for _, machine := range machines {
		t.Run(machine, func(t *testing.T) {
			folder := programs(t, machine)
			t.Parallel()
			s := startServer(t)
			address, err := url.Parse(s.URL)
			require.NoError(t, err)
			out, err := command(t, machine, folder, "Wrapper", functionNames(t), address.Hostname(), address.Port(),
				strconv.FormatUint(s.AppID, 10), t.TempDir(), "alice", s.Ticket("alice", time.Now(), time.Hour)).CombinedOutput()
			assert.NoError(t, err, string(out))
			assert.Contains(t, string(out), "done\n")
		})
	}
}

// functionNames writes the names of the API's functions to a file.
func functionNames(t *testing.T) string {
	t.Helper()
	root, err := rig.Root()
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(root, "capi", "contract", "functions.json"))
	require.NoError(t, err)
	var functions []struct{ Name string }
	require.NoError(t, json.Unmarshal(data, &functions))
	require.Len(t, functions, 244)
	var names []string
	for _, f := range functions {
		names = append(names, f.Name)
	}
	file := filepath.Join(t.TempDir(), "names")
	require.NoError(t, os.WriteFile(file, []byte(strings.Join(names, "\n")), 0o600))
	return file
}
