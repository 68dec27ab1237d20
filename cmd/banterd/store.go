package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/sqlstore"
)

// onlyNode is the name of the only node that there is on one machine's store.
const onlyNode = "main"

// storeConfig says where the data are, and who else uses them.
type storeConfig struct {
	Store string   `toml:"store"` // a PostgreSQL database's address; empty: SQLite in the data folder
	Node  string   `toml:"node"`  // among those that share the database; empty: a random name
	Lease duration `toml:"lease"` // after which a node that is silent is gone
}

func (c *storeConfig) settings() []setting {
	return []setting{
		{"server", "store", &c.Store, "postgres://user@host:5432/database (default SQLite in the data folder)"},
		{"server", "node", &c.Node, "this node's name, among those that share the store (default a random one)"},
		{"server", "lease", &c.Lease, "after which a node that is silent is gone (default 1m)"},
	}
}

func (c storeConfig) check() error {
	var problems []error
	if c.Store != "" {
		problems = append(problems, wrap("server.store", sqlstore.CheckPostgres(c.Store)))
	}
	if c.Node != "" && usersig.CheckUserID(c.Node) != nil {
		problems = append(problems, errors.New("server.node: it is not 1 to 32 bytes of printable ASCII"))
	}
	if c.Lease != 0 && time.Duration(c.Lease) < time.Second {
		problems = append(problems, errors.New("server.lease: it is less than 1s"))
	}
	return errors.Join(problems...)
}

// place is the name and the lease that this process has on its store.
func (c storeConfig) place() (node string, shared *chat.SharedConfig) {
	if c.Store == "" {
		return onlyNode, nil
	}
	node = c.Node
	if node == "" {
		node = rand.Text()
	}
	return node, &chat.SharedConfig{LeaseGood: time.Duration(c.Lease)}
}

// openStore opens the database at address, or, without one, the file in the data folder.
func openStore(ctx context.Context, address, data string, log *slog.Logger) (*sqlstore.Store, error) {
	if address != "" {
		return sqlstore.OpenPostgres(ctx, address, log)
	}
	return sqlstore.OpenSQLite(ctx, filepath.Join(data, databaseFile), log)
}

// setFlag is set for the value of a flag, which everybody on the machine can read.
func (s setting) setFlag(text string) error {
	if s.name == "store" && holdsPassword(text) {
		return fmt.Errorf("others can read a flag: put the password into the configuration, %s or PGPASSFILE", s.env())
	}
	return s.set(text)
}

// holdsPassword says whether a password stands in a database's address.
func holdsPassword(address string) bool {
	_, rest, _ := strings.Cut(address, "://")
	user, _, hasUser := strings.Cut(rest, "@")
	return hasUser && strings.Contains(user, ":") || strings.Contains(address, "password=")
}
