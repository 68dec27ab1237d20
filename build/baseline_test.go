package main

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// oldestMinor is the y of the oldest glibc, 2.y, that released files may need.
const oldestMinor = 28

// releaseBuilder builds as for a release, or skips the test.
func releaseBuilder(t *testing.T) builder {
	t.Helper()
	zig, err := findZig(t.Context())
	if err != nil {
		t.Skip(err)
	}
	return builder{sources: banter, zig: zig, stderr: t.Output()}
}

func TestReleasedLibrariesSuitOldSystems(t *testing.T) {
	t.Chdir("..") // to the module's root
	b := releaseBuilder(t)
	want := exportList(t, "build/ImSDK.def")
	for _, p := range platforms {
		if p.os != "linux" {
			continue
		}
		t.Run(p.name(), func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, b.buildLibrary(t.Context(), p, dir))
			path := filepath.Join(dir, "lib", p.library)
			assert.ElementsMatch(t, want, exports(t, path))
			assertOldGlibc(t, path)
			assertShared(t, path, p)
			assertPages(t, path, 4<<10)
		})
	}
}

func TestReleasedServersSuitOldSystems(t *testing.T) {
	if os.Getenv("BANTER_LONG") == "" {
		t.Skip("compiling SQLite anew takes minutes: set BANTER_LONG")
	}
	t.Chdir("..")
	b := releaseBuilder(t)
	for _, p := range platforms {
		if p.os != "linux" {
			continue
		}
		t.Run(p.name(), func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, b.buildServer(t.Context(), p, dir))
			assertOldGlibc(t, filepath.Join(dir, "bin", p.server))
		})
	}
}

// assertOldGlibc reads which versions of glibc's symbols a file wants.
func assertOldGlibc(t *testing.T, path string) {
	t.Helper()
	file, err := elf.Open(path)
	require.NoError(t, err)
	defer file.Close()
	needs, err := file.DynamicVersionNeeds()
	require.NoError(t, err)
	seen := 0
	for _, need := range needs {
		for _, version := range need.Needs {
			number, isGlibc := strings.CutPrefix(version.Dep, "GLIBC_2.")
			if !assert.True(t, isGlibc, "%s wants %s of %s", path, version.Dep, need.Name) {
				continue
			}
			minor, err := strconv.Atoi(strings.Split(number, ".")[0])
			require.NoError(t, err, version.Dep)
			assert.LessOrEqual(t, minor, oldestMinor, "%s wants %s of %s", path, version.Dep, need.Name)
			seen++
		}
	}
	assert.NotZero(t, seen, "no symbol has a version: the file does not say what it needs")
}

// assertShared checks what the linker was told, in its result.
func assertShared(t *testing.T, path string, p platform) {
	t.Helper()
	file, err := elf.Open(path)
	require.NoError(t, err)
	defer file.Close()
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	assert.Equal(t, machines[p.arch], file.Machine)
	soname, err := file.DynString(elf.DT_SONAME)
	require.NoError(t, err)
	assert.Equal(t, []string{p.library}, soname)
	flags, err := file.DynValue(elf.DT_FLAGS_1)
	require.NoError(t, err)
	require.Len(t, flags, 1)
	const want = uint64(elf.DF_1_NOW | elf.DF_1_NODELETE)
	assert.Equal(t, want, flags[0]&want, "bound when it is loaded, and never unloaded")
}
