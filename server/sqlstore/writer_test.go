package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

// inOneBatch runs operations in the same transaction, in their order, and returns what became
// of each.
func inOneBatch(t *testing.T, store *Store, jobs ...*job) []error {
	t.Helper()
	release := blockWriter(store)
	w := store.db.(*sqlite).writer
	for _, j := range jobs {
		j.done = make(chan error, 1)
		w.queue <- j
	}
	release()
	ended := make([]error, len(jobs))
	for i, j := range jobs {
		ended[i] = <-j.done
	}
	return ended
}

// noting is an operation that keeps a figure, ends as it is told, and counts how often it ran.
func noting(ctx context.Context, part string, runs *int, end func() error) *job {
	return &job{ctx: ctx, run: func(ctx context.Context, tx querier) error {
		*runs++
		if err := addFigure(ctx, tx, chat.Figure{App: 1, Name: "noted", Period: 1, Part: part, Value: 1}); err != nil {
			return err
		}
		return end()
	}}
}

func notedOf(t *testing.T, store *Store) []string {
	t.Helper()
	names, err := queryNames(t.Context(), store.db.reader(), `SELECT part FROM usage WHERE name = 'noted' AND value = 1 ORDER BY part`)
	require.NoError(t, err)
	return names
}

var (
	well       = func() error { return nil }
	errNotWell = errors.New("the operation failed")
)

func TestABatchWithoutAFailureRunsOnce(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	runs := make([]int, 3)
	ended := inOneBatch(t, store,
		noting(t.Context(), "a", &runs[0], well), noting(t.Context(), "b", &runs[1], well), noting(t.Context(), "c", &runs[2], well))
	assert.Equal(t, make([]error, 3), ended)
	assert.Equal(t, []int{1, 1, 1}, runs)
	assert.Equal(t, []string{"a", "b", "c"}, notedOf(t, store))
}

func TestWhatFailsInABatchTakesNobodyWithIt(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	for name, tt := range map[string]struct {
		ctx  context.Context
		end  func() error
		want error
		runs []int
	}{
		"an error":               {t.Context(), func() error { return errNotWell }, errNotWell, []int{2, 2, 1}},
		"a panic":                {t.Context(), func() error { panic("broken") }, errPanic, []int{2, 2, 1}},
		"a caller who has left":  {gone, well, context.Canceled, []int{1, 0, 1}},
		"an error's own context": {t.Context(), func() error { return context.Canceled }, context.Canceled, []int{2, 2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t, filepath.Join(t.TempDir(), "banter.db"))
			runs := make([]int, 3)
			ended := inOneBatch(t, store,
				noting(t.Context(), "a", &runs[0], well), noting(tt.ctx, "b", &runs[1], tt.end), noting(t.Context(), "c", &runs[2], well))
			assert.NoError(t, ended[0])
			assert.ErrorIs(t, ended[1], tt.want)
			assert.NoError(t, ended[2])
			assert.Equal(t, tt.runs, runs)
			assert.Equal(t, []string{"a", "c"}, notedOf(t, store))
		})
	}
}

// Operations that always fail, such as a client may ask for, do not double everybody's work.
func TestAfterAFailureBatchesAreNotDoneTwiceForAWhile(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	batch := func() (runs []int) {
		runs = make([]int, 2)
		ended := inOneBatch(t, store,
			noting(t.Context(), "a", &runs[0], well), noting(t.Context(), "b", &runs[1], func() error { return errNotWell }))
		assert.NoError(t, ended[0])
		assert.ErrorIs(t, ended[1], errNotWell)
		return runs
	}
	assert.Equal(t, []int{2, 2}, batch())
	for range waryBatches {
		assert.Equal(t, []int{1, 1}, batch())
	}
	assert.Equal(t, []int{2, 2}, batch())
}

func TestAFailureOnItsOwnIsUndone(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	var runs int
	j := noting(t.Context(), "a", &runs, func() error { return errNotWell })
	assert.ErrorIs(t, store.db.change(j.ctx, j.run), errNotWell)
	assert.Equal(t, 1, runs)
	assert.Empty(t, notedOf(t, store))
}

// An operation that loses the transaction fails all of it, and nothing is kept, not even of
// those that wait behind it.
func TestNothingIsKeptOfABatchThatLostItsTransaction(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	runs := make([]int, 2)
	ended := inOneBatch(t, store, noting(t.Context(), "a", &runs[0], well),
		&job{ctx: t.Context(), run: func(ctx context.Context, tx querier) error {
			_, err := tx.ExecContext(ctx, `ROLLBACK`)
			return err
		}}, noting(t.Context(), "b", &runs[1], well))
	for _, err := range ended {
		assert.ErrorContains(t, err, "lost the transaction")
	}
	assert.Equal(t, []int{1, 0}, runs)
	assert.Empty(t, notedOf(t, store))
	require.NoError(t, store.Ping(t.Context()))
}

// What an operation returns is that of its last run, though others in its batch fail: messages
// get each place once, and none is left out.
func TestMessagesKeepTheirPlacesBesideOperationsThatFail(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	conv := chat.C2C(1, "ann", "bob")
	const senders, each = 8, 50
	places := make([][]chat.Placed, senders)
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			for n := range each {
				m := chat.NewMessage{Sender: "ann", ID: fmt.Sprint(i, "-", n), Counts: true, Last: true, Body: []byte("{}")}
				placed, err := store.AppendMessages(t.Context(), conv, []chat.NewMessage{m}, time.UnixMilli(1700000000000))
				if assert.NoError(t, err) {
					places[i] = append(places[i], placed...)
				}
				_, err = store.ChangeMessage(t.Context(), conv, 1<<40, time.UnixMilli(1700000000000), func(*chat.Message) error { return nil })
				assert.ErrorIs(t, err, chat.ErrNoMessage)
			}
		})
	}
	all.Wait()
	taken := map[uint64]bool{}
	for _, list := range places {
		last := uint64(0)
		for _, p := range list {
			assert.False(t, p.Repeated, "it was not there before")
			assert.Greater(t, p.Pos, last)
			last = p.Pos
			taken[p.Pos] = true
		}
	}
	assert.Len(t, taken, senders*each)
	page, err := store.Messages(t.Context(), conv, "ann", chat.Part{Limit: 1, Bytes: 1, NewestFirst: true})
	require.NoError(t, err)
	assert.EqualValues(t, senders*each, page.Pos)
}
