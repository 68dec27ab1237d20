//go:build linux

package sqlstore

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/server/chat"
)

// dump returns everything that Copy copies, by table.
func dump(t *testing.T, store *Store, tables []string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, table := range tables {
		rows, err := store.db.reader().QueryContext(t.Context(), "SELECT * FROM "+table)
		require.NoError(t, err)
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			require.NoError(t, rows.Scan(into...))
			all[table] = append(all[table], fmt.Sprint(row...))
		}
		require.NoError(t, rows.Err())
		rows.Close()
	}
	return all
}

// filled is an SQLite store that holds something in every table.
func filled(t *testing.T, path string) *Store {
	store := open(t, path)
	store.Report(func(uint64) bool { return true })
	for i := range rowsAtATime + 3 {
		_, err := store.OpenSession(t.Context(), loginOf(fmt.Sprint("user ", i), fmt.Sprint(i)))
		require.NoError(t, err)
	}
	o := loginOf("user 0", "away")
	o.At = time.Now()
	away, err := store.OpenSession(t.Context(), o)
	require.NoError(t, err)
	_, err = store.EndSession(t.Context(), away.Session.Ref, chat.LinkClosed, time.Now())
	require.NoError(t, err)
	return store
}

func TestACopyHoldsEverything(t *testing.T) {
	from := filled(t, filepath.Join(t.TempDir(), "banter.db"))
	to := openPostgres(t, pgtest.Start(t).Database(t))
	tables, err := copiedTables(t.Context(), from.db.reader())
	require.NoError(t, err)
	counts, err := Copy(t.Context(), from, to)
	require.NoError(t, err)
	before, after := dump(t, from, tables), dump(t, to, tables)
	for _, table := range tables {
		assert.ElementsMatch(t, before[table], after[table], table)
		assert.Len(t, before[table], counts[table], table)
	}
	for _, table := range []string{"accounts", "sessions", "outbox", "usage"} {
		assert.NotZero(t, counts[table], table)
	}
	_, err = Copy(t.Context(), from, to)
	assert.ErrorIs(t, err, ErrNotEmpty)
	_, err = Copy(t.Context(), to, from)
	assert.Error(t, err)
}

func TestABackupIsAsTheStoreWas(t *testing.T) {
	folder := t.TempDir()
	path, backup := filepath.Join(folder, "banter.db"), filepath.Join(folder, "backup.db")
	store := filled(t, path)
	require.NoError(t, BackupSQLite(t.Context(), path, backup))
	info, err := os.Stat(backup)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	tables, err := copiedTables(t.Context(), store.db.reader())
	require.NoError(t, err)
	assert.Equal(t, dump(t, store, tables), dump(t, open(t, backup), tables))

	assert.ErrorIs(t, BackupSQLite(t.Context(), path, backup), os.ErrExist, "it overwrites nothing")
	other := filepath.Join(folder, "other.db")
	assert.ErrorIs(t, BackupSQLite(t.Context(), filepath.Join(folder, "none.db"), other), os.ErrNotExist)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "broken.db"), []byte("this is no database, however long it may be"), 0o600))
	assert.Error(t, BackupSQLite(t.Context(), filepath.Join(folder, "broken.db"), other))
	assert.NoFileExists(t, other)
}
