package sqlstore

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTablesWithoutRowidHoldTheSame migrates accounts and sessions of every state, each column of
// which has a value of its own.
func TestTablesWithoutRowidHoldTheSame(t *testing.T) {
	list, err := migrations(migrationFiles)
	require.NoError(t, err)
	db, err := openSQLite(t.Context(), filepath.Join(t.TempDir(), "banter.db"), quiet())
	require.NoError(t, err)
	defer func() { assert.NoError(t, db.close()) }()
	require.NoError(t, db.change(t.Context(), migrate(list[:17])))
	old := fillTables(t, db)

	require.NoError(t, db.change(t.Context(), migrate(list[:18])))
	tables := []string{"accounts", "sessions"}
	for i, table := range tables {
		assert.Equal(t, old[i], texts(t, db, `SELECT * FROM `+table+` ORDER BY 1, 2, 3`), table)
		assert.Equal(t, []string{"0"}, texts(t, db, `SELECT COUNT(*) FROM pragma_foreign_key_list('`+table+`')`))
		assert.Equal(t, []string{"1"}, texts(t, db, `SELECT wr FROM pragma_table_list('`+table+`')`), "without rowid")
	}
	assert.Equal(t, old[2], indexes(t, db))
	assert.Empty(t, texts(t, db, `SELECT * FROM pragma_foreign_key_check`))
	assert.Equal(t, []string{"ok"}, texts(t, db, `SELECT * FROM pragma_integrity_check`))
}

// fillTables fills accounts and sessions, and returns what is in them, and their indexes.
func fillTables(t *testing.T, db *sqlite) (old [3][]string) {
	change := func(query string, args ...any) {
		t.Helper()
		_, err := newStore(db).execSoon(t.Context(), everything, query, args...)
		require.NoError(t, err)
	}
	for user := range 40 {
		change(`INSERT INTO accounts VALUES ($1, 'user ' || $2, 100 + $2, CASE WHEN $2 % 2 = 0 THEN 200 + $2 END, 300 + $2,
			CASE WHEN $2 % 3 = 0 THEN 400 + $2 END, 500 + $2, 'nick ' || $2, 'face ' || $2, 600 + $2, 700 + $2, 800 + $2,
			'status ' || $2, 900 + $2, 1000 + $2)`, -int64(user%3), int64(user))
		for number, state := range []string{"live", "lost", "gone", "ended"} {
			change(`INSERT INTO sessions VALUES ($1, 'user ' || $2, 'session ' || $3, 100 + $2, 200 + $3, 'platform ' || $2, 'instance ' || $2,
				CASE WHEN $2 % 2 = 0 THEN 'node' ELSE '' END, 300 + $2, 400 + $2, 500 + $2, $4, CASE WHEN $3 < 3 THEN 600 + $2 END,
				'reason ' || $2, 'end platform ' || $2, 'end instance ' || $2, CASE WHEN $3 = 3 THEN 700 + $2 END, 'address ' || $2,
				$2 % 2, 'run ' || $2, 800 + $2)`, -int64(user%3), int64(user), int64(number), state)
		}
	}
	old[0] = texts(t, db, `SELECT app, user_id, number, void_until, created_at, deleted_at, born, nick, face_url,
		active_day, active_before, events, custom_status, rev, groups_rev FROM accounts ORDER BY 1, 2, 3`)
	old[1] = texts(t, db, `SELECT app, user_id, session, number, login, platform, instance, node, opened_at,
		ticket_issued, ticket_expires, state, lost_at, end_reason, end_platform, end_instance, ended_at,
		address, reported, run, attempt FROM sessions ORDER BY 1, 2, 3`)
	require.Len(t, old[0], 40)
	require.Len(t, old[1], 160)
	old[2] = indexes(t, db)
	return old
}

func indexes(t *testing.T, db *sqlite) []string {
	return texts(t, db, `SELECT name, sql FROM sqlite_master
		WHERE type = 'index' AND tbl_name IN ('accounts', 'sessions') AND sql IS NOT NULL ORDER BY name`)
}

// texts returns each row as a text.
func texts(t *testing.T, db *sqlite, query string) (all []string) {
	t.Helper()
	rows, err := db.reader().QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range into {
		into[i] = &values[i]
	}
	for rows.Next() {
		require.NoError(t, rows.Scan(into...))
		all = append(all, fmt.Sprint(values...))
	}
	require.NoError(t, rows.Err())
	return all
}
