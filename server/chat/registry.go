package chat

import (
	"sync"

	"github.com/banter-im/banter/internal/wire"
)

// Attachment is a session that a link of this node holds, or is about to.
type Attachment struct {
	link Link
	peer Peer

	counted bool             // under usage's lock: among the links that are logged in
	own     *wire.UserStatus // to be told with the answer to the login; nil: not

	// Under the registry's lock.
	ref    Ref // its Number is 0 until the store has opened the session
	kicked bool
	over   bool // the session ended from its own side: nothing is left to end
}

// registry knows the sessions whose links are on this node. A session is in it before
// the store opens it, so that no kick comes too early to find it.
type registry struct {
	mu   sync.Mutex
	held map[string][]*Attachment // by session id; two while a resume takes over
}

func (r *registry) init() { r.held = map[string][]*Attachment{} }

func (r *registry) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.held)
}

func (r *registry) holds(session string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.held[session]) > 0
}

func (r *registry) add(a *Attachment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := a.ref.Session
	r.held[id] = append(r.held[id], a)
}

func (r *registry) remove(a *Attachment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := a.ref.Session
	var rest []*Attachment
	for _, other := range r.held[id] {
		if other != a {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(r.held, id)
		return
	}
	r.held[id] = rest
}

// opened notes the number that the store gave a's session.
func (r *registry) opened(a *Attachment, number int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a.ref.Number = number
}

// finish takes a out and reports its session, and whether that was kicked or had ended
// from its own side already.
func (r *registry) finish(a *Attachment) (ref Ref, kicked, over bool) {
	r.remove(a)
	r.mu.Lock()
	defer r.mu.Unlock()
	return a.ref, a.kicked, a.over
}

// end marks a's session as ended from its own side, and reports it; ok is false when it
// was kicked or had ended before.
func (r *registry) end(a *Attachment) (ref Ref, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.over || a.kicked {
		return a.ref, false
	}
	a.over = true
	return a.ref, true
}

// kick gives the notice to every link of the session, and reports how many there are.
// Ended is final, so numbers do not matter.
func (r *registry) kick(session string, notice wire.Kicked) int {
	r.mu.Lock()
	links := make([]Link, 0, 1)
	for _, a := range r.held[session] {
		a.kicked = true
		links = append(links, a.link)
	}
	r.mu.Unlock()
	for _, link := range links {
		link.Kick(notice)
	}
	return len(links)
}

// supersede closes the session's links of numbers below number: a resume has taken over.
func (r *registry) supersede(session string, number int64) {
	r.mu.Lock()
	var links []Link
	for _, a := range r.held[session] {
		if a.ref.Number > 0 && a.ref.Number < number {
			links = append(links, a.link)
		}
	}
	r.mu.Unlock()
	for _, link := range links {
		link.Close(wire.Closing{Reason: wire.CloseSuperseded, Desc: "the session was resumed on another link"})
	}
}

// close closes every link with why.
func (r *registry) close(why wire.Closing) {
	r.mu.Lock()
	var links []Link
	for _, held := range r.held {
		for _, a := range held {
			links = append(links, a.link)
		}
	}
	r.mu.Unlock()
	for _, link := range links {
		link.Close(why)
	}
}
