package bench

import (
	"encoding/json"
	"flag"
	"sync"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

// kicks has users who are online log in again on the same platform: the second login ends
// the first session, whose client is told.
func kicks() Scenario {
	return Scenario{
		Name:  "kicks",
		About: "users who are online log in again, which kicks the device they had",
		Flags: func(c *Config, flags *flag.FlagSet) {
			c.LoopFlags(flags, 64)
			c.DurationFlag(flags, 10*time.Second)
			c.ConnectionsFlag(flags, 1000)
		},
		Check: func(c *Config) error { return within("connections", c.Connections, 1, maxConnections) },
		run: func(r *run) error {
			r.tickets.prepare(r.Connections)
			load := newKickLoad(r, 0, r.Connections)
			if err := load.prepare(); err != nil {
				return err
			}
			window, err := r.watch()
			if err != nil {
				return err
			}
			took := r.load(load.once)
			done := r.counted("kicks")
			r.figure("kicks_per_second", float64(done)/took.Seconds())
			if done > 0 {
				r.figure("notice_before_answer_percent", 100*float64(r.counted("notices_first"))/float64(done))
			}
			return window.end("kick", done)
		},
	}
}

// kickLoad has so many users from the first one on kick themselves, in turn.
type kickLoad struct {
	run   *run
	first int
	users []kickUser
}

// kickUser is a user who is online with one device.
type kickUser struct {
	mu     sync.Mutex // one login at a time
	device *device
	logins int
}

// device is a link that waits to be kicked.
type device struct {
	*link
	told  chan time.Time // the notice has come; closed: none will
	ended chan struct{}  // nothing more comes

	mu      sync.Mutex
	mayEnd  bool // somebody has begun to log in
	notices int
}

func newKickLoad(r *run, first, users int) *kickLoad {
	return &kickLoad{run: r, first: first, users: make([]kickUser, users)}
}

// prepare brings every user online.
func (k *kickLoad) prepare() error {
	return k.run.connectAll(k.first, len(k.users), func(n int, l *link) {
		k.users[n].device = k.run.device(l)
	})
}

// device listens on a link.
func (r *run) device(l *link) *device {
	d := &device{link: l, told: make(chan time.Time, 1), ended: make(chan struct{})}
	l.listen(d.hear, func(error) {
		close(d.told)
		close(d.ended)
	})
	return d
}

func (d *device) hear(frame wire.Frame) {
	if frame.Event != wire.EventKicked {
		return
	}
	now := time.Now()
	var notice wire.Kicked
	if err := json.Unmarshal(frame.Body, &notice); err != nil || notice.Reason != wire.KickOtherDevice {
		d.run.broken("a device was kicked for another reason than the login")
	}
	d.mu.Lock()
	d.notices++
	early, again := !d.mayEnd, d.notices > 1
	d.mu.Unlock()
	switch {
	case again:
		d.run.broken("a device was told twice that it was kicked")
	case early:
		d.run.broken("a device was kicked that nobody had displaced")
	default:
		d.told <- now
	}
}

// once has the next user log in again.
func (k *kickLoad) once(n int, due time.Time) {
	n %= len(k.users)
	user := &k.users[n]
	user.mu.Lock()
	defer user.mu.Unlock()
	old := user.device
	if old != nil {
		old.mu.Lock()
		old.mayEnd = true
		old.mu.Unlock()
	}
	user.logins++
	l, err := k.run.connect(k.first+n, user.logins)
	answered := time.Now()
	if err != nil {
		if k.run.ctx.Err() == nil {
			k.run.failed(err)
		}
		return // whether the login was done is not known, so the old device may have ended
	}
	user.device = k.run.device(l)
	if old != nil {
		k.kicked(old, due, answered)
	}
}

// kicked waits for the notice of the device that was displaced, and for the end of its link.
func (k *kickLoad) kicked(old *device, due, answered time.Time) {
	timeout := time.NewTimer(k.run.Timeout)
	defer timeout.Stop()
	select {
	case told, ok := <-old.told:
		if !ok {
			k.run.broken("a device that was kicked lost its link without a notice")
			return
		}
		k.run.timing("notice").record(told.Sub(due))
		k.run.timing("answer").record(answered.Sub(due))
		k.run.count("kicks", 1)
		if !told.After(answered) {
			k.run.count("notices_first", 1)
		}
	case <-timeout.C:
		k.run.broken("a device that was kicked was told nothing")
		old.cut()
		return
	case <-k.run.ctx.Done():
		return
	}
	select {
	case <-old.ended:
	case <-timeout.C:
		k.run.broken("the link of a kicked device stayed")
		old.cut()
	}
}
