package chat

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

const (
	// roundEvery is the shortest time between two rounds: what changes meanwhile is looked
	// up together, and of a user who changes again and again only the last status is told.
	roundEvery = 50 * time.Millisecond
	// lookUpAll is how often every watched user is looked up, for what a bus lost that may be away.
	lookUpAll = time.Minute
	// lookUpAtOnce is how many users one query of the store is about.
	lookUpAtOnce = 500
	// failedPause is the time between two rounds of which the first failed.
	failedPause = time.Second
)

// followStatuses makes rounds until the service ends.
func (s *Service) followStatuses() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var all <-chan time.Time
	if s.bus.Returned() != nil { // else it loses nothing without saying so
		ticker := time.NewTicker(lookUpAll)
		defer ticker.Stop()
		all = ticker.C
	}
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.watching.wake:
		case <-tick.C:
			if !s.watching.anyLate(time.Now()) {
				continue
			}
		case <-all:
			s.watching.suspect(nil)
		}
		pause := roundEvery
		if err := s.statusRound(); err != nil { // and logged
			pause = failedPause
		}
		select {
		case <-s.ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// statusRound looks up whose status may have changed, and tells who watches them. It is the
// only one that does.
func (s *Service) statusRound() (err error) {
	users, waiting, news := s.watching.take()
	if waiting != nil {
		defer func() {
			waiting.err = err
			close(waiting.done)
		}()
	}
	s.publishNews(news)
	slices.SortFunc(users, func(a, b userKey) int { return cmp.Or(cmp.Compare(a.app, b.app), cmp.Compare(a.user, b.user)) })
	for len(users) > 0 {
		n := 1
		for n < len(users) && n < lookUpAtOnce && users[n].app == users[0].app {
			n++
		}
		if err := s.lookUp(users[:n]); err != nil {
			s.watching.suspect(users)
			return err
		}
		users = users[n:]
	}
	return nil
}

// lookUp looks up users of one app.
func (s *Service) lookUp(keys []userKey) error {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = key.user
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	found, err := s.seen(ctx, keys[0].app, names)
	if err != nil {
		return err
	}
	app, _ := s.app(keys[0].app)
	for _, key := range keys {
		links, status := s.watching.settle(key, found[key.user], app.NoUserStatus)
		if len(links) == 0 {
			continue
		}
		notice := &Notice{Event: wire.EventUserStatus, Body: []wire.UserStatus{status}}
		for _, link := range links {
			link.Tell(notice)
		}
	}
	return nil
}

// settle takes note of what a user's status was found to be, and returns who is to be told
// of it. Hidden says that only the user's own devices are.
func (w *watching) settle(key userKey, found UserStatus, hidden bool) (tell []Link, status wire.UserStatus) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := w.users[key]
	if one == nil {
		return nil, wire.UserStatus{}
	}
	if delete(w.late, key); !found.Until.IsZero() {
		w.late[key] = found.Until
	}
	status = found.of(key.user)
	if one.last == nil || !one.last.Same(status) || !slices.Equal(one.last.Devices, status.Devices) {
		one.last = &status
	}
	for watch := range one.all {
		switch {
		case !watch.began || watch.told == one.last || hidden && watch.by.ref.User != key.user:
		case watch.told != nil && watch.told.Same(status):
			watch.told = one.last
		default:
			watch.told = one.last
			tell = append(tell, watch.by.link)
		}
	}
	return tell, status
}

// anyLate has those looked up whose status may have changed by itself, if there are any.
func (w *watching) anyLate(now time.Time) (found bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, due := range w.late {
		if !now.Before(due) {
			w.doubt(key)
			found = true
		}
	}
	return found
}

// suspect has users looked up if they are watched; nil is all who are.
func (w *watching) suspect(users []userKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if users == nil {
		users = slices.Collect(maps.Keys(w.users))
	}
	for _, key := range users {
		if w.users[key] != nil {
			w.doubt(key)
		}
	}
}

// take takes all that is to be done in a round.
func (w *watching) take() (users []userKey, waiting *lookup, news statusNews) {
	w.mu.Lock()
	defer w.mu.Unlock()
	users, waiting = slices.Collect(maps.Keys(w.dirty)), w.next
	news.All = w.flood
	if !w.flood {
		for key := range w.news {
			news.Users = append(news.Users, newsOf{key.app, key.user})
		}
	}
	clear(w.dirty)
	clear(w.news)
	w.next, w.flood = nil, false
	return users, waiting, news
}
