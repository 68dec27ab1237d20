package bench

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
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

// withMapped is the file that a process of this test maps.
const withMapped = "BANTER_TEST_MAPPED"

func TestSharedMemoryCountsOnce(t *testing.T) {
	const size = 64 << 20
	if name := os.Getenv(withMapped); name != "" {
		mapWhole(t, name, size)
		os.Stdout.WriteString("mapped\n")
		os.Stdin.Read(make([]byte, 1)) // until the other one has ended
		return
	}
	name := filepath.Join(t.TempDir(), "shared")
	require.NoError(t, os.WriteFile(name, make([]byte, size), 0o600))
	mapWhole(t, name, size)
	other := exec.Command(os.Args[0], "-test.run=^TestSharedMemoryCountsOnce$")
	other.Env = append(os.Environ(), withMapped+"="+name)
	hold, err := other.StdinPipe()
	require.NoError(t, err)
	said, err := other.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, other.Start())
	defer func() {
		hold.Close()
		other.Wait()
	}()
	line, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "mapped\n", line)

	alone, err := readStat(other.Process.Pid)
	require.NoError(t, err)
	own, err := readStat(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, alone.rss, int64(size), "it has the file in memory")
	both, err := readUsage([]int{os.Getpid(), other.Process.Pid})
	require.NoError(t, err)
	assert.Less(t, both.rss, own.rss+alone.rss-size*3/4)
	assert.Greater(t, both.rss, int64(size*3/4))
}

// mapWhole maps a file until the test ends, and has all of it in memory.
func mapWhole(t *testing.T, name string, size int) {
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	mapped, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED|unix.MAP_POPULATE)
	require.NoError(t, err)
	t.Cleanup(func() { unix.Munmap(mapped) })
}

func TestAShareThatCannotBeReadIsAllOfIt(t *testing.T) {
	assert.Equal(t, int64(12<<10), parseShare([]byte("00400000-7fff ---p 00000000 00:00 0    [rollup]\nRss:    20 kB\nPss:    12 kB\nPss_Dirty: 3 kB\n"), 7))
	for _, text := range []string{"", "Pss:\n", "Pss: much kB\n", "Pss: 9223372036854775807 kB", "Pss: -4 kB\n", "Rss: 20 kB\n"} {
		assert.Equal(t, int64(7), parseShare([]byte(text), 7), text)
	}
	assert.Equal(t, int64(7), readShare(-1, 7), "no such process")
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("12 (a) b) (c) S 7 1 1 0 -1 4194560 1 0 0 0 100 50 30 20 20 0 9 0 5 1000 3 18446744073709551615 0"))
	f.Add([]byte(")"))
	f.Add([]byte("Rss: 20 kB\nPss: 12 kB\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		parseStat(text)
		assert.GreaterOrEqual(t, parseShare(text, 0), int64(0))
	})
}
