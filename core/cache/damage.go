package cache

import (
	"errors"
	"os"

	"github.com/mattn/go-sqlite3"
)

// besideDamaged ends the name of an empty file beside one in which damage was found. Whoever
// opens that one next sets it aside; so it is done also when the process is killed before.
const besideDamaged = "-damaged"

// errDamaged says why a file was set aside that looks well from its first pages.
var errDamaged = errors.New("damage was found in the file when it was last open")

// Damaged says that something in the file makes no sense. It stays in use until it is closed,
// for what can be read of it, and is set aside when it is opened again.
func (c *Cache) Damaged() {
	if c.noted || c.path == "" {
		return
	}
	c.noted = true
	if mark, err := os.OpenFile(c.path+besideDamaged, os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		mark.Close() // without the mark it is found again the next time
	}
}

// seen returns an error as it is, and takes note if it tells of damage.
func (c *Cache) seen(err error) error {
	var failure sqlite3.Error
	if errors.Is(err, errNoSense) || errors.As(err, &failure) && (failure.Code == sqlite3.ErrCorrupt || failure.Code == sqlite3.ErrNotADB) {
		c.Damaged()
	}
	return err
}

// markedDamaged sets a file aside in which damage was found, and says so.
func markedDamaged(path string) (setAside, err error) {
	if _, err := os.Lstat(path + besideDamaged); err != nil {
		return nil, nil
	}
	return errDamaged, putAside(path)
}

// A watched row takes note of damage.
type watched struct {
	scanner
	cache *Cache
}

func (w watched) Scan(into ...any) error { return w.cache.seen(w.scanner.Scan(into...)) }
