package bench

import (
	"errors"
	"flag"
	"sync"
	"time"
)

// logins has users come and go: each dials, logs in with a ticket, and closes the link. An account that is new is made by its first login.
func logins() Scenario {
	return Scenario{
		Name:  "logins",
		About: "users log in, each on a link of its own, and leave",
		Flags: func(c *Config, flags *flag.FlagSet) {
			c.LoopFlags(flags, 64)
			c.DurationFlag(flags, 10*time.Second)
			c.UsersFlag(flags, 50_000)
		},
		Check: func(c *Config) error {
			if c.Users < 2*max(1, c.Outstanding) {
				return errors.New("--users: twice --outstanding are needed at least, or one would log in twice at a time")
			}
			return nil
		},
		run: func(r *run) error {
			r.tickets.prepare(min(r.Users, r.expected()))
			l := newLoginLoad(r, 0, r.Users)
			window, err := r.watch()
			if err != nil {
				return err
			}
			took := r.load(l.once)
			done := r.counted("logins")
			r.figure("logins_per_second", float64(done)/took.Seconds())
			if done == 0 && r.ctx.Err() == nil {
				r.broken("nobody could log in")
			}
			return window.end("login", done)
		},
	}
}

// loginLoad is the load of logins, by so many users from the first one on.
type loginLoad struct {
	run          *run
	first, users int

	mu       sync.Mutex
	sessions map[string]bool
}

func newLoginLoad(r *run, first, users int) *loginLoad {
	return &loginLoad{run: r, first: first, users: users, sessions: map[string]bool{}}
}

// once has the next user log in and leave.
func (l *loginLoad) once(n int, due time.Time) {
	link, err := l.run.connect(l.first+n%l.users, 0)
	switch {
	case err == nil:
		defer link.cut()
		l.run.timing("login").since(due)
		l.run.count("logins", 1)
		l.check(link)
	case l.run.ctx.Err() == nil:
		l.run.failed(err)
	}
}

// check holds the answer to what a session is.
func (l *loginLoad) check(link *link) {
	id := link.session.SessionID
	l.mu.Lock()
	doubled := l.sessions[id]
	l.sessions[id] = true
	l.mu.Unlock()
	switch {
	case doubled:
		l.run.broken("two logins were given the same session")
	case len(id) != 32 || link.session.Number <= 0:
		l.run.broken("a login was given no session")
	}
}
