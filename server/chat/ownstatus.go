package chat

import "github.com/banter-im/banter/internal/wire"

// A link hears of its own user's status at once after a login or resume. The store knows it when it has
// opened the session: it goes out with the answer, and nobody looks it up. Expect, came and addSelf are
// called for a link in this order.

// expect makes a watch its own user before its session is opened, if nobody else does: this node then
// notes whatever happens to the user, and what the opening finds holds if that is nothing.
func (w *watching) expect(a *Attachment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := userKey{a.peer.App, a.ref.User}
	if w.users[key] == nil {
		one := &watched{quiet: true}
		one.add(&watch{by: a}, key.user)
		w.users[key] = one
	}
}

// came notes the status that the opening of a's session found. It returns what a is to be told with the
// answer, or nil if that is to be looked up.
func (w *watching) came(a *Attachment, found UserStatus) *wire.UserStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := userKey{a.peer.App, a.ref.User}
	w.tellNodes(key)
	one := w.users[key]
	if one == nil {
		return nil
	}
	watch := one.watch(a, key.user)
	if watch == nil || !one.quiet {
		w.doubt(key)
		return nil
	}
	one.quiet = false
	if !found.Until.IsZero() {
		w.late[key] = found.Until
	}
	status := found.of(key.user)
	one.last, watch.told = &status, &status
	return &status
}

// addSelf has a told of its own user from now on, beginning with what it is if that was not told with
// the answer.
func (w *watching) addSelf(a *Attachment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := userKey{a.peer.App, a.ref.User}
	w.join(a, key.user)
	one := w.users[key]
	watch := one.watch(a, key.user)
	if watch.began {
		return
	}
	watch.began = true
	if watch.told == nil || watch.told != one.last {
		w.doubt(key)
	}
}

// OwnStatus is what a's link is to be told of its own user's status with the answer to its login
// or resume: nil is nothing, and WatchSelf sees to it.
func (s *Service) OwnStatus(a *Attachment) []wire.UserStatus {
	if a.own == nil {
		return nil
	}
	status := *a.own
	a.own = nil
	return []wire.UserStatus{status}
}

// WatchSelf has a's link told of its own user's status from now on, beginning with what it
// is if OwnStatus did not say so. It changes nothing when that was done before.
func (s *Service) WatchSelf(a *Attachment) { s.watching.addSelf(a) }
