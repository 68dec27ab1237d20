package gateway

import "sync"

// crew runs functions in goroutines that stay for the next ones. What a login and the end of a
// link do goes deep: a new goroutine would first grow a stack for it, by copying it twice or
// thrice, which costs more than half of what a ticket's check does.
type crew struct {
	mu        sync.Mutex
	idle      []chan func()
	dismissed bool
}

// maxIdle bounds the goroutines that stay. While they rest, the collector takes what
// their stacks have grown to.
const maxIdle = 128

// run calls f in a goroutine, and returns at once.
func (c *crew) run(f func()) {
	c.mu.Lock()
	last := len(c.idle) - 1
	if last < 0 {
		c.mu.Unlock()
		go c.work(f)
		return
	}
	one := c.idle[last]
	c.idle = c.idle[:last]
	c.mu.Unlock()
	one <- f
}

func (c *crew) work(f func()) {
	next := make(chan func(), 1) // has room, so that run never waits
	for f != nil {
		f()
		f = nil
		if c.rest(next) {
			f = <-next
		}
	}
}

// rest notes that a goroutine may be given work, unless enough are.
func (c *crew) rest(next chan func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dismissed || len(c.idle) >= maxIdle {
		return false
	}
	c.idle = append(c.idle, next)
	return true
}

// dismiss ends the goroutines that rest, and later those that work.
func (c *crew) dismiss() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dismissed = true
	for _, one := range c.idle {
		close(one)
	}
	c.idle = nil
}
