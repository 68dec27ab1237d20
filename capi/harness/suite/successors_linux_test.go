package suite

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSuccessorsHaveTheFiles has somebody else start with the same files as soon as TIMUninit has
// returned, with a login and without one, of the same user.
func TestSuccessorsHaveTheFiles(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	program := linked(t, "successors", product(t)+"/lib")
	for who, rounds := range map[string]int{"clients": 90, "processes": 10} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			out, err := exec.Command(program, s.URL, fmt.Sprint(s.AppID), t.TempDir(), who, s.ticket(who), fmt.Sprint(rounds), who).CombinedOutput()
			require.NoError(t, err, string(out))
			require.Empty(t, string(out))
		})
	}
}
