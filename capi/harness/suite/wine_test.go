//go:build linux && amd64

package suite

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// randomness is what wine 8 lacks and the Go runtime loads: a library with one function.
const randomness = `#include <windows.h>
BOOLEAN WINAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
    return SystemFunction036(data, (ULONG)size);
}
`

// wine makes a Windows of its own in a temporary folder, where programs find the
// libraries in lib, and returns the environment that leads there. It ends with the test.
func wine(t *testing.T, lib string) []string {
	t.Helper()
	prefix := filepath.Join(t.TempDir(), "wine")
	env := []string{"WINEPREFIX=" + prefix, "WINEPATH=Z:" + lib, "WINEDEBUG=-all", "DISPLAY=",
		"WINEDLLOVERRIDES=mscoree,mshtml=", "LC_ALL=C.UTF-8"}
	run := func(name string, args ...string) {
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s %v\n%s", name, args, out)
	}
	t.Cleanup(func() {
		end := exec.Command("/usr/lib/wine/wineserver64", "--kill", "--wait")
		end.Env = append(os.Environ(), env...)
		_ = end.Run() // it may have ended already
	})
	run("/usr/lib/wine/wine64", "wineboot", "--init")
	keepWine(t, env)
	source := filepath.Join(t.TempDir(), "randomness.c")
	require.NoError(t, os.WriteFile(source, []byte(randomness), 0o600))
	run("x86_64-w64-mingw32-gcc", "-shared", "-o",
		filepath.Join(prefix, "drive_c", "windows", "system32", "bcryptprimitives.dll"), source, "-ladvapi32")
	return env
}

// keepWine runs a program that waits, so that the others need not start all of Windows
// again, which takes seconds each time.
func keepWine(t *testing.T, env []string) {
	t.Helper()
	waits := exec.Command("/usr/lib/wine/wine64", "cmd")
	waits.Env = append(os.Environ(), env...)
	in, err := waits.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, waits.Start())
	t.Cleanup(func() {
		in.Close()
		_ = waits.Wait() // its end does not matter
	})
}
