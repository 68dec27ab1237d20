package cache

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// mostMoved is how large a file may be that is moved into memory: the game's is the game's.
const mostMoved = 64 << 20

// CannotWrite says whether a change failed for want of a disk that takes it, and not because
// of what the change was.
func CannotWrite(err error) bool {
	var failure sqlite3.Error
	if !errors.As(err, &failure) {
		return false
	}
	switch failure.Code {
	case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen:
		return true
	}
	return false
}

// InMemory says whether what is kept is lost with the process.
func (c *Cache) InMemory() bool { return c.path == "" }

// MoveToMemory goes on in memory, with a copy of all that the file has. The file stays as it
// is, and is found so the next time.
func (c *Cache) MoveToMemory() error {
	var pages, size int64
	if err := errors.Join(c.row("PRAGMA page_count").Scan(&pages), c.row("PRAGMA page_size").Scan(&size)); err != nil {
		return err
	}
	if pages*size > mostMoved {
		return fmt.Errorf("the file has %d bytes, too many for the memory", pages*size)
	}
	memory, err := open(":memory:")
	if err != nil {
		return err
	}
	if err := copyTo(memory.conn, c.conn); err != nil {
		return errors.Join(err, memory.Close())
	}
	_ = c.Close() // what it still had to write it cannot
	*c = *memory
	return nil
}

// copyTo replaces all of one database by all of another.
func copyTo(to, from *sql.Conn) error {
	return to.Raw(func(to any) error {
		return from.Raw(func(from any) error {
			backup, err := to.(*sqlite3.SQLiteConn).Backup("main", from.(*sqlite3.SQLiteConn), "main")
			if err != nil {
				return err
			}
			_, err = backup.Step(-1)
			return errors.Join(err, backup.Close())
		})
	})
}
