package core

import (
	"runtime/debug"
	"sync"
)

// crew counts the goroutines of a client.
type crew struct {
	mu    sync.Mutex
	count int
	empty chan struct{} // when somebody waits for it
}

func (w *crew) enter() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
}

func (w *crew) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count--
	if w.count == 0 && w.empty != nil {
		close(w.empty)
		w.empty = nil
	}
}

// gone is closed when nobody is left. It is asked for once, when nobody enters any more.
func (w *crew) gone() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	empty := make(chan struct{})
	if w.count == 0 {
		close(empty)
	} else {
		w.empty = empty
	}
	return empty
}

// spawn runs f beside the loop. It holds the client's only go statement.
func (c *Client) spawn(f func()) {
	c.crew.enter()
	go func() {
		defer c.crew.leave()
		c.guard(f)
	}()
}

// guard runs f. A panic in it must not end somebody's game: what is in flight ends with
// 7012, and the client goes on.
func (c *Client) guard(f func()) {
	if c.contain(f) {
		c.spawn(func() { c.post(func() { c.step(panicked{}) }) })
	}
}

// contain runs f and says whether it panicked.
func (c *Client) contain(f func()) (panicked bool) {
	defer func() {
		if r := recover(); r != nil {
			panicked = true
			c.log.Error("panic", "panic", r, "stack", string(debug.Stack()))
		}
	}()
	f()
	return false
}
