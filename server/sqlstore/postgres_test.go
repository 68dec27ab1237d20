//go:build linux

package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
	"github.com/banter-im/banter/server/sqlstore/storetest"
)

func openPostgres(t testing.TB, address string) *Store {
	t.Helper()
	store, err := OpenPostgres(t.Context(), address, quiet())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	return store
}

func TestPostgres(t *testing.T) {
	server := pgtest.Start(t)
	storetest.Run(t, func(t *testing.T) chat.Store { return openPostgres(t, server.Database(t)) })
	for name, test := range map[string]func(*testing.T, *pgtest.Server){
		"nodes that start together migrate once":          testMigrateTogether,
		"a newer schema is refused":                       testNewerSchema,
		"a transaction that lost to another runs again":   testRetry,
		"a panic fails its own operation alone":           testPanic,
		"an account's changes wait for each other":        testChangesWait,
		"a caller does not wait past its context":         testContext,
		"it heals when the database is back":              testDatabaseAway,
		"a transaction that is left open lets go in time": testIdleTransaction,
		"a login takes few ways there and back":           testWays,
		"what waits is done with what comes next":         testWaiting,
		"a failure that is overlooked keeps nothing":      testFailureOverlooked,
		"logins that come together go together":           testGroupWays,
		"messages that come together go together":         testGroupMessages,
		"what fails in a group fails alone":               testGroupFailures,
		"a lock keeps no others waiting":                  testGroupBehindALock,
		"a commit that may be lost is not repeated":       testGroupCommitLost,
		"groups of two nodes go on":                       testGroupsOfTwoNodes,
		"an operation of a group asks in any way":         testGroupQueries,
	} {
		t.Run(name, func(t *testing.T) { test(t, server) })
	}
}

func testMigrateTogether(t *testing.T, server *pgtest.Server) {
	address := server.Database(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			store, err := OpenPostgres(t.Context(), address, quiet())
			if assert.NoError(t, err) {
				assert.NoError(t, store.Close())
			}
		})
	}
	all.Wait()
	list, err := migrations(migrationFiles)
	require.NoError(t, err)
	assert.Equal(t, len(list), count(t, openPostgres(t, address), `SELECT COUNT(*) FROM schema_migrations`))
}

func count(t *testing.T, store *Store, query string) (n int) {
	t.Helper()
	require.NoError(t, store.db.reader().QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

func testNewerSchema(t *testing.T, server *pgtest.Server) {
	address := server.Database(t)
	store := openPostgres(t, address)
	require.NoError(t, store.db.change(t.Context(), func(ctx context.Context, tx querier) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO schema_migrations (version, name, applied_at) VALUES (1000, 'new', 0)`)
		return err
	}))
	_, err := OpenPostgres(t.Context(), address, quiet())
	require.ErrorContains(t, err, "the data are of schema 1000")
}

func testRetry(t *testing.T, server *pgtest.Server) {
	store := openPostgres(t, server.Database(t))
	for _, code := range []string{"40001", "40P01"} {
		tries := 0
		err := store.db.change(t.Context(), func(ctx context.Context, tx querier) error {
			if tries++; tries < 3 {
				return fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code})
			}
			return nil
		})
		require.NoError(t, err)
		assert.Equal(t, 3, tries)
	}
	tries := 0
	lost := &pgconn.PgError{Code: "40001"}
	err := store.db.change(t.Context(), func(context.Context, querier) error { tries++; return lost })
	assert.ErrorIs(t, err, lost)
	assert.Equal(t, maxTries, tries, "it gives up in the end")
	tries = 0
	other := errors.New("something else")
	err = store.db.change(t.Context(), func(context.Context, querier) error { tries++; return other })
	assert.ErrorIs(t, err, other)
	assert.Equal(t, 1, tries)
}

func testPanic(t *testing.T, server *pgtest.Server) {
	store := openPostgres(t, server.Database(t))
	o := loginOf("ann", "a")
	o.Admit = func([]session.Live, session.Live) []session.Live { panic("the policy is broken") }
	_, err := store.OpenSession(t.Context(), o)
	require.ErrorIs(t, err, errPanic)
	opened, err := store.OpenSession(t.Context(), loginOf("ann", "a"))
	require.NoError(t, err)
	assert.True(t, opened.NewAccount, "the operation that panicked left no account")
}

// A login that has seen a session ends it or leaves it, and nothing changes it meanwhile.
func testChangesWait(t *testing.T, server *pgtest.Server) {
	address := server.Database(t)
	store, other := openPostgres(t, address), openPostgres(t, address)
	first, err := store.OpenSession(t.Context(), loginOf("ann", "a"))
	require.NoError(t, err)
	ended := make(chan bool, 1)
	o := loginOf("ann", "b")
	o.Admit = func(live []session.Live, _ session.Live) []session.Live {
		go func() {
			changed, err := other.EndSession(t.Context(), first.Session.Ref, chat.LoggedOut, time.Now())
			assert.NoError(t, err)
			ended <- changed
		}()
		assert.Eventually(t, func() bool { return waiting(t, other) == 1 }, 10*time.Second, time.Millisecond)
		return live
	}
	opened, err := store.OpenSession(t.Context(), o)
	require.NoError(t, err)
	assert.Len(t, opened.Victims, 1)
	assert.False(t, <-ended, "the kick was first")
}

// waiting counts the transactions that wait for another one.
func waiting(t *testing.T, store *Store) int {
	return count(t, store, `SELECT COUNT(*) FROM pg_stat_activity
		WHERE wait_event_type = 'Lock' AND datname = current_database()`)
}

func testContext(t *testing.T, server *pgtest.Server) {
	store := openPostgres(t, server.Database(t))
	ctx, cancel := context.WithCancel(t.Context())
	err := store.db.change(ctx, func(ctx context.Context, tx querier) error {
		cancel()
		_, err := tx.ExecContext(ctx, `SELECT pg_sleep(600)`)
		return err
	})
	assert.ErrorIs(t, err, context.Canceled)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = store.db.change(short, func(ctx context.Context, tx querier) error {
		_, err := tx.ExecContext(ctx, `SELECT pg_sleep(600)`)
		return err
	})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func testDatabaseAway(t *testing.T, server *pgtest.Server) {
	store := openPostgres(t, server.Database(t))
	for range 3 { // with connections that are open, and that break
		_, err := store.OpenSession(t.Context(), loginOf("ann", fmt.Sprint(time.Now().UnixNano())))
		require.NoError(t, err)
		server.Stop(t)
		_, err = store.OpenSession(t.Context(), loginOf("ann", "b"))
		require.Error(t, err)
		pgtest.RequireNoPassword(t, err.Error())
		server.Resume(t)
	}
	_, err := store.OpenSession(t.Context(), loginOf("ann", "c"))
	assert.NoError(t, err, "without a new store")
}

func testIdleTransaction(t *testing.T, server *pgtest.Server) {
	store := openPostgres(t, server.Database(t))
	var limit string
	require.NoError(t, store.db.reader().QueryRowContext(t.Context(),
		`SHOW idle_in_transaction_session_timeout`).Scan(&limit))
	assert.Equal(t, "15s", limit)
}

func TestAnErrorHoldsNoPassword(t *testing.T) {
	for _, address := range []string{
		"postgres://banter:" + pgtest.Password + "@127.0.0.1:port/banter",
		"postgres://banter:" + pgtest.Password + "@127.0.0.1:5432/banter?sslmode=no",
		"postgres://banter:%zz" + pgtest.Password + "@127.0.0.1/banter",
		"postgres://banter:" + pgtest.Password + "/@:/x@127.0.0.1/banter",
		"postgres://127.0.0.1/banter?password=" + pgtest.Password + "&connect_timeout=x",
		"mysql://banter:" + pgtest.Password + "@127.0.0.1/banter",
		"postgres://banter:" + pgtest.Password + "@127.0.0.1:1/banter", // nobody listens there
	} {
		_, err := OpenPostgres(t.Context(), address, quiet())
		require.Error(t, err)
		pgtest.RequireNoPassword(t, err.Error())
	}
	assert.ErrorContains(t, CheckPostgres("postgres://host:port/banter"), "such as postgres://user@host:5432/banter")
	assert.NoError(t, CheckPostgres("postgresql://banter@one,two/banter?target_session_attrs=read-write"))
}
