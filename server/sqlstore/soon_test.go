package sqlstore

import (
	"context"
	"path/filepath"
	"strconv"
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
	return soonAbout(ctx, w, part, everything, time.Now(), runs)
}

func soonAbout(ctx context.Context, w *writer, part string, about subject, came time.Time, runs *int) *job {
	j := noting(ctx, part, runs, well)
	j.done, j.about, j.came = make(chan error, 1), about, came
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

// about is a job that somebody waits for, about a subject. When it is done, so is what had to be before it.
func about(t *testing.T, store *Store, about subject) {
	t.Helper()
	require.NoError(t, store.db.changeAbout(t.Context(), about, func(context.Context, querier) error { return nil }))
}

func TestWhatIsAboutSomethingElseIsNotWaitedFor(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	w := setPatience(t, store, time.Hour, time.Hour)
	var runs int
	jobs := map[string]*job{}
	for part, subject := range map[string]subject{"a1": "a", "a2": "a", "b": "b"} {
		jobs[part] = soonAbout(t.Context(), w, part, subject, time.Now(), &runs)
	}
	require.Eventually(t, func() bool { return len(w.patient) == 0 }, 20*time.Second, time.Millisecond)
	about(t, store, "c")
	assert.Empty(t, notedOf(t, store))
	about(t, store, "a")
	assert.Equal(t, []string{"a1", "a2"}, notedOf(t, store), "what is about the same comes first")
	require.NoError(t, store.db.change(t.Context(), func(context.Context, querier) error { return nil }))
	assert.Equal(t, []string{"a1", "a2", "b"}, notedOf(t, store), "whoever may look at anything finds all done")
	for _, j := range jobs {
		assert.NoError(t, <-j.done)
	}
	assert.Equal(t, 3, runs)
}

// As at the end of a server, whose links all end at once.
func TestWhatNobodyWaitsForSharesACommit(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	w := setPatience(t, store, time.Hour, 0)
	busy, goOn := make(chan struct{}), make(chan struct{})
	w.between <- func() { close(busy); <-goOn }
	<-busy
	var runs, others int
	first := soonAbout(t.Context(), w, "first", "a", time.Now(), &runs)
	failing := noting(t.Context(), "failing", &others, func() error { return errNotWell })
	failing.done, failing.about, failing.came = make(chan error, 1), "b", time.Now()
	w.patient <- failing
	close(goOn)
	assert.NoError(t, <-first.done)
	assert.ErrorIs(t, <-failing.done, errNotWell)
	assert.Equal(t, 2, runs, "a transaction that both were in was done again")
}

func TestWhatIsOverdueIsTakenAlong(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	w := setPatience(t, store, time.Hour, time.Hour)
	var runs int
	j := soonAbout(t.Context(), w, "late", "b", time.Now().Add(-2*time.Hour), &runs)
	require.Eventually(t, func() bool { return len(w.patient) == 0 }, 20*time.Second, time.Millisecond)
	about(t, store, "c")
	assert.Equal(t, []string{"late"}, notedOf(t, store))
	assert.NoError(t, <-j.done)
}

// As when all links are lost at once, and all clients come back.
func TestWhatIsOverdueKeepsNobodyWaitingLong(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	w := setPatience(t, store, time.Millisecond, time.Hour)
	busy, goOn, later := make(chan struct{}), make(chan struct{}), make(chan struct{})
	w.between <- func() { close(busy); <-goOn }
	<-busy
	var jobs []*job
	for n := range maxQueue {
		j := &job{ctx: t.Context(), about: subject("end " + strconv.Itoa(n)), done: make(chan error, 1)}
		j.run = func(context.Context, querier) error {
			if n >= maxBatch {
				<-later
			}
			return nil
		}
		w.patient <- j
		jobs = append(jobs, j)
	}
	waiting := &job{ctx: t.Context(), about: "a login", done: make(chan error, 1)}
	waiting.run = func(context.Context, querier) error { return nil }
	w.queue <- waiting
	close(goOn)
	select {
	case err := <-waiting.done:
		assert.NoError(t, err)
	case <-time.After(20 * time.Second):
		t.Error("it waits for all that nobody waits for")
	}
	close(later)
	for _, j := range jobs {
		assert.NoError(t, <-j.done)
	}
}

func TestTheEndOfALinkComesBeforeTheNextLogin(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "banter.db"))
	setPatience(t, store, time.Hour, time.Hour)
	opened, err := store.OpenSession(t.Context(), loginOf("ann", "a"))
	require.NoError(t, err)
	ended := make(chan bool)
	go func() {
		changed, err := store.EndSession(t.Context(), opened.Session.Ref, chat.LinkClosed, time.Now())
		ended <- changed && err == nil
	}()
	w := store.db.(*sqlite).writer
	require.Eventually(t, func() bool {
		count := make(chan int)
		w.between <- func() { count <- w.aside.count }
		return <-count == 1
	}, 20*time.Second, time.Millisecond)
	_, err = store.OpenSession(t.Context(), loginOf("bob", "b"))
	require.NoError(t, err)
	select {
	case <-ended:
		t.Error("bob's login took ann's end along")
	default:
	}
	again, err := store.OpenSession(t.Context(), loginOf("ann", "c"))
	require.NoError(t, err)
	assert.True(t, <-ended)
	assert.Empty(t, again.Victims, "a link that has ended")
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
