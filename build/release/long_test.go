package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTwoReleasesAreTheSame makes the real release twice.
func TestTwoReleasesAreTheSame(t *testing.T) {
	if os.Getenv("BANTER_LONG") == "" {
		t.Skip("it compiles everything for every platform: set BANTER_LONG")
	}
	t.Chdir("../..") // to the module's root
	var sums [2]string
	for i := range sums {
		out := t.TempDir()
		require.NoError(t, run(t.Context(), []string{"-out", out}, "", t.Output()))
		text, err := os.ReadFile(filepath.Join(out, "SHA256SUMS"))
		require.NoError(t, err)
		sums[i] = string(text)
	}
	assert.NotEmpty(t, sums[0])
	assert.Equal(t, sums[0], sums[1])
}
