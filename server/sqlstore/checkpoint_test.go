package sqlstore

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rounds tells how often the write-ahead log has begun anew.
func rounds(t *testing.T, path string) uint32 {
	t.Helper()
	header := make([]byte, 32)
	file, err := os.Open(path + "-wal")
	require.NoError(t, err)
	defer file.Close()
	_, err = file.ReadAt(header, 0)
	require.NoError(t, err)
	return binary.BigEndian.Uint32(header[12:])
}

// The log begins anew while operations go on without a pause, and long before a commit would
// have to see to that.
func TestTheLogIsBroughtIntoTheFileBesideTheWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "banter.db")
	store := open(t, path)
	before := rounds(t, path)
	var done atomic.Int64
	var enough atomic.Bool
	var all sync.WaitGroup
	for worker := range 32 {
		all.Go(func() {
			for i := 0; !enough.Load(); i++ {
				_, err := store.OpenSession(t.Context(), loginOf(fmt.Sprint(worker, " ", i), "a"))
				if !assert.NoError(t, err) {
					return
				}
				done.Add(1)
			}
		})
	}
	assert.Eventually(t, func() bool { return rounds(t, path) > before }, 2*time.Minute, 10*time.Millisecond)
	enough.Store(true)
	all.Wait()
	assert.GreaterOrEqual(t, done.Load(), int64(aheadAfter+checkpointSoon), "not before")
	log, err := os.Stat(path + "-wal")
	require.NoError(t, err)
	assert.Less(t, log.Size(), int64(checkpointPages)*4096)
	require.NoError(t, store.Close())
	_, err = os.Stat(path + "-wal")
	assert.ErrorIs(t, err, os.ErrNotExist, "nothing is left of it")
	again := open(t, path)
	var accounts int64
	require.NoError(t, again.db.reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM accounts`).Scan(&accounts))
	assert.Equal(t, done.Load(), accounts)
}

func TestTheLogHasRoomAhead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "banter.db")
	store := open(t, path)
	size := func() int64 {
		log, err := os.Stat(path + "-wal")
		require.NoError(t, err)
		return log.Size()
	}
	for range aheadAfter / 2 {
		require.NoError(t, store.Ping(t.Context()))
	}
	assert.Less(t, size(), int64(aheadPages/2*4096), "a server that hardly does anything needs none")
	for range aheadAfter / 2 {
		require.NoError(t, store.Ping(t.Context()))
	}
	require.Eventually(t, func() bool { return size() >= aheadPages*(4096+24) }, time.Minute, time.Millisecond)
	require.NoError(t, store.Ping(t.Context()), "a file grows while it is written to: the writer's turn is after that")
	room := size()
	begun := rounds(t, path)
	for i := 0; rounds(t, path) == begun; i++ {
		_, err := store.OpenSession(t.Context(), loginOf(fmt.Sprint("user ", i), "a"))
		require.NoError(t, err)
		require.Less(t, i, 2*checkpointEvery, "it begins anew before long")
	}
	assert.Equal(t, room, size(), "and before it needs more")
}

func TestWhenTheLogIsBroughtIntoTheFile(t *testing.T) {
	assert.EqualValues(t, 4000, nextCheckpoint(4000, 2000), "as before where it stays short")
	assert.EqualValues(t, 2000, nextCheckpoint(4000, 12_000), "sooner where it would need more room")
	assert.EqualValues(t, 3000, nextCheckpoint(1000, 2000), "later again")
	assert.EqualValues(t, 500, nextCheckpoint(4000, 30_000_000), "but not all the time")
	assert.EqualValues(t, 4000, nextCheckpoint(500, 0))
}

func TestWhatDoesNotGoInWholeIsTakenBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	_, err := appendTo(path, []byte("a"))
	assert.ErrorIs(t, err, os.ErrNotExist, "it makes no file")
	require.NoError(t, os.WriteFile(path, []byte("ab"), 0o600))
	size, err := appendTo(path, []byte("cd"))
	require.NoError(t, err)
	assert.EqualValues(t, 4, size)
	_, err = appendTo("/dev/full", []byte("a"))
	assert.Error(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "abcd", string(text))
}
