package sqlstore

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const killedPath = "BANTER_TEST_KILLED_STORE"

// TestKilled is not a test but the process that TestAKilledServerKeepsWhatItAcknowledged
// kills: many callers log users in for ever, and print who was acknowledged.
func TestKilled(t *testing.T) {
	path := os.Getenv(killedPath)
	if path == "" {
		t.Skip("only as a child of another test")
	}
	store := open(t, path)
	for worker := range 32 {
		go func() {
			for i := 0; ; i++ {
				user := fmt.Sprintf("%d.%d", worker, i)
				if _, err := store.OpenSession(t.Context(), loginOf(user, "a")); err != nil {
					panic(err)
				}
				fmt.Fprintln(os.Stdout, "kept", user)
			}
		}()
	}
	select {}
}

// It is killed early, while the log is given room, and when that has been used again.
func TestAKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	for _, enough := range []int{100, aheadAfter, aheadAfter + 50, 500, checkpointEvery + 500} {
		t.Run(fmt.Sprint(enough), func(t *testing.T) { killAfter(t, enough) })
	}
}

func killAfter(t *testing.T, enough int) {
	path := filepath.Join(t.TempDir(), "banter.db")
	child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), killedPath+"="+path)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())

	var kept []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var user string
		if n, _ := fmt.Sscanf(lines.Text(), "kept %s", &user); n == 1 {
			kept = append(kept, user)
		}
		if len(kept) == enough {
			require.NoError(t, child.Process.Kill()) // and read on what it had printed
		}
	}
	assert.ErrorContains(t, child.Wait(), "killed")
	require.GreaterOrEqual(t, len(kept), enough)

	db := open(t, path).db.reader()
	for _, user := range kept {
		var n int
		require.NoError(t, db.QueryRowContext(t.Context(),
			`SELECT COUNT(*) FROM sessions WHERE user_id = $1`, user).Scan(&n))
		require.Equal(t, 1, n, user)
	}
	var verdict string
	require.NoError(t, db.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&verdict))
	assert.Equal(t, "ok", verdict)
}
