//go:build linux && amd64

package suite

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// portable are the tests that run on every target. What they leave out needs a sanitizer,
// a collector, /proc or a signal.
const portable = "^(TestDemo|TestConformance|TestConformanceLoggedIn|TestTheFirstBadArgumentDecides|" +
	"TestInitChecksItsArguments|TestSetConfig|TestExperimentalOperations|TestCallbackModes|" +
	"TestEveryCallbackCanBeSetAndTakenAway|TestPromises|TestUninitKeepsItsPromises|TestUserIDIsNeverAMixture|" +
	"TestUnloadAndLoadAgain|TestProcessEndsWhileTheLibraryWorks|TestLoginAndLogout|TestTicketsThatAreRefused|" +
	"TestNonASCIIPathsAndSettings|TestSecondDeviceKicksTheFirst|TestTwoGamesOnOneFolderAreTwoDevices|TestAHundredClients)$"

// TestOtherPlatforms runs the portable tests again on each other target, where this
// machine can: on Windows through wine, on arm64 through qemu, and on the library of a
// release. The servers are this machine's.
func TestOtherPlatforms(t *testing.T) {
	if chosen.name != here.name {
		t.Skip("this is one of them")
	}
	product(t) // before the others want it
	for _, other := range others {
		t.Run(other.name, func(t *testing.T) {
			t.Parallel()
			for _, tool := range append([]string{other.compiler}, other.runner[:min(1, len(other.runner))]...) {
				if _, err := exec.LookPath(tool); err != nil {
					t.Skipf("needs %s: scripts/needs names the package", tool)
				}
			}
			other.buildLibrary(t)
			cmd := exec.Command(os.Args[0], "-test.run="+portable, "-test.v", "-test.timeout=5m")
			cmd.Env = append(append(os.Environ(), "BANTER_TARGET="+other.name), other.environment(t)...)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", whatFailed(out))
			ran := regexp.MustCompile(`(?m)^--- PASS: .*`).FindAllString(string(out), -1)
			t.Log(strings.Join(ran, "\n"))
			assert.Len(t, ran, strings.Count(portable, "|")+1, "every one of them ran:\n%s", out)
		})
	}
}

// whatFailed returns the output of a test's process without the lines of what began or passed,
// which are hundreds and hide the others.
func whatFailed(out []byte) []byte {
	return regexp.MustCompile(`(?m)^ *(=== (RUN|PAUSE|CONT)|--- PASS:) .*\n`).ReplaceAll(out, nil)
}

// buildLibrary makes the target's library, or skips the test when this machine cannot.
func (p target) buildLibrary(t *testing.T) {
	t.Helper()
	cmd := exec.Command(filepath.Join(root, "scripts", "build"), p.build...)
	out, err := cmd.CombinedOutput()
	if bytes.Contains(out, []byte(": needs ")) || bytes.Contains(out, []byte("build: released files are made on")) {
		t.Skip(string(out))
	}
	require.NoError(t, err, string(out))
}

// environment is what the target's runner needs to know.
func (p target) environment(t *testing.T) []string {
	t.Helper()
	if p.suffix != ".exe" {
		return nil
	}
	lib, err := filepath.Abs(filepath.Join(p.product(t), "lib"))
	require.NoError(t, err)
	return wine(t, lib)
}
