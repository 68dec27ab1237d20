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
	assert.GreaterOrEqual(t, done.Load(), int64(checkpointEvery), "not before")
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
