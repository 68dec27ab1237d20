package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheLibraryLinks builds the library itself for each platform, and compares what it
// exports with the list that is made from the contract.
func TestTheLibraryLinks(t *testing.T) {
	t.Chdir("..") // to the module's root
	want := exportList(t, "build/ImSDK.def")
	require.NotEmpty(t, want)
	for _, p := range platforms {
		t.Run(p.name(), func(t *testing.T) {
			if _, err := p.environment(""); err != nil {
				t.Skip(err)
			}
			b := builder{sources: banter, stderr: t.Output()}
			dir := t.TempDir()
			require.NoError(t, b.buildLibrary(t.Context(), p, dir))
			assert.ElementsMatch(t, want, exports(t, filepath.Join(dir, "lib", p.library)))
		})
	}
}

// exportList returns the names in a module definition file.
func exportList(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	_, list, found := strings.Cut(string(text), "\nEXPORTS\n")
	require.True(t, found)
	return strings.Fields(list)
}
