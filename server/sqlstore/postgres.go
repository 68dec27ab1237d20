package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// OpenPostgres opens the store in the PostgreSQL database at address, a URL such as
// postgres://user@host:5432/banter. The schema is brought up to date. Any number of
// processes may have it open at a time.
//
// What the URL leaves out comes from the places that PostgreSQL's own programs read, such
// as PGPASSWORD and ~/.pgpass. No error holds the password.
func OpenPostgres(ctx context.Context, address string, log *slog.Logger) (*Store, error) {
	config, err := parsePostgres(address)
	if err != nil {
		return nil, err
	}
	list, err := migrations(migrationFiles)
	if err != nil {
		return nil, err
	}
	db := newPostgres(config, log)
	if err := db.change(ctx, lockSchema(migrate(list))); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store in PostgreSQL: %w", err), db.close())
	}
	return newStore(db), nil
}

// IsPostgres says whether address is one for OpenPostgres.
func IsPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// CheckPostgres says what is wrong with an address, without dialling it.
func CheckPostgres(address string) error {
	_, err := parsePostgres(address)
	return err
}

// The driver quotes what it cannot parse, and that may be a part of the password.
var errPostgresAddress = errors.New("it is no address of a PostgreSQL database, such as postgres://user@host:5432/banter")

const (
	connectTimeout = 5 * time.Second
	maxConnections = 16 // of one process, with those of groups: 100 are all that PostgreSQL takes unless told otherwise

	// A process that stops with a transaction open must not keep its accounts locked.
	idleInTransaction = "SET idle_in_transaction_session_timeout = '15s'"

	// Nor do the others of a group wait long for one whose account somebody else has locked.
	lockTimeout = "SET lock_timeout = '250ms'"
)

func parsePostgres(address string) (*pgx.ConnConfig, error) {
	if !IsPostgres(address) {
		return nil, errPostgresAddress
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errPostgresAddress
	}
	if !strings.Contains(address, "connect_timeout=") {
		config.ConnectTimeout = connectTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "banterd"
	}
	return config, nil
}

// postgres is a database that other processes use too. Changes that are about one account, or one
// conversation, share transactions; each of the others has one of its own.
type postgres struct {
	db     *sql.DB
	groups *sql.DB // has the connections of groups
	gather *gatherer
	log    *slog.Logger

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup // the changes under way
}

func newPostgres(config *pgx.ConnConfig, log *slog.Logger) *postgres {
	p := &postgres{
		db:     openPool(config, maxConnections-maxGroups, idleInTransaction),
		groups: openPool(config, maxGroups, idleInTransaction, lockTimeout),
		log:    log,
	}
	p.gather = newGatherer(p.together)
	return p
}

// openPool returns so many connections, each of which begins with some statements.
func openPool(config *pgx.ConnConfig, connections int, statements ...string) *sql.DB {
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, strings.Join(statements, "; "))
		return err
	}))
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db
}

func (p *postgres) reader() querier { return p.db }

// close lets the changes under way end.
func (p *postgres) close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.running.Wait()
	p.gather.close()
	return errors.Join(p.groups.Close(), p.db.Close())
}

// enter counts a change among those that close waits for, unless it came too late.
func (p *postgres) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.running.Add(1)
	}
	return !p.closed
}

// A transaction that lost to another one is tried again, so often and after a random part
// of so long.
const (
	maxTries  = 10
	retryWait = 20 * time.Millisecond
)

func (p *postgres) change(ctx context.Context, op operation) error {
	if !p.enter() {
		return ErrClosed
	}
	defer p.running.Done()
	return p.again(ctx, op)
}

// changeAbout is that of database.
func (p *postgres) changeAbout(ctx context.Context, about subject, op operation) error {
	return p.inCompany(&entry{ctx: ctx, about: about, run: op})
}

// changeSoon is that of database.
func (p *postgres) changeSoon(ctx context.Context, about subject, op operation) error {
	return p.inCompany(&entry{ctx: ctx, about: about, run: op, soon: true})
}

// inCompany has an operation done in a group, or alone if that does not succeed.
func (p *postgres) inCompany(e *entry) error {
	if !p.enter() {
		return ErrClosed
	}
	defer p.running.Done()
	if err := p.gather.do(e); err != errAlone {
		return err
	}
	return p.again(e.ctx, e.run)
}

// again does a transaction until it loses to no other one.
func (p *postgres) again(ctx context.Context, op operation) error {
	for try := 1; ; try++ {
		err := p.transaction(ctx, op)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !lostToAnother(err) || try == maxTries:
			return err
		}
		select {
		case <-time.After(rand.N(retryWait)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lostToAnother says whether the same transaction may succeed now: it was undone for the
// sake of another one.
func lostToAnother(err error) bool {
	var told *pgconn.PgError
	if !errors.As(err, &told) {
		return false
	}
	const serializationFailure, deadlockDetected = "40001", "40P01"
	return told.Code == serializationFailure || told.Code == deadlockDetected
}

// transaction runs op once. Each of its statements sees what was committed before it, so
// one that waited for a row's lock reads that row as the other transaction left it.
func (p *postgres) transaction(ctx context.Context, op operation) error {
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx := newPipeline(conn)
	if err = p.run(ctx, op, postgresTx{tx}); err == nil {
		err = tx.commit(ctx)
	}
	if err != nil {
		tx.undo()
		return cmp.Or(tx.failed, err)
	}
	return nil
}

// run calls op. A panic fails this operation alone.
func (p *postgres) run(ctx context.Context, op operation, tx querier) (err error) {
	defer func() {
		if r := recover(); r != nil {
			p.log.Error("store: panic in an operation", "panic", r, "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return op(ctx, tx)
}

// forUpdate ends a SELECT whose rows must stay as they are until the transaction ends.
// SQLite needs no such words: a transaction that changes anything is alone there.
func forUpdate(tx querier) string {
	if _, shared := tx.(postgresTx); shared {
		return forUpdateWords
	}
	return ""
}

const forUpdateWords = " FOR UPDATE"

// clock reads the clock that all nodes share, in UNIX milliseconds: the database's. Only
// one process has an SQLite file open, so its own clock does there.
func clock(ctx context.Context, tx querier) (ms int64, err error) {
	if _, shared := tx.(postgresTx); !shared {
		return time.Now().UnixMilli(), nil
	}
	err = tx.QueryRowContext(ctx, `SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint`).Scan(&ms)
	return ms, err
}

// lockSchema keeps other processes from migrating the database at the same time.
func lockSchema(op operation) operation {
	const key = 0x62616e746572 // any number that other users of the database do not take
	return func(ctx context.Context, tx querier) error {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(key)); err != nil {
			return err
		}
		return op(ctx, tx)
	}
}
