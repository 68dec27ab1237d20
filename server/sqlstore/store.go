// Package sqlstore is chat.Store on SQL. A public method runs one small function in a
// transaction, with its SQL written out where it is used.
//
// The SQL is one text for SQLite and PostgreSQL: parameters are $1, $2 and so on, each
// named for the first time in that order, since SQLite numbers them as it meets them.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"
)

// Store is a chat.Store.
//
// When the context of a change ends before the change is acknowledged, its method
// returns the context's error, and the change may be kept all the same.
type Store struct {
	db     database
	report atomic.Pointer[func(app uint64) bool]
	told   chan struct{}
}

// newStore returns the store in db, whose schema is up to date.
func newStore(db database) *Store { return &Store{db: db, told: make(chan struct{}, 1)} }

// ErrClosed says that Close was called before.
var ErrClosed = errors.New("the store is closed")

// database is what one kind of database does in its own way.
type database interface {
	// change runs op in a transaction, and returns nil when that is committed. It undoes
	// what op did when op fails. Op may run more than once, and may go on after change
	// returned with the error of ctx.
	change(ctx context.Context, op operation) error
	// changeAbout is change, of what looks at nothing but a subject.
	changeAbout(ctx context.Context, about subject, op operation) error
	// changeSoon is change, of what nobody waits for: it may take a little longer, to share
	// its commit with others, but is done before what comes after it about the same.
	changeSoon(ctx context.Context, about subject, op operation) error
	// reader reads what is committed.
	reader() querier
	// close lets the changes under way end, and refuses others with ErrClosed.
	close() error
}

// operation is the work of one transaction.
type operation func(ctx context.Context, tx querier) error

// querier is what *sql.Conn, *sql.Tx and *sql.DB have in common.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// change runs op in a transaction and returns its result. The result of an op that its
// caller no longer waits for is never touched.
func change[T any](ctx context.Context, s *Store, op func(context.Context, querier) (T, error)) (T, error) {
	return changeBy(func(op operation) error { return s.db.change(ctx, op) }, op)
}

// changeBy is change, by one of a database's ways.
func changeBy[T any](way func(operation) error, op func(context.Context, querier) (T, error)) (T, error) {
	var result T
	err := way(func(ctx context.Context, tx querier) (err error) {
		result, err = op(ctx, tx)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// execSoon is a database's changeSoon, of one statement. It returns how many rows that changed.
func (s *Store) execSoon(ctx context.Context, about subject, query string, args ...any) (int, error) {
	return changeBy(func(op operation) error { return s.db.changeSoon(ctx, about, op) }, func(ctx context.Context, tx querier) (int, error) {
		return execCount(ctx, tx, query, args...)
	})
}

// Ping reports whether the store can read and write: it writes a row of its own.
func (s *Store) Ping(ctx context.Context) error {
	return s.db.change(ctx, func(ctx context.Context, tx querier) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO pings (id, at) VALUES (1, $1)
			ON CONFLICT (id) DO UPDATE SET at = excluded.at`, time.Now().UnixMilli())
		return err
	})
}

// Close ends the store when the changes under way are kept. It may be called again.
func (s *Store) Close() error { return s.db.close() }
