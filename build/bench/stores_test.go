package bench

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"; "pgx" comes with pgtest
	"github.com/stretchr/testify/require"
)

// store is the database of a server, which a test fills as if the server had been used for long:
// with statements of SQL, since a million logins would take an hour.
type store struct {
	t        *testing.T
	file     string // of SQLite
	postgres string // the address; "": it is a file
}

// open returns the only connection to the store. The server must not run.
func (s store) open() *sql.DB {
	s.t.Helper()
	driver, source := "pgx", s.postgres
	if s.postgres == "" {
		driver, source = "sqlite3", s.file
	}
	db, err := sql.Open(driver, source)
	require.NoError(s.t, err)
	db.SetMaxOpenConns(1)
	if s.postgres == "" { // nobody needs what a crash would leave: the server sets all this again
		s.exec(db, "PRAGMA journal_mode = OFF")
		s.exec(db, "PRAGMA synchronous = OFF")
		s.exec(db, "PRAGMA cache_size = -262144")
	}
	return db
}

// close ends what open began, with what a database does by itself in time.
func (s store) close(db *sql.DB) {
	s.t.Helper()
	if s.postgres != "" {
		s.exec(db, "VACUUM ANALYZE")
		s.exec(db, "CHECKPOINT")
	}
	require.NoError(s.t, db.Close())
}

// terms are what stands in statements for words in braces.
type terms map[string]any

// exec runs a statement, and knows some words that every statement may have.
func (s store) exec(db *sql.DB, statement string, with ...terms) {
	s.t.Helper()
	all := terms{"app": appID, "newline": "char(10)", "random": "lower(hex(randomblob(16)))"}
	if s.postgres != "" {
		all["newline"], all["random"] = "chr(10)", "md5(random()::text)"
	}
	for _, more := range with {
		maps.Copy(all, more)
	}
	for range 2 { // a term may have words too
		for word, term := range all {
			statement = strings.ReplaceAll(statement, "{"+word+"}", fmt.Sprint(term))
		}
	}
	_, err := db.ExecContext(context.Background(), statement)
	require.NoError(s.t, err, statement)
}

// size is what the store takes of the disk, in MB.
func (s store) size() float64 {
	s.t.Helper()
	var bytes int64
	if s.postgres != "" {
		db, err := sql.Open("pgx", s.postgres)
		require.NoError(s.t, err)
		defer db.Close()
		require.NoError(s.t, db.QueryRow("SELECT pg_database_size(current_database())").Scan(&bytes))
		return float64(bytes) / 1e6
	}
	files, err := filepath.Glob(s.file + "*") // with the write-ahead log
	require.NoError(s.t, err)
	for _, name := range files {
		info, err := os.Stat(name)
		require.NoError(s.t, err)
		bytes += info.Size()
	}
	return float64(bytes) / 1e6
}
