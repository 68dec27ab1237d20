package core

import (
	"github.com/banter-im/banter/internal/timerr"
)

// call is something for the loop to run.
type call struct {
	run     func()
	applied chan struct{} // closed when it has run
}

// loop owns the client's state until the client is closed. Nothing that can wait happens
// on it.
func (c *Client) loop() {
	defer close(c.stopped)
	for {
		select {
		case m := <-c.calls:
			c.guard(m.run)
			close(m.applied)
		case <-c.loginAlarm.C:
			c.step(timeUp{})
		case <-c.logoutAlarm.C:
			c.step(leaveTimeUp{})
		case <-c.redialAlarm.C:
			c.step(redialDue{})
		case <-c.expiry.C:
			c.guard(c.expire)
		case <-c.statusAlarm.C:
			c.guard(c.statusDue)
		case <-c.ctx.Done():
			c.endMessenger(timerr.New(timerr.SDKCommInterrupt))
			c.step(closed{})
			return
		}
	}
}

// post has the loop run f, and returns when it has: TIMGetLoginStatus is right on the
// game's next line. The error is 7009 when the client was closed.
func (c *Client) post(f func()) error {
	m := call{f, make(chan struct{})}
	select {
	case c.calls <- m:
		<-m.applied
		return nil
	case <-c.ctx.Done():
		return timerr.New(timerr.SDKCommInterrupt)
	}
}

// step takes the session through ev, and does what is to be done about it: whatever
// happens, to the end.
func (c *Client) step(ev event) {
	guard := c.guard
	if _, again := ev.(panicked); again {
		guard = func(f func()) { c.contain(f) } // or one panic would call for the next
	}
	guard(func() {
		next, do := c.session.step(ev)
		c.session = next
		c.publish()
		c.depth++
		for _, e := range do {
			guard(func() { e.run(c) })
		}
		c.depth--
		if c.unsettled && c.depth == 0 { // an effect may have stepped on
			c.unsettled = false
			c.game.Settled()
		}
	})
}

// publish tells the getters, before anything else is told of what they will say.
func (c *Client) publish() {
	state := State{
		Status:          c.session.status(),
		UserID:          c.session.user(),
		ServerOffset:    c.offset,
		ServerTimeKnown: c.serverTimeKnown,
	}
	if state != c.published {
		c.tellState(state)
	}
	c.keepMessenger()
}

func (c *Client) tellState(state State) {
	if state.Status != c.published.Status {
		c.log.Info("login status", "status", int(state.Status), "user", state.UserID)
		c.unsettled = true
	}
	if state.UserID != c.published.UserID {
		c.follow(state.UserID)
	}
	c.published = state
	c.status.Store(int32(state.Status))
	c.game.Publish(state)
}
