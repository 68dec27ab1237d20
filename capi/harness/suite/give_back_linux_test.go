package suite

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What a start has touched of the library's file is the system's again soon after it, but not where somebody has
// written to the library's code: a breakpoint or a hook stays.
func TestPagesOfTheStartAreGivenBack(t *testing.T) {
	t.Parallel()
	program := linked(t, "give_back", product(t)+"/lib", "-O2")
	for _, how := range []string{"plain", "patched"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			values := map[string][]float64{}
			readFigures(t, values, exec.Command(program, "ws://"+silence(t), "1400000001", t.TempDir(), how))
			t.Logf("resident of the library's file before TIMInit %v KiB, then %v KiB", values["resident_kib"], values["settled_kib"])
			if how == "patched" {
				assert.GreaterOrEqual(t, values["settled_kib"][0], values["resident_kib"][0]/2, "KiB that nobody gave back")
			}
		})
	}
}
