package cache

import (
	"database/sql"
	"errors"
)

// extensionsSchema is what a file of an earlier version lacks: it is made when it is not there.
const extensionsSchema = `
CREATE TABLE IF NOT EXISTS extensions (
  conversation INTEGER NOT NULL, pos INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (conversation, pos)) WITHOUT ROWID;
`

// Extensions returns what is kept of the extensions of a message of the server, as core has
// it; nil is nothing.
func (c *Cache) Extensions(conversation int64, pos uint64) (body []byte, err error) {
	err = c.row("SELECT body FROM extensions WHERE conversation = ? AND pos = ?", conversation, int64(pos)).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return body, err
}

// PutExtensions keeps it; nil is nothing.
func (c *Cache) PutExtensions(conversation int64, pos uint64, body []byte) error {
	if body == nil {
		return c.exec("DELETE FROM extensions WHERE conversation = ? AND pos = ?", conversation, int64(pos))
	}
	return c.exec("INSERT OR REPLACE INTO extensions (conversation, pos, body) VALUES (?, ?, ?)", conversation, int64(pos), body)
}

func (c *Cache) clearExtensions(conversation int64, pos uint64) error {
	return c.exec("DELETE FROM extensions WHERE conversation = ? AND pos <= ?", conversation, int64(pos))
}
