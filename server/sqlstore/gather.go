package sqlstore

import (
	"context"
	"errors"
	"sync"
	"time"
)

// gatherer has operations about accounts and conversations done in groups. On PostgreSQL a transaction, its commit and each way to
// the database and back cost far more than most statements, so what arrives while a group is done goes
// together into the next one: one transaction, in which all go forward in step. What does not succeed in
// company is done alone, as all else is, and takes nobody else's work with it.
type gatherer struct {
	together func([]*entry) (all bool)

	mu      sync.Mutex
	queue   []*entry             // in the order in which they came, with what came before them about the same
	queued  map[subject]int      // so many of the queue are about it
	aside   aside[*entry]        // that nobody waits for, and that are not in the queue
	due     bool                 // those have waited enough, or are enough
	timer   *time.Timer          // until then
	busy    map[subject]struct{} // what the groups under way are about
	groups  int                  // under way
	large   int                  // so many of these are large
	late    bool                 // the last of them takes long
	slow    *time.Timer          // until then
	wary    int                  // so many groups yet are done one by one
	closed  bool
	working sync.WaitGroup // the groups under way

	patience, slowAfter time.Duration
	few                 int // are no large group yet
}

// entry is an operation and the caller who waits for it.
type entry struct {
	ctx   context.Context
	about subject
	soon  bool // nobody waits for it, and it looks at nothing but what it asks first
	run   operation
	done  chan error // has room, so that nobody waits for a caller who has left
}

const (
	maxGroups   = 3  // at once, of one process
	maxTogether = 64 // of the queue, and as many of what nobody waits for
	enoughSoon  = 32 // of what nobody waits for
	waryGroups  = 16 // are done one by one after one that failed
)

// errAlone says that an operation is to be done alone.
var errAlone = errors.New("an operation of the store did not succeed in company")

// newGatherer returns one for groups that together does: it says how each entry has ended, and
// returns whether none is to be done alone.
func newGatherer(together func([]*entry) (all bool)) *gatherer {
	g := &gatherer{together: together,
		queued: map[subject]int{}, aside: newAside[*entry](), busy: map[subject]struct{}{},
		patience: 10 * time.Millisecond, slowAfter: 20 * time.Millisecond, few: 4}
	g.timer = time.AfterFunc(time.Hour, func() { g.rung(&g.due) })
	g.slow = time.AfterFunc(time.Hour, func() { g.rung(&g.late) })
	g.timer.Stop()
	g.slow.Stop()
	return g
}

// do has an operation done in a group, or returns errAlone.
func (g *gatherer) do(e *entry) error {
	e.done = make(chan error, 1)
	g.add(e)
	select {
	case err := <-e.done:
		return err
	case <-e.ctx.Done():
		return e.ctx.Err()
	}
}

func (g *gatherer) add(e *entry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e.soon && g.queued[e.about] == 0 {
		g.putAside(e)
	} else {
		before := g.takeAside(e.about)
		g.queue = append(append(g.queue, before...), e)
		g.queued[e.about] += len(before) + 1
	}
	g.begin()
}

func (g *gatherer) putAside(e *entry) {
	if g.aside.put(e.about, e); g.aside.count == 1 {
		g.timer.Reset(g.patience)
	}
	g.due = g.due || g.aside.count >= enoughSoon
}

func (g *gatherer) takeAside(about subject) []*entry {
	taken := g.aside.take(about)
	if g.aside.count == 0 {
		g.due = false
		g.timer.Stop()
	}
	return taken
}

// rung is the timers', for what they wait for.
func (g *gatherer) rung(what *bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	*what = true
	g.begin()
}

// begin has a group done, if there is one to be done. It is called under the lock, as start is.
func (g *gatherer) begin() {
	if group := g.start(); len(group) > 0 {
		g.working.Go(func() { g.work(group) })
	}
}

// start takes a group, if one may begin now. A few operations at a time need not wait for each other. When there
// are more, one group at a time gathers the most; but if it has to wait, for a lock that another process
// has, the others go on without it.
func (g *gatherer) start() []*entry {
	if g.closed || g.groups == maxGroups || g.large > 0 && !g.late {
		return nil
	}
	group := g.take()
	if len(group) > 0 {
		g.groups++
	}
	if len(group) > g.few {
		g.large++
	}
	return group
}

// work does a group, and then what has come meanwhile.
func (g *gatherer) work(group []*entry) {
	for len(group) > 0 {
		if g.isWary() {
			for _, e := range group {
				e.done <- errAlone
			}
		} else if !g.together(group) {
			g.beWary()
		}
		group = g.next(group)
	}
}

// next ends a group and takes another one.
func (g *gatherer) next(done []*entry) (group []*entry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, e := range done {
		delete(g.busy, e.about)
	}
	g.groups--
	if len(done) > g.few {
		g.large--
	}
	return g.start()
}

func (g *gatherer) isWary() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	wary := g.wary > 0
	if wary {
		g.wary--
	}
	return wary
}

func (g *gatherer) beWary() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wary = waryGroups
}

// take returns what is to be done next, in the order in which it came: nothing about what a group under way is
// about, and nothing behind an operation about the same that may look further than what it asks first. What is
// aside comes last, as it delays the others, and alone only when it is due. It is called under the lock.
func (g *gatherer) take() (group []*entry) {
	if group = g.fromQueue(); len(group) > 0 || g.due {
		group = g.fill(group)
	}
	if len(group) == 0 {
		return nil
	}
	g.late = false
	g.slow.Reset(g.slowAfter)
	for _, e := range group {
		g.busy[e.about] = struct{}{}
	}
	return group
}

func (g *gatherer) fromQueue() (group []*entry) {
	var left []*entry
	behind := map[subject]bool{}
	for i, e := range g.queue {
		if len(group) == maxTogether {
			left = append(left, g.queue[i:]...)
			break
		}
		if _, busy := g.busy[e.about]; busy || behind[e.about] {
			behind[e.about] = true
			left = append(left, e)
			continue
		}
		group = append(group, e)
		behind[e.about] = !e.soon
		if g.queued[e.about]--; g.queued[e.about] == 0 {
			delete(g.queued, e.about)
		}
	}
	g.queue = left
	return group
}

// fill adds what is aside.
func (g *gatherer) fill(group []*entry) []*entry {
	group = append(group, g.aside.takeOldest(maxTogether, g.busy)...)
	if g.due = g.aside.count >= enoughSoon; g.aside.count > 0 {
		g.timer.Reset(g.patience)
	} else {
		g.timer.Stop()
	}
	return group
}

// close waits for the groups under way. All callers have gone.
func (g *gatherer) close() {
	g.mu.Lock()
	g.closed, g.queue, g.aside = true, nil, newAside[*entry]()
	g.timer.Stop()
	g.slow.Stop()
	g.mu.Unlock()
	g.working.Wait()
}
