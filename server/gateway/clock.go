package gateway

import (
	"sync"
	"time"
)

// phase is what a link's clock waits for.
type phase int

const (
	awaitHello phase = iota
	awaitLogin
	awaitWarning // the ticket expires before long
	awaitExpiry  // the ticket has expired
)

// clock is a link's one timer: it waits for one thing at a time.
type clock struct {
	mu    sync.Mutex
	timer *time.Timer
	phase phase
	due   time.Time
}

// start sets the clock for the first time. From then on ring is called in a goroutine
// of its own when something may be due.
func (c *clock) start(p phase, due time.Time, ring func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase, c.due = p, due
	c.timer = time.AfterFunc(time.Until(due), ring)
}

// set makes the clock wait for p at due, and for nothing else.
func (c *clock) set(p phase, due time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase, c.due = p, due
	c.timer.Reset(time.Until(due))
}

func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
}

// rung returns what is due. A ring may come too early: from before the clock was set
// anew, or after the wall clock was set back. Then nothing is due, and it rings again.
func (c *clock) rung() (p phase, isDue bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wait := time.Until(c.due); wait > 0 {
		c.timer.Reset(wait)
		return c.phase, false
	}
	return c.phase, true
}
