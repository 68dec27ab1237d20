package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
	"github.com/banter-im/banter/server/sqlstore/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) chat.Store { return open(t, filepath.Join(t.TempDir(), "banter.db")) })
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func open(t testing.TB, path string) *Store {
	t.Helper()
	store, err := OpenSQLite(t.Context(), path, quiet())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	return store
}

func loginOf(user, id string) chat.Opening {
	return chat.Opening{
		App: 1, User: user, Session: id, Platform: session.Linux, Instance: id, Node: "n",
		TicketIssued: time.Unix(1700000000, 0), TicketExpires: time.Unix(1700000000+3600, 0),
		At:    time.Unix(1700000000, 0),
		Admit: func(live []session.Live, newcomer session.Live) []session.Live { return nil },
	}
}

// That a statement's journal takes no 64 KiB from the system each time. See pragmaMigrated.
func TestTheWriterUndoesStatementsInMemory(t *testing.T) {
	const inMemory = 2
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	var where int
	require.NoError(t, store.db.change(t.Context(), func(ctx context.Context, tx querier) error {
		return tx.QueryRowContext(ctx, "PRAGMA temp_store").Scan(&where)
	}))
	assert.Equal(t, inMemory, where)
}

func TestAReopenedFileHoldsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "banter.db")
	store := open(t, path)
	before, err := store.OpenSession(t.Context(), loginOf("ann", "a"))
	require.NoError(t, err)
	require.NoError(t, store.Close())
	assert.NoError(t, store.Close(), "closing again does no harm")
	_, err = os.Stat(path + "-wal")
	assert.ErrorIs(t, err, os.ErrNotExist, "everything is in the one file")

	back := loginOf("ann", "a")
	back.Resume = before.Session.Number
	after, err := open(t, path).OpenSession(t.Context(), back)
	require.NoError(t, err)
	assert.Equal(t, &before.Session, after.Superseded)
	assert.EqualValues(t, 2, after.Session.Number)
}

func TestTheFilesAreTheOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "banter.db")
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	open(t, path)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), suffix)
	}
}

func TestAPathMayHoldAnyCharacter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c=d%20#é世", "banter.db")
	require.NoError(t, os.Mkdir(filepath.Dir(path), 0o700))
	require.NoError(t, open(t, path).Ping(t.Context()))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Positive(t, info.Size())
}

func TestAConnectionIsDurableAndChecksReferences(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	want := map[string]string{
		"page_size": "4096", "journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000",
		"foreign_keys": "1", "wal_autocheckpoint": "32000",
	}
	conn := store.db.(*sqlite).writer.conn
	for pragma, value := range want {
		var got string
		require.NoError(t, conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
		assert.Equal(t, value, got, pragma)
	}
	_, err := store.db.reader().ExecContext(t.Context(), `DELETE FROM accounts`)
	assert.ErrorContains(t, err, "readonly")
}

func TestOpeningWhatIsNoStoreSaysSo(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	require.NoError(t, os.WriteFile(garbage, make([]byte, 4096), 0o600))
	require.NoError(t, os.WriteFile(garbage, []byte("this is a text file, and a long one at that: "+string(make([]byte, 200))), 0o600))
	for path, want := range map[string]string{
		garbage:                               "not a database",
		t.TempDir():                           "is a directory",
		filepath.Join(t.TempDir(), "no", "x"): "no such file",
	} {
		_, err := OpenSQLite(t.Context(), path, quiet())
		assert.ErrorContains(t, err, want)
		assert.ErrorContains(t, err, path)
	}
}

// What is acknowledged is seen by whoever else opens the file, at once.
func TestAnAcknowledgedLoginIsCommitted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "banter.db")
	store := open(t, path)
	other, err := sql.Open("sqlite3", path)
	require.NoError(t, err)
	defer other.Close()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			_, err := store.OpenSession(t.Context(), loginOf(fmt.Sprint("user ", i), "a"))
			assert.NoError(t, err)
			var n int
			err = other.QueryRow(`SELECT COUNT(*) FROM sessions WHERE user_id = ?`, fmt.Sprint("user ", i)).Scan(&n)
			assert.NoError(t, err)
			assert.Equal(t, 1, n)
		})
	}
	all.Wait()
}

func TestAPanicFailsItsOwnOperationAlone(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			o := loginOf(fmt.Sprint("user ", i), "a")
			if i%4 == 0 {
				o.Admit = func([]session.Live, session.Live) []session.Live { panic("the policy is broken") }
			}
			opened, err := store.OpenSession(t.Context(), o)
			if i%4 == 0 {
				assert.ErrorIs(t, err, errPanic)
				assert.Zero(t, opened)
			} else {
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
	again, err := store.OpenSession(t.Context(), loginOf("user 0", "a"))
	require.NoError(t, err)
	assert.True(t, again.NewAccount, "the operation that panicked left no account")
}

// blockWriter holds the writer inside an operation until release is called.
func blockWriter(store *Store) (release func()) {
	entered, leave := make(chan struct{}), make(chan struct{})
	go store.db.change(context.Background(), func(context.Context, querier) error {
		close(entered)
		<-leave
		return nil
	})
	<-entered
	return func() { close(leave) }
}

func TestCallersDoNotWaitPastTheirContext(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	release := blockWriter(store)
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error)
	go func() {
		_, err := store.OpenSession(ctx, loginOf("ann", "a"))
		done <- err
	}()
	cancel(errors.New("gone"))
	assert.ErrorIs(t, <-done, context.Canceled)
	release()
	require.NoError(t, store.Ping(t.Context()))
}

func TestCloseKeepsWhatIsUnderWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "banter.db")
	store := open(t, path)
	release := blockWriter(store)
	var kept atomic.Int32
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			_, err := store.OpenSession(t.Context(), loginOf(fmt.Sprint("user ", i), "a"))
			if err == nil {
				kept.Add(1)
			} else {
				assert.ErrorIs(t, err, ErrClosed)
			}
		})
	}
	all.Go(func() { assert.NoError(t, store.Close()) })
	release()
	all.Wait()

	var n int32
	require.NoError(t, open(t, path).db.reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM sessions`).Scan(&n))
	assert.Equal(t, kept.Load(), n, "what was acknowledged, and nothing else")
	assert.ErrorIs(t, store.Ping(t.Context()), ErrClosed)
}

func TestALostTransactionIsTold(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	err := store.db.change(t.Context(), func(ctx context.Context, tx querier) error {
		_, err := tx.ExecContext(ctx, `ROLLBACK`) // as SQLite does itself when the disk is full
		return err
	})
	require.ErrorContains(t, err, "lost the transaction")
	_, err = store.OpenSession(t.Context(), loginOf("ann", "a"))
	assert.NoError(t, err, "the next transaction is a new one")
}
