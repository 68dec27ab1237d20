package sqlstore

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
)

// setPatience changes what the writer has, which is its own goroutine's.
func setPatience(t *testing.T, store *Store, patience, lively time.Duration) *writer {
	t.Helper()
	w := store.db.(*sqlite).writer
	require.NoError(t, store.db.change(t.Context(), func(context.Context, querier) error {
		w.patience, w.lively = patience, lively
		return nil
	}))
	return w
}

func soon(ctx context.Context, w *writer, part string, runs *int) *job {
	j := noting(ctx, part, runs, well)
	j.done = make(chan error, 1)
	w.patient <- j
	return j
}

func TestWhatNobodyWaitsForGoesIntoTheNextCommit(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	w := setPatience(t, store, time.Hour, time.Hour)
	var runs, others int
	j := soon(t.Context(), w, "soon", &runs)
	require.Eventually(t, func() bool { return len(w.patient) == 0 }, 20*time.Second, time.Millisecond) // it is before the other
	failing := noting(t.Context(), "other", &others, func() error { return errNotWell })
	assert.ErrorIs(t, store.db.change(t.Context(), failing.run), errNotWell)
	assert.NoError(t, <-j.done)
	assert.Equal(t, 2, runs, "a transaction that both were in was done again")
	assert.Equal(t, []string{"soon"}, notedOf(t, store))
}

func TestWhatNobodyWaitsForDoesNotWaitForever(t *testing.T) {
	for name, times := range map[string]struct{ patience, lively time.Duration }{
		"nobody comes":                {time.Millisecond, time.Hour},
		"nobody has come for a while": {time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t, filepath.Join(t.TempDir(), "banter.db"))
			w := setPatience(t, store, times.patience, times.lively)
			var runs int
			assert.NoError(t, <-soon(t.Context(), w, "soon", &runs).done)
			assert.Equal(t, 1, runs)
		})
	}
}

func TestWhatWaitsIsKeptAtTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "banter.db")
	store := open(t, path)
	w := setPatience(t, store, time.Hour, time.Hour)
	var runs int
	j := soon(t.Context(), w, "soon", &runs)
	between := make(chan struct{})
	w.between <- func() { close(between) } // which it does not keep from running
	<-between
	require.NoError(t, store.Close())
	assert.NoError(t, <-j.done)
	assert.Equal(t, []string{"soon"}, notedOf(t, open(t, path)))
}

func TestOneStatementSoon(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	opened, err := store.OpenSession(t.Context(), loginOf("ann", "a"))
	require.NoError(t, err)
	for _, want := range []bool{true, false} {
		changed, err := store.EndSession(t.Context(), opened.Session.Ref, chat.LinkClosed, time.Now())
		require.NoError(t, err)
		assert.Equal(t, want, changed)
	}
}
