package cache

import (
	"context"
	"database/sql/driver"
	"net/url"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// connector opens a file whose path may hold any character.
type connector struct{ path string }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open(c.address())
}

func (connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// address is the path as SQLite takes it: a question mark in it begins no options.
func (c connector) address() string {
	if c.path == ":memory:" {
		return c.path
	}
	path := filepath.ToSlash(c.path)
	if path[0] != '/' && filepath.VolumeName(c.path) != "" {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path, OmitHost: true}).String()
}
