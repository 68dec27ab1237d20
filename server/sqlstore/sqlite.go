package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// OpenSQLite opens the store in the file at path, and makes it when there is none, for
// its owner's eyes only. The schema is brought up to date. One process may have a file
// open at a time: it is the caller who sees to that.
func OpenSQLite(ctx context.Context, path string, log *slog.Logger) (*Store, error) {
	db, err := openSQLite(ctx, path, log)
	if err != nil {
		return nil, fmt.Errorf("open the store %s: %w", path, err)
	}
	list, err := migrations(migrationFiles)
	if err == nil {
		err = db.change(ctx, migrate(list))
	}
	if err == nil {
		_, err = db.writer.conn.ExecContext(ctx, pragmaMigrated)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the store %s: %w", path, err), db.close())
	}
	return newStore(db), nil
}

// sqlite is a database in a file: one connection writes, a few others read.
type sqlite struct {
	*writer
	checkpoints *checkpointer
	write       *sql.DB // two connections: the writer's, and the checkpointer's
	read        *sql.DB
}

var (
	writePragmas = []string{
		"PRAGMA page_size = 4096",
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL", // a commit is on the disk before it returns
		"PRAGMA busy_timeout = 5000",
		"PRAGMA foreign_keys = ON",
		"PRAGMA cache_size = -32768", // KiB: the pages that logins and messages of a busy hour change
		fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", checkpointPages),
	}
	// pragmaMigrated is for after the migrations, which may sort more than there is memory for. Before a statement
	// that returns rows SQLite keeps each page it changes, to undo it if it fails half way. As long as that
	// might become a file it takes 64 KiB at a time, which the C library gives back to the system each time:
	// that took 25 us of the server's CPU for each session.
	pragmaMigrated = "PRAGMA temp_store = MEMORY"
	readPragmas    = []string{
		"PRAGMA query_only = ON",
		"PRAGMA busy_timeout = 5000",
	}
)

const (
	readers          = 4
	cachedStatements = 128 // of each connection: more than there are in this package
)

func openSQLite(ctx context.Context, path string, log *slog.Logger) (*sqlite, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	write := sql.OpenDB(newConnector(path, writePragmas))
	conn, err := write.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	beside, err := write.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, conn.Close(), write.Close())
	}
	read := sql.OpenDB(newConnector(path, readPragmas))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	if err := openAll(ctx, read, readers); err != nil {
		return nil, errors.Join(err, read.Close(), beside.Close(), conn.Close(), write.Close())
	}
	writer := startWriter(conn, log)
	return &sqlite{writer: writer, checkpoints: startCheckpointer(beside, path, writer, log), write: write, read: read}, nil
}

// openAll opens so many connections, which stay: a server that may open no more files later can still read.
func openAll(ctx context.Context, db *sql.DB, count int) error {
	var all []*sql.Conn
	var failed error
	for range count {
		conn, err := db.Conn(ctx)
		if err != nil {
			failed = err
			break
		}
		all = append(all, conn)
	}
	for _, conn := range all {
		failed = errors.Join(failed, conn.Close())
	}
	return failed
}

// makePrivate makes the file with the mode that SQLite then gives the files beside it.
func makePrivate(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(0o600), file.Close())
}

func (s *sqlite) reader() querier { return s.read }

// close ends the writer's connection last: SQLite then empties the write-ahead log.
func (s *sqlite) close() error {
	if !s.writer.stop() {
		return nil
	}
	return errors.Join(s.checkpoints.close(), s.read.Close(), s.writer.conn.Close(), s.write.Close())
}

// connector opens connections with pragmas that a data source name has no words for.
type connector struct {
	driver *sqlite3.SQLiteDriver
	source string
}

func newConnector(path string, pragmas []string) *connector {
	location := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	// Of a connection there is one user at a time, so SQLite need not lock it for each column it reads. Interrupts,
	// which come from other threads, are safe all the same.
	location.RawQuery = fmt.Sprintf("_stmt_cache_size=%d&_mutex=no", cachedStatements)
	return &connector{
		driver: &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
			for _, pragma := range pragmas {
				if _, err := conn.Exec(pragma, nil); err != nil {
					return fmt.Errorf("%s: %w", pragma, err)
				}
			}
			return nil
		}},
		source: location.String(),
	}
}

func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.source) }

func (c *connector) Driver() driver.Driver { return c.driver }
