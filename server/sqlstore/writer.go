package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-sqlite3"
)

// writer is the one goroutine that changes an SQLite file. What arrives during one
// commit it takes together into the next, because a commit costs far more than what
// is in it. An operation that fails takes nobody else's work with it: the batch is done
// again, each operation undone on its own. All are acknowledged after the commit.
type writer struct {
	conn    *sql.Conn
	tx      *sqliteTx // on conn
	log     *slog.Logger
	queue   chan *job
	patient chan *job     // those for which nobody waits
	between chan func()   // what is to run between two transactions
	full    chan struct{} // has one after every so many operations
	every   atomic.Int64
	count   int64         // of the operations since
	quit    chan struct{} // closed: take no more
	quitNow sync.Once
	stopped chan struct{} // closed: the goroutine has ended
	wary    int           // so many batches yet have a savepoint for each operation
	asked   time.Time     // when the last job came that somebody waited for

	aside            aside[*job] // that nobody waits for, and that wait for company
	over             *time.Timer // tells when they have waited enough
	patience, lively time.Duration
}

// job is an operation and the caller who waits for it.
type job struct {
	ctx   context.Context
	run   operation
	about subject
	came  time.Time
	done  chan error // has room, so that nobody waits for a caller who has left
}

const (
	maxQueue = 1024
	maxBatch = 512 // of what somebody waits for, and as many of what nobody waits for
)

func startWriter(conn *sql.Conn, log *slog.Logger) *writer {
	w := &writer{
		conn:    conn,
		tx:      &sqliteTx{Conn: conn},
		log:     log,
		queue:   make(chan *job, maxQueue),
		patient: make(chan *job, maxQueue),
		between: make(chan func()),
		full:    make(chan struct{}, 1),
		quit:    make(chan struct{}),
		stopped: make(chan struct{}),

		aside:    newAside[*job](),
		over:     time.NewTimer(time.Hour),
		patience: 50 * time.Millisecond,
		lively:   100 * time.Millisecond,
	}
	w.over.Stop()
	w.every.Store(aheadAfter)
	go w.loop()
	return w
}

// change is that of database.
func (w *writer) change(ctx context.Context, op operation) error {
	return w.await(ctx, w.queue, everything, op)
}

// changeAbout is that of database.
func (w *writer) changeAbout(ctx context.Context, about subject, op operation) error {
	return w.await(ctx, w.queue, about, op)
}

// changeSoon is that of database.
func (w *writer) changeSoon(ctx context.Context, about subject, op operation) error {
	return w.await(ctx, w.patient, about, op)
}

// await has an operation done that waits in a queue.
func (w *writer) await(ctx context.Context, queue chan<- *job, about subject, op operation) error {
	j := &job{ctx: ctx, run: op, about: about, came: time.Now(), done: make(chan error, 1)}
	select {
	case <-w.quit:
		return ErrClosed
	default:
	}
	select {
	case queue <- j:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.quit:
		return ErrClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stopped:
	}
	select { // it was done among the last, or came too late for those
	case err := <-j.done:
		return err
	default:
		return ErrClosed
	}
}

// stop lets the queue run empty, and reports whether this call was the first.
func (w *writer) stop() (first bool) {
	w.quitNow.Do(func() {
		close(w.quit)
		first = true
	})
	<-w.stopped
	return first
}

func (w *writer) loop() {
	defer close(w.stopped)
	for {
		select {
		case j := <-w.queue:
			w.commit(w.collect(w.behind(nil, j)...))
		case j := <-w.patient:
			w.putAside(j)
		case <-w.due():
			w.commit(w.collect())
		case <-w.over.C: // what is aside is due now
		case f := <-w.between:
			f()
		case <-w.quit:
			w.lively = -1 // nobody comes any more
			for {
				batch := w.collect()
				if len(batch) == 0 {
					return
				}
				w.commit(batch)
			}
		}
	}
}

// collect takes what waits behind first, and what goes along with it.
func (w *writer) collect(first ...*job) []*job {
	return append(w.waiting(first), w.along()...)
}

// waiting adds what is in the queue.
func (w *writer) waiting(batch []*job) []*job {
	for len(batch) < maxBatch {
		select {
		case j := <-w.queue:
			batch = w.behind(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// commit runs batch in one transaction and tells every caller how it ended. Operations
// hardly ever fail, so it does without savepoints first.
func (w *writer) commit(batch []*job) {
	results := make([]error, len(batch))
	commit := w.together
	if len(batch) > 1 && w.wary > 0 {
		w.wary--
		commit = w.apart
	}
	err := commit(batch, results)
	if errors.Is(err, errOneFailed) {
		w.exec("ROLLBACK") // an error of it means that SQLite did so already
		if err = nil; len(batch) > 1 {
			w.wary = waryBatches
			err = w.apart(batch, results)
		}
	}
	if err != nil {
		w.exec("ROLLBACK")
		w.log.Error("store: a transaction failed", "operations", len(batch), "error", err)
		for i := range results {
			if results[i] == nil {
				results[i] = err
			}
		}
	}
	for i, j := range batch {
		j.done <- results[i]
	}
	if w.count += int64(len(batch)); w.count >= w.every.Load() {
		w.count = 0
		select {
		case w.full <- struct{}{}:
		default: // it is known already
		}
	}
}

// waryBatches is how many batches have savepoints at once after one in which an operation
// failed: callers whose operations always fail must not have everything done twice.
const waryBatches = 16

// errOneFailed says that a batch has to be undone for the sake of one operation.
var errOneFailed = errors.New("an operation of the batch failed")

// together fills results with what becomes of operations that run in one transaction, up to the
// first one that fails: that is errOneFailed. When it fails, nothing of the batch was kept.
func (w *writer) together(batch []*job, results []error) error {
	return w.transaction(batch, results, func(j *job) (failed, broken error) {
		if failed = w.run(j); failed != nil {
			return failed, errOneFailed
		}
		return nil, w.inTransaction()
	})
}

// apart is together, but that an operation that fails is undone alone: each has a savepoint.
func (w *writer) apart(batch []*job, results []error) error {
	return w.transaction(batch, results, w.savepoint)
}

// transaction fills results with what run makes of each operation. Broken means that the
// transaction is lost. When it fails itself, nothing of the batch was kept.
func (w *writer) transaction(batch []*job, results []error, run func(*job) (failed, broken error)) error {
	if err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	w.tx.begin()
	for i, j := range batch {
		if results[i] = j.ctx.Err(); results[i] != nil {
			continue // its caller left while it waited
		}
		var err error
		if results[i], err = run(j); err != nil {
			return err
		}
	}
	if err := ask(context.Background(), w.tx, w.tx.sum()...); err != nil {
		return fmt.Errorf("keep what a transaction counted: %w", err)
	}
	if err := w.exec("COMMIT"); err != nil {
		return fmt.Errorf("commit a transaction: %w", err)
	}
	return nil
}

// inTransaction fails if SQLite has rolled the transaction back without an operation's
// failing: what the next ones did would be kept at once.
func (w *writer) inTransaction() error {
	return w.conn.Raw(func(conn any) error {
		if conn.(*sqlite3.SQLiteConn).AutoCommit() {
			return errors.New("an operation has lost the transaction")
		}
		return nil
	})
}

// savepoint runs one operation, and undoes it if it fails.
func (w *writer) savepoint(j *job) (failed, broken error) {
	if err := w.exec("SAVEPOINT operation"); err != nil {
		return nil, fmt.Errorf("begin an operation: %w", err)
	}
	failed = w.run(j)
	if failed != nil {
		if err := w.exec("ROLLBACK TO operation"); err != nil {
			return failed, fmt.Errorf("undo an operation that failed (%w): %w", failed, err)
		}
	}
	if err := w.exec("RELEASE operation"); err != nil {
		return failed, fmt.Errorf("end an operation: %w", err)
	}
	return failed, nil
}

// run calls the operation. Its context does not end: an interrupt would take the whole
// transaction with it. A panic fails this operation alone.
func (w *writer) run(j *job) (err error) {
	defer func() {
		if r := recover(); r != nil {
			w.log.Error("store: panic in an operation", "panic", r, "stack", string(debug.Stack()))
			err = errPanic
		}
		w.tx.end(err)
	}()
	return j.run(context.WithoutCancel(j.ctx), w.tx)
}

var errPanic = errors.New("an operation of the store panicked")

func (w *writer) exec(statement string) error {
	_, err := w.tx.ExecContext(context.Background(), statement)
	return err
}
