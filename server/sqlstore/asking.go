package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// question is a statement, and what takes each row that it returns.
type question struct {
	query string
	args  []any
	read  func(row) error    // nil: nobody reads them
	did   *pgconn.CommandTag // is what it did, on PostgreSQL. nil: nobody wants to know

	// Says, once those before it are answered, that it would change and find nothing. It is not
	// asked where they go there together.
	needless func() bool
}

// ask runs statements one after the other. On PostgreSQL they go there and come back together,
// with those that later has left. An error may be that of any of these.
func ask(ctx context.Context, tx querier, questions ...question) error {
	if shared, ok := tx.(postgresTx); ok {
		_, err := shared.ask(ctx, questions...)
		return err
	}
	for _, q := range questions {
		if q.needless != nil && q.needless() {
			continue
		}
		if err := q.ask(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func (q question) ask(ctx context.Context, tx querier) error {
	if direct, ok := tx.(*sqliteTx); ok {
		return direct.ask(ctx, q)
	}
	rows, err := tx.QueryContext(ctx, q.query, q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if q.read == nil {
			continue
		}
		if err := q.read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// later runs a statement of which nobody wants to know anything but that it was done. On
// PostgreSQL it goes there with the next one, or with the commit.
func later(ctx context.Context, tx querier, query string, args ...any) error {
	if shared, ok := tx.(postgresTx); ok {
		shared.waiting = append(shared.waiting, question{query: query, args: args})
		return nil
	}
	return question{query: query, args: args}.ask(ctx, tx)
}

// postgresTx is a transaction beside which others run.
type postgresTx struct{ *pipeline }

// pipeline is a transaction on a connection that it has for itself. Each way to the database and
// back costs both sides more than most statements do, so the transaction's begin goes with its
// first statement, and its end with the last ones.
type pipeline struct {
	conn    *sql.Conn
	waiting []question
	failed  error   // of what waited
	member  *member // of a lockstep, which asks for it. nil: it asks itself
}

const begin, commit, rollback = "begin isolation level read committed", "commit", "rollback"

func newPipeline(conn *sql.Conn) *pipeline {
	return &pipeline{conn: conn, waiting: []question{{query: begin}}}
}

// ExecContext is querier's, as the next ones are.
func (p *pipeline) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if p.member != nil {
		did, err := p.ask(ctx, question{query: query, args: args})
		return driver.RowsAffected(did.RowsAffected()), err
	}
	if err := p.flush(ctx); err != nil {
		return nil, err
	}
	return p.conn.ExecContext(ctx, query, args...)
}

func (p *pipeline) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.flush(ctx); err != nil {
		return nil, err
	}
	return p.conn.QueryContext(ctx, query, args...)
}

// QueryRowContext asks even if what waited has failed: the transaction then refuses it.
func (p *pipeline) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	p.flush(ctx)
	return p.conn.QueryRowContext(ctx, query, args...)
}

// flush runs what waits.
func (p *pipeline) flush(ctx context.Context) error {
	if len(p.waiting) == 0 && (p.member == nil || !p.member.whole.untouched()) {
		return p.failed
	}
	_, err := p.ask(ctx)
	return err
}

// ask runs what waits and the questions, and returns what the last statement did.
func (p *pipeline) ask(ctx context.Context, questions ...question) (did pgconn.CommandTag, err error) {
	if p.failed != nil {
		return did, p.failed
	}
	all := append(p.waiting, questions...)
	p.waiting = nil
	if p.member != nil {
		did, err = p.member.ask(all)
	} else {
		err = p.conn.Raw(func(conn any) (err error) {
			did, err = askPostgres(ctx, conn.(*stdlib.Conn).Conn(), all)
			return err
		})
	}
	p.failed = err
	return did, err
}

func askPostgres(ctx context.Context, conn *pgx.Conn, questions []question) (did pgconn.CommandTag, err error) {
	var batch pgx.Batch
	for _, q := range questions {
		batch.Queue(q.query, q.args...)
	}
	results := conn.SendBatch(ctx, &batch)
	for _, q := range questions {
		if did, err = q.answer(results); err != nil {
			results.Close()
			return did, err
		}
	}
	return did, results.Close()
}

// answer reads what the next statement of a batch has returned.
func (q question) answer(results pgx.BatchResults) (pgconn.CommandTag, error) {
	rows, err := results.Query()
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer rows.Close()
	for rows.Next() {
		if q.read == nil {
			continue
		}
		if err := q.read(rows); err != nil {
			return pgconn.CommandTag{}, err
		}
	}
	if q.did != nil {
		*q.did = rows.CommandTag()
	}
	return rows.CommandTag(), rows.Err()
}

// commit keeps what the transaction did, once all that waits is done as well.
func (p *pipeline) commit(ctx context.Context) error {
	if p.untouched() && len(p.waiting) == 1 {
		return nil
	}
	did, err := p.ask(ctx, question{query: commit})
	if err == nil && did.String() != "COMMIT" {
		return errUndone
	}
	return err
}

var errUndone = errors.New("the transaction had failed, and was undone")

// untouched says that the database knows nothing of the transaction.
func (p *pipeline) untouched() bool { return len(p.waiting) > 0 && p.waiting[0].query == begin }

// rollbackTimeout bounds how long a transaction that failed keeps its connection.
const rollbackTimeout = 5 * time.Second

// undo ends a transaction that failed. A connection on which that cannot be done is closed.
func (p *pipeline) undo() {
	if p.untouched() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), rollbackTimeout)
	defer cancel()
	p.conn.Raw(func(conn any) error {
		own := conn.(*stdlib.Conn).Conn()
		if own.PgConn().TxStatus() != 'I' {
			own.Exec(ctx, rollback)
		}
		if own.PgConn().TxStatus() != 'I' {
			own.Close(ctx)
		}
		return nil
	})
}
