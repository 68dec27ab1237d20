//go:build linux

package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/server/chat"
)

// countingConn counts how often something is sent.
type countingConn struct {
	net.Conn
	sent *atomic.Int64
}

func (c countingConn) Write(b []byte) (int, error) {
	c.sent.Add(1)
	return c.Conn.Write(b)
}

// openCounted returns a store and how often it has sent something to the database.
func openCounted(t *testing.T, address string) (*Store, *atomic.Int64) {
	t.Helper()
	openPostgres(t, address) // the schema
	config, err := parsePostgres(address)
	require.NoError(t, err)
	sent := new(atomic.Int64)
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return countingConn{conn, sent}, err
	}
	db := newPostgres(config, quiet())
	db.db.SetMaxOpenConns(1)
	store := newStore(db)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	return store, sent
}

// A login takes two ways to the database and back, and its end one, whatever they have to say.
func testWays(t *testing.T, server *pgtest.Server) {
	store, sent := openCounted(t, server.Database(t))
	for _, reported := range []bool{false, true} {
		store.Report(func(uint64) bool { return reported })
		login := func(id string) chat.Opened {
			opened, err := store.OpenSession(t.Context(), loginOf("ann", id))
			require.NoError(t, err)
			return opened
		}
		end := func(opened chat.Opened) {
			changed, err := store.EndSession(t.Context(), opened.Session.Ref, chat.LinkClosed, time.Now())
			require.NoError(t, err)
			assert.True(t, changed)
		}
		end(login(fmt.Sprint("first ", reported))) // the statements are prepared
		ways := func(do func()) int64 {
			before := sent.Load()
			do()
			return sent.Load() - before
		}
		more := int64(0)
		if reported {
			more = 1 // its event has a number, which is asked for
		}
		var opened chat.Opened
		pings := int64(1) // at most: of a connection that has long been silent
		assert.LessOrEqual(t, ways(func() { opened = login(fmt.Sprint("second ", reported)) }), 2+more+pings)
		assert.LessOrEqual(t, ways(func() { end(opened) }), 1+2*more+pings)
	}
}

// What waits is done before what comes next, and with the commit; none of it if any fails.
func testWaiting(t *testing.T, server *pgtest.Server) {
	store := openPostgres(t, server.Database(t))
	const insert = `INSERT INTO pings (id, at) VALUES ($1, $2)`
	pings := func() int { return count(t, store, `SELECT COUNT(*) FROM pings`) }
	inTx := func(do func(ctx context.Context, tx querier) error) error { return store.db.change(t.Context(), do) }

	require.NoError(t, inTx(func(ctx context.Context, tx querier) error { return later(ctx, tx, insert, 10, 1) }))
	assert.Equal(t, 1, pings(), "what waits alone")
	require.NoError(t, inTx(func(ctx context.Context, tx querier) error {
		require.NoError(t, later(ctx, tx, insert, 11, 1))
		var found int
		require.NoError(t, tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM pings`).Scan(&found))
		assert.Equal(t, 2, found, "a query comes behind what waits")
		return nil
	}))

	var told *pgconn.PgError
	const uniqueViolation = "23505"
	for name, do := range map[string]func(ctx context.Context, tx querier) error{
		"with the commit": func(ctx context.Context, tx querier) error { return nil },
		"with questions":  func(ctx context.Context, tx querier) error { return ask(ctx, tx, question{query: `SELECT 1`}) },
		"before a query": func(ctx context.Context, tx querier) error {
			var n int
			return tx.QueryRowContext(ctx, `SELECT 1`).Scan(&n)
		},
		"before rows": func(ctx context.Context, tx querier) error {
			_, err := queryNumbers(ctx, tx, `SELECT 1`)
			return err
		},
		"before a statement": func(ctx context.Context, tx querier) error {
			_, err := execCount(ctx, tx, `DELETE FROM pings`)
			return err
		},
	} {
		err := inTx(func(ctx context.Context, tx querier) error {
			require.NoError(t, later(ctx, tx, insert, 12, 1))
			require.NoError(t, later(ctx, tx, insert, 12, 2))
			return do(ctx, tx)
		})
		require.ErrorAs(t, err, &told, name)
		assert.Equal(t, uniqueViolation, told.Code, name)
		assert.Equal(t, 2, pings(), name)
	}
	assert.ErrorIs(t, inTx(func(ctx context.Context, tx querier) error {
		return errors.Join(later(ctx, tx, insert, 13, 1), errNotWell)
	}), errNotWell)
	assert.Equal(t, 2, pings(), "an operation that fails")
	require.NoError(t, inTx(func(context.Context, querier) error { return nil }), "nothing to do")
}

// An operation that goes on after a statement failed keeps nothing, and is told.
func testFailureOverlooked(t *testing.T, server *pgtest.Server) {
	store := openPostgres(t, server.Database(t))
	err := store.db.change(t.Context(), func(ctx context.Context, tx querier) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO pings (id, at) VALUES (20, 1)`)
		require.NoError(t, err)
		_, err = tx.ExecContext(ctx, `INSERT INTO pings (id, at) VALUES (20, 1)`)
		require.Error(t, err)
		return nil
	})
	assert.ErrorContains(t, err, "undone")
	assert.Zero(t, count(t, store, `SELECT COUNT(*) FROM pings`))
	require.NoError(t, store.Ping(t.Context()), "the connection goes on")
}
