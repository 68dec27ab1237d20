// Package cache keeps what one user of one app has seen on this device: messages, with the
// places of a conversation that are known to be whole, conversations, and up to where the
// device has caught up with the server. It holds no secret but these.
package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// Cache is an open cache. One goroutine at a time uses it.
type Cache struct {
	db         *sql.DB
	conn       *sql.Conn
	statements map[string]*sql.Stmt
	path       string // "" in memory
	noted      bool   // that the file is damaged
}

// schemaVersion is that of a file of ours. One of another version is set aside: everything
// in it is at the server too.
const schemaVersion = 3

const schema = `
CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE conversations (
  number INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL,
  pos INTEGER NOT NULL, mod INTEGER NOT NULL, rev INTEGER NOT NULL, first_pos INTEGER NOT NULL,
  unread INTEGER NOT NULL, counted_pos INTEGER NOT NULL, read_pos INTEGER NOT NULL, read_time INTEGER NOT NULL,
  clear_pos INTEGER NOT NULL, deleted_pos INTEGER NOT NULL, pinned_at INTEGER NOT NULL, active_time INTEGER NOT NULL,
  peer_read_pos INTEGER NOT NULL, peer_read_time INTEGER NOT NULL, peer_nick TEXT NOT NULL, peer_face TEXT NOT NULL,
  extra BLOB, last BLOB,
  UNIQUE (type, id));
CREATE TABLE messages (
  conversation INTEGER NOT NULL, pos INTEGER NOT NULL, nth INTEGER NOT NULL,
  id TEXT NOT NULL, time INTEGER NOT NULL, flags INTEGER NOT NULL, status INTEGER NOT NULL,
  sender TEXT NOT NULL, kinds INTEGER NOT NULL, text TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (conversation, pos, nth)) WITHOUT ROWID;
CREATE INDEX messages_by_id ON messages (id, conversation);
CREATE INDEX messages_unsent ON messages (conversation, pos, nth) WHERE nth > 0;
CREATE TABLE receives (conversation INTEGER PRIMARY KEY, option INTEGER NOT NULL, unheard BLOB NOT NULL);
CREATE TABLE conversation_groups (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE ranges (
  conversation INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (conversation, first)) WITHOUT ROWID;
`

// Open opens the file at path, and makes it when there is none, for its owner's eyes only.
// It is the caller who sees to it that nobody else has it open. A file that is damaged, or
// of another version, is set aside, and an empty one takes its place: setAside says why.
// Without a path the cache is in memory.
func Open(path string) (cache *Cache, setAside, err error) {
	if path == "" {
		cache, err = open(":memory:")
		return cache, nil, err
	}
	if err := makePrivate(path); err != nil {
		return nil, nil, err
	}
	if setAside, err = markedDamaged(path); err != nil {
		return nil, setAside, err
	}
	cache, err = open(path)
	if err == nil || !Useless(err) {
		return cache, setAside, err
	}
	if failed := putAside(path); failed != nil {
		return nil, err, errors.Join(err, failed)
	}
	setAside = err
	cache, err = open(path)
	return cache, setAside, err
}

// errOtherVersion says that a file was not made by this version.
var errOtherVersion = errors.New("the file is of another version")

// Useless says whether a file will be no better another time.
func Useless(err error) bool {
	var failure sqlite3.Error
	if errors.As(err, &failure) {
		return failure.Code == sqlite3.ErrCorrupt || failure.Code == sqlite3.ErrNotADB || failure.Code == sqlite3.ErrError
	}
	return errors.Is(err, errOtherVersion) || errors.Is(err, errNoSense)
}

// putAside renames the file. What SQLite keeps beside it is of no use without it.
func putAside(path string) error {
	if err := os.Rename(path, path+".bad"); err != nil {
		return err
	}
	for _, beside := range []string{"-wal", "-shm", besideDamaged} {
		if err := os.Remove(path + beside); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return makePrivate(path)
}

// makePrivate makes the file with the mode that SQLite then gives the files beside it.
func makePrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(0o600), file.Close())
}

// pragmas of the connection. A commit survives the end of the process; after a power cut
// the server is asked again. The cache of pages is small, as the game's memory is the game's.
var pragmas = []string{
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = NORMAL",
	"PRAGMA cache_size = -512",
	"PRAGMA temp_store = MEMORY",
}

func open(path string) (*Cache, error) {
	db := sql.OpenDB(connector{path})
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	c := &Cache{db: db, conn: conn, statements: map[string]*sql.Stmt{}}
	if path != ":memory:" {
		c.path = path
	}
	if err := c.prepare(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// prepare brings a new file to the schema, and looks whether another has it.
func (c *Cache) prepare() error {
	for _, pragma := range pragmas {
		if _, err := c.conn.ExecContext(context.Background(), pragma); err != nil {
			return err
		}
	}
	version, tables := 0, 0
	if err := c.row("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if err := c.row("SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return err
	}
	switch {
	case version == schemaVersion:
		if _, err := c.conn.ExecContext(context.Background(), extensionsSchema); err != nil {
			return err
		}
		_, err := c.Position() // damage elsewhere shows when it is read
		return err
	case version != 0 || tables != 0:
		return fmt.Errorf("%w: it has %d, this is %d", errOtherVersion, version, schemaVersion)
	}
	return c.Update(func() error {
		_, err := c.conn.ExecContext(context.Background(), schema+extensionsSchema+fmt.Sprintf("PRAGMA user_version = %d;", schemaVersion))
		return err
	})
}

// Close closes the cache.
func (c *Cache) Close() error {
	for _, s := range c.statements {
		s.Close()
	}
	return errors.Join(c.conn.Close(), c.db.Close())
}

// Update runs f, whose changes are made all together or not at all.
func (c *Cache) Update(f func() error) error {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	done := false
	defer func() { // also when f panics
		if !done {
			_ = c.exec("ROLLBACK") // it fails when SQLite has rolled back by itself
		}
	}()
	err := f()
	if err == nil {
		err = c.exec("COMMIT")
	}
	done = err == nil
	return err
}

// statement prepares each text once.
func (c *Cache) statement(text string) (*sql.Stmt, error) {
	if s := c.statements[text]; s != nil {
		return s, nil
	}
	s, err := c.conn.PrepareContext(context.Background(), text)
	if err == nil {
		c.statements[text] = s
	}
	return s, c.seen(err)
}

func (c *Cache) exec(text string, args ...any) error {
	s, err := c.statement(text)
	if err != nil {
		return err
	}
	_, err = s.Exec(args...)
	return c.seen(err)
}

func (c *Cache) row(text string, args ...any) scanner {
	s, err := c.statement(text)
	if err != nil {
		return failedRow{err}
	}
	return watched{s.QueryRow(args...), c}
}

// all calls each for every row.
func (c *Cache) all(each func(scanner) error, text string, args ...any) error {
	s, err := c.statement(text)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return c.seen(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return c.seen(rows.Err())
}

type scanner interface{ Scan(...any) error }

type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }
