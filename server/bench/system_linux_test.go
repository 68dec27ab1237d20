package bench

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUsageIsReadOfAProcess(t *testing.T) {
	used, err := readUsage([]int{os.Getpid()})
	require.NoError(t, err)
	assert.Greater(t, used.rss, int64(1<<20))
	for began := time.Now(); time.Since(began) < time.Minute; {
		if again, err := readUsage([]int{os.Getpid()}); err != nil || again.cpu > used.cpu {
			require.NoError(t, err)
			return
		}
	}
	t.Fatal("a busy process used no CPU")
}

func TestAProcessMayBeNamedAnything(t *testing.T) {
	s, err := parseStat([]byte("12 (a) b) (c) S 7 1 1 0 -1 4194560 1 0 0 0 100 50 30 20 20 0 9 0 5 1000 3 18446744073709551615 0"))
	require.NoError(t, err)
	assert.Equal(t, stat{parent: 7, cpu: 2 * time.Second, rss: 3 * int64(os.Getpagesize())}, s)
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("12 (a) b) (c) S 7 1 1 0 -1 4194560 1 0 0 0 100 50 30 20 20 0 9 0 5 1000 3 18446744073709551615 0"))
	f.Add([]byte(")"))
	f.Fuzz(func(t *testing.T, text []byte) { parseStat(text) })
}
