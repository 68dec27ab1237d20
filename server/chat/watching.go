package chat

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/banter-im/banter/internal/recent"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// watching knows whose statuses the links of this node want to hear of, and what each was
// told. Links come and go by their own goroutines; one goroutine looks statuses up and
// tells them, so that all hear them in one order.
type watching struct {
	mu    sync.Mutex
	users map[userKey]*watched
	links map[*Attachment]*watcher

	dirty map[userKey]struct{}  // watched, and to be looked up
	late  map[userKey]time.Time // whose status may change by itself, and when
	news  map[userKey]struct{}  // changed by this node: the others are to be told
	flood bool                  // news were too many: the others are to look up everybody
	next  *lookup               // the round to come, if somebody waits for it
	wake  chan struct{}
}

type userKey struct {
	app  uint64
	user string
}

// watched is a user whom links of this node watch.
type watched struct {
	last  *wire.UserStatus       // as it was looked up last; nil before that
	own   []*watch               // the user's own links', which are few
	by    map[*Attachment]*watch // others'; nil: none's
	quiet bool                   // nothing has happened since expect
}

// watch is one link's, of one user.
type watch struct {
	by    *Attachment
	told  *wire.UserStatus // nil: nothing yet
	began bool             // changes are told
}

// watcher is a link that watches.
type watcher struct {
	list  recent.List      // besides its own user
	paces map[string]*pace // nil: it has asked for nothing
}

// lookup is a round for which somebody waits.
type lookup struct {
	done chan struct{}
	err  error
}

func (w *watching) init() {
	w.users, w.links = map[userKey]*watched{}, map[*Attachment]*watcher{}
	w.dirty, w.late, w.news = map[userKey]struct{}{}, map[userKey]time.Time{}, map[userKey]struct{}{}
	w.wake = make(chan struct{}, 1)
}

// rouse makes the round begin. The caller holds w.mu.
func (w *watching) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watching) of(a *Attachment) *watcher {
	if w.links[a] == nil {
		w.links[a] = &watcher{list: recent.New(wire.MaxWatched)}
	}
	return w.links[a]
}

// pace refuses a call of cmd that comes too fast after others.
func (w *watching) pace(a *Attachment, cmd string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	link := w.of(a)
	if link.paces == nil {
		link.paces = map[string]*pace{}
	}
	if link.paces[cmd] == nil {
		link.paces[cmd] = &pace{}
	}
	if link.paces[cmd].allow(time.Now()) {
		return nil
	}
	return timerr.Newf(timerr.SDKCommAPICallFrequencyLimit, "%s: more than %d calls in %d s", cmd, statusCalls, int(statusWindow.Seconds()))
}

// watch is a's, or nil. User is who is watched.
func (w *watched) watch(a *Attachment, user string) *watch {
	if a.ref.User != user {
		return w.by[a]
	}
	if i := w.ownOf(a); i >= 0 {
		return w.own[i]
	}
	return nil
}

func (w *watched) ownOf(a *Attachment) int {
	return slices.IndexFunc(w.own, func(own *watch) bool { return own.by == a })
}

func (w *watched) add(one *watch, user string) {
	switch {
	case one.by.ref.User == user:
		w.own = append(w.own, one)
	case w.by == nil:
		w.by = map[*Attachment]*watch{one.by: one}
	default:
		w.by[one.by] = one
	}
}

func (w *watched) remove(a *Attachment, user string) {
	if a.ref.User != user {
		delete(w.by, a)
	} else if i := w.ownOf(a); i >= 0 {
		w.own = slices.Delete(w.own, i, i+1)
	}
}

// all yields every watch.
func (w *watched) all(yield func(*watch) bool) {
	for _, one := range w.own {
		if !yield(one) {
			return
		}
	}
	for _, one := range w.by {
		if !yield(one) {
			return
		}
	}
}

// join makes a watch a user, and says whether it did not before. The caller holds w.mu.
func (w *watching) join(a *Attachment, user string) bool {
	key := userKey{a.peer.App, user}
	one := w.users[key]
	if one == nil {
		one = &watched{}
		w.users[key] = one
	}
	if one.watch(a, user) != nil {
		return false
	}
	one.add(&watch{by: a}, user)
	w.doubt(key)
	return true
}

// doubt has a user looked up who is watched. The caller holds w.mu.
func (w *watching) doubt(key userKey) {
	w.users[key].quiet = false
	w.dirty[key] = struct{}{}
	w.rouse()
}

// add makes a watch the users, and returns those whom it did not watch before.
func (w *watching) add(a *Attachment, users []string) (fresh []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, user := range users {
		if w.join(a, user) {
			fresh = append(fresh, user)
		}
	}
	return fresh
}

// keep puts the users in a's list, which may push others out, and returns what the fresh
// ones are told to be.
func (w *watching) keep(a *Attachment, users, fresh []string) []wire.UserStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := &w.of(a).list
	var dropped []string
	for _, user := range users {
		dropped = append(dropped, list.Add(user))
	}
	for _, user := range dropped {
		if user != "" && !list.Has(user) { // else it was named again
			w.leave(a, user)
		}
	}
	statuses := []wire.UserStatus{}
	for _, user := range fresh {
		one := w.users[userKey{a.peer.App, user}]
		one.watch(a, user).told = one.last
		statuses = append(statuses, *one.last)
	}
	return statuses
}

// begin has changes of the users told to a, also those since keep.
func (w *watching) begin(a *Attachment, users []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, user := range users {
		key := userKey{a.peer.App, user}
		one := w.users[key]
		watch := one.watch(a, user)
		watch.began = true
		if watch.told != one.last {
			w.doubt(key)
		}
	}
}

func (w *watching) watchedBy(a *Attachment) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.of(a).list.Names()
}

// remove makes a watch the users no longer, but for its own.
func (w *watching) remove(a *Attachment, users []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := &w.of(a).list
	for _, user := range users {
		list.Remove(user)
		if user != a.ref.User {
			w.leave(a, user)
		}
	}
}

// gone forgets a's link.
func (w *watching) gone(a *Attachment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leave(a, a.ref.User)
	known := w.links[a]
	if known == nil {
		return
	}
	delete(w.links, a)
	for _, user := range known.list.Names() {
		w.leave(a, user)
	}
}

// leave ends a watch, if there is one. The caller holds w.mu.
func (w *watching) leave(a *Attachment, user string) {
	key := userKey{a.peer.App, user}
	one := w.users[key]
	if one == nil {
		return
	}
	if one.remove(a, user); len(one.own)+len(one.by) == 0 {
		delete(w.users, key)
		delete(w.dirty, key)
		delete(w.late, key)
	}
}

// await returns when a round that began after the call has ended, with its error.
func (w *watching) await(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	w.mu.Lock()
	if w.next == nil {
		w.next = &lookup{done: make(chan struct{})}
	}
	round := w.next
	w.rouse()
	w.mu.Unlock()
	select {
	case <-round.done:
		return round.err
	case <-ctx.Done():
		return timerr.Newf(timerr.SvrAccountInternalTimeout, "the server's store did not answer in time, try again")
	}
}
