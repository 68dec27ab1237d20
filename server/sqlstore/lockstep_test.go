//go:build linux

package sqlstore

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// inOneGroup has callers' operations done in one group.
func inOneGroup(t *testing.T, store *Store, calls ...func()) {
	t.Helper()
	g := store.db.(*postgres).gather
	g.mu.Lock()
	g.closed = true // none begins
	g.mu.Unlock()
	var callers sync.WaitGroup
	for _, call := range calls {
		callers.Go(call)
	}
	require.Eventually(t, func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.queue) == len(calls)
	}, 20*time.Second, time.Millisecond)
	g.mu.Lock()
	g.closed = false
	g.begin()
	g.mu.Unlock()
	callers.Wait()
}

// openTogether has sessions opened in one group, and returns how each opening has ended.
func openTogether(t *testing.T, store *Store, openings ...chat.Opening) []error {
	t.Helper()
	ends := make([]error, len(openings))
	var calls []func()
	for i, o := range openings {
		calls = append(calls, func() { _, ends[i] = store.OpenSession(t.Context(), o) })
	}
	inOneGroup(t, store, calls...)
	return ends
}

func loginsOf(users int) (all []chat.Opening) {
	for i := range users {
		all = append(all, loginOf(fmt.Sprint("user", i), "a"))
	}
	return all
}

// requireCounted holds the figures of the day to so many users.
func requireCounted(t *testing.T, store *Store, users int) {
	t.Helper()
	at := time.Unix(1700000000, 0)
	for figure, period := range map[string]int64{chat.ActiveInDay: chat.DayOf(at), chat.Registered: chat.DayOf(at),
		chat.ActiveInMonth: chat.MonthOf(at)} {
		sums, err := store.UsageOf(t.Context(), 1, figure, period, period)
		require.NoError(t, err)
		require.Equal(t, map[int64]int64{period: int64(users)}, sums, figure)
	}
}

// Logins that come together take as many ways to the database and back as one.
func testGroupWays(t *testing.T, server *pgtest.Server) {
	store, sent := openCounted(t, server.Database(t))
	_, err := store.OpenSession(t.Context(), loginOf("before", "a")) // the statements are prepared
	require.NoError(t, err)
	before := sent.Load()
	for _, err := range openTogether(t, store, loginsOf(50)...) {
		assert.NoError(t, err)
	}
	pings := int64(1)     // at most
	preparing := int64(1) // other figures come together
	assert.LessOrEqual(t, sent.Load()-before, 2+pings+preparing)
	requireCounted(t, store, 51)
	assert.Equal(t, 51, count(t, store, `SELECT COUNT(*) FROM sessions WHERE state = 'live'`))
}

// So do messages, but for those of which a backend hears.
func testGroupMessages(t *testing.T, server *pgtest.Server) {
	store, sent := openCounted(t, server.Database(t))
	convs := make([]chat.Conv, 20)
	for i := range convs {
		convs[i] = chat.C2C(1, "ann", fmt.Sprint("user", i))
	}
	said := func(id string) []chat.NewMessage {
		return []chat.NewMessage{{Sender: "ann", ID: id, Counts: true, Last: true, Body: []byte("{}")}}
	}
	round := func(id string) (ways int64, places []uint64) {
		places = make([]uint64, len(convs))
		var calls []func()
		for i, conv := range convs {
			calls = append(calls, func() {
				placed, err := store.AppendMessages(t.Context(), conv, said(id), time.Now())
				if assert.NoError(t, err) {
					places[i] = placed[0].Pos
				}
			})
		}
		before := sent.Load()
		inOneGroup(t, store, calls...)
		return sent.Load() - before, places
	}
	_, first := round("first")
	ways, second := round("second")
	pings := int64(1) // at most
	assert.LessOrEqual(t, ways, 3+pings, "the conversation, the message, the commit")
	_, again := round("second")
	for i := range convs {
		assert.Equal(t, []uint64{1, 2, 2}, []uint64{first[i], second[i], again[i]})
	}

	store.db.(*postgres).gather.close() // no group is done any more
	told := said("told")
	told[0].Tell = func(chat.Placed, uint64) (chat.Event, error) { return chat.Event{}, errNotWell }
	_, err := store.AppendMessages(t.Context(), convs[0], told, time.Now())
	assert.ErrorIs(t, err, errNotWell)
}

// What fails in a group fails alone, and nothing of it is kept.
func testGroupFailures(t *testing.T, server *pgtest.Server) {
	broken := func([]session.Live, session.Live) []session.Live { panic("broken") }
	for name, spoil := range map[string]func(*chat.Opening) (want error){
		"that panics": func(o *chat.Opening) error { o.Admit = broken; return errPanic },
		"that has no session": func(o *chat.Opening) error {
			o.Resume = 7
			return chat.ErrNoSession
		},
		"that the database refuses": func(o *chat.Opening) error { o.Address = "\x00"; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			store := openPostgres(t, server.Database(t))
			openings := loginsOf(9)
			var want error
			for _, i := range []int{0, 4, 8} {
				want = spoil(&openings[i])
			}
			for i, err := range openTogether(t, store, openings...) {
				switch i {
				case 0, 4, 8:
					require.Error(t, err)
					assert.NotErrorIs(t, err, errAlone)
					if want != nil {
						assert.ErrorIs(t, err, want)
					}
				default:
					assert.NoError(t, err)
				}
			}
			assert.Equal(t, 6, count(t, store, `SELECT COUNT(*) FROM accounts WHERE number = 1`))
			assert.Equal(t, 6, count(t, store, `SELECT COUNT(*) FROM accounts`))
			requireCounted(t, store, 6)
		})
	}
}

// An account that another process has locked keeps the others of its group waiting for a moment, and
// its own login for as long as it takes.
func testGroupBehindALock(t *testing.T, server *pgtest.Server) {
	address := server.Database(t)
	store, other := openPostgres(t, address), openPostgres(t, address)
	_, err := store.OpenSession(t.Context(), loginOf("user4", "before"))
	require.NoError(t, err)
	locked, release := make(chan struct{}), make(chan struct{})
	var holder sync.WaitGroup
	holder.Go(func() {
		assert.NoError(t, other.db.change(t.Context(), func(ctx context.Context, tx querier) error {
			_, err := lockAccount(ctx, tx, 1, "user4")
			close(locked)
			<-release
			return err
		}))
	})
	<-locked
	done := make(chan []error)
	go func() { done <- openTogether(t, store, loginsOf(9)...) }()
	assert.Eventually(t, func() bool {
		return count(t, other, `SELECT COUNT(*) FROM sessions WHERE state = 'live'`) == 9 // and the one before
	}, 20*time.Second, time.Millisecond, "the others are in")
	close(release)
	for _, err := range <-done {
		assert.NoError(t, err)
	}
	holder.Wait()
	assert.Equal(t, 2, count(t, store, `SELECT number FROM accounts WHERE user_id = 'user4'`))
}

// deafConn does not hear the answer to some of its words.
type deafConn struct {
	net.Conn
	until *atomic.Int64 // so many words yet
	deaf  atomic.Bool
}

func (c *deafConn) Write(b []byte) (int, error) {
	c.deaf.CompareAndSwap(false, c.until.Add(-1) == 0)
	return c.Conn.Write(b)
}

func (c *deafConn) Read(b []byte) (int, error) {
	if c.deaf.Load() {
		time.Sleep(100 * time.Millisecond) // what it has said is done
		return 0, io.ErrUnexpectedEOF
	}
	return c.Conn.Read(b)
}

// When nobody knows whether a group was kept, its callers are told so, and nothing is done twice.
func testGroupCommitLost(t *testing.T, server *pgtest.Server) {
	address := server.Database(t)
	openPostgres(t, address)
	config, err := parsePostgres(address)
	require.NoError(t, err)
	var deaf atomic.Int64
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return &deafConn{Conn: conn, until: &deaf}, err
	}
	store := newStore(newPostgres(config, quiet()))
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	for range 2 { // the statements are prepared
		for _, err := range openTogether(t, store, loginOf("first", fmt.Sprint(time.Now())), loginOf("second", fmt.Sprint(time.Now()))) {
			require.NoError(t, err)
		}
	}
	before := count(t, store, `SELECT CAST(SUM(number) AS INT) FROM accounts`)
	deaf.Store(2) // the questions, and the commit
	for _, err := range openTogether(t, store, loginOf("first", "lost"), loginOf("second", "lost")) {
		require.Error(t, err)
		assert.NotErrorIs(t, err, errAlone)
	}
	assert.Equal(t, before+2, count(t, store, `SELECT CAST(SUM(number) AS INT) FROM accounts`), "once")
	deaf.Store(1) // the questions: nothing is kept, and all is done alone
	for _, err := range openTogether(t, store, loginOf("first", "again"), loginOf("second", "again")) {
		assert.NoError(t, err)
	}
	assert.Equal(t, before+4, count(t, store, `SELECT CAST(SUM(number) AS INT) FROM accounts`))
}

// Two nodes that open and end sessions of the same accounts do not stand in each other's way.
func testGroupsOfTwoNodes(t *testing.T, server *pgtest.Server) {
	address := server.Database(t)
	const users, each = 20, 30
	var all sync.WaitGroup
	for node := range 2 {
		store := openPostgres(t, address)
		for user := range users {
			all.Go(func() {
				for n := range each {
					o := loginOf(fmt.Sprint("user", user), fmt.Sprint(node, "-", n))
					o.Admit = func(live []session.Live, _ session.Live) []session.Live { return live }
					opened, err := store.OpenSession(t.Context(), o)
					if !assert.NoError(t, err) {
						return
					}
					how := []chat.Ending{chat.LinkClosed, chat.LinkLost, chat.LoggedOut}[n%3]
					_, err = store.EndSession(t.Context(), opened.Session.Ref, how, time.Now())
					assert.NoError(t, err)
				}
			})
		}
	}
	all.Wait()
	store := openPostgres(t, address)
	assert.Equal(t, users, count(t, store, fmt.Sprintf(`SELECT COUNT(*) FROM accounts WHERE number = %d`, 2*each)))
	assert.Zero(t, count(t, store, `SELECT COUNT(*) FROM sessions WHERE state = 'live'`))
	requireCounted(t, store, users)
}

// An operation of a group may ask in any way there is, and is in the transaction whatever it asks first.
func testGroupQueries(t *testing.T, server *pgtest.Server) {
	store := openPostgres(t, server.Database(t))
	about := func(op operation) error { return store.db.changeAbout(t.Context(), aboutAccount(1, "ann"), op) }
	pings := func(ctx context.Context, tx querier) (n int) {
		require.NoError(t, tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM pings`).Scan(&n))
		return n
	}
	insert := func(ctx context.Context, tx querier) {
		n, err := execCount(ctx, tx, `INSERT INTO pings (id, at) VALUES (40, 1), (41, 1)`)
		assert.NoError(t, err)
		assert.Equal(t, 2, n)
	}
	for name, op := range map[string]operation{
		"a query first": func(ctx context.Context, tx querier) error {
			assert.Zero(t, pings(ctx, tx))
			insert(ctx, tx)
			assert.Equal(t, 2, pings(ctx, tx))
			return errNotWell
		},
		"rows first": func(ctx context.Context, tx querier) error {
			found, err := queryNumbers(ctx, tx, `SELECT id FROM pings`)
			assert.NoError(t, err)
			assert.Empty(t, found)
			insert(ctx, tx)
			return errNotWell
		},
		"a statement first": func(ctx context.Context, tx querier) error {
			insert(ctx, tx)
			return errNotWell
		},
	} {
		assert.ErrorIs(t, about(op), errNotWell, name)
		assert.Zero(t, count(t, store, `SELECT COUNT(*) FROM pings`), name)
	}
	assert.NoError(t, about(func(ctx context.Context, tx querier) error { insert(ctx, tx); return nil }))
	assert.NoError(t, about(func(context.Context, querier) error { return nil }), "nothing to do")
	assert.Equal(t, 2, count(t, store, `SELECT COUNT(*) FROM pings`))
}
