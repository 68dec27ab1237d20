package suite

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/rig"
)

// root is the repository, from a test of this package.
const root = "../../.."

// sanitized are the flags of C that is watched for undefined behaviour and bad memory.
var sanitized = []string{"-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"}

// compile builds a C program from sources named from capi/harness, with the flags before them.
func compile(t testing.TB, name string, flags []string, sources ...string) string {
	t.Helper()
	return compileTo(t, filepath.Join(t.TempDir(), name), flags, sources...)
}

// compileTo is compile for a program that outlives the test.
func compileTo(t testing.TB, program string, flags []string, sources ...string) string {
	t.Helper()
	return chosen.compile(t, program, flags, sources...)
}

// product returns the folder that scripts/build made: lib, include and bin.
func product(t testing.TB) string {
	t.Helper()
	if chosen.name != here.name { // who chose it has built this machine's
		dir, err := rig.Built()
		require.NoError(t, err)
		return dir
	}
	dir, err := rig.Build()
	require.NoError(t, err, "scripts/build")
	return dir
}

// library returns the path of the library that scripts/build made.
func library(t testing.TB) string { return filepath.Join(libraryFolder(t), chosen.library) }

// libraryFolder returns the folder of the library that the C programs are linked to.
func libraryFolder(t testing.TB) string { return filepath.Join(chosen.product(t), "lib") }
