package bench

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// stormSettings are what reconnects has besides Config.
type stormSettings struct {
	cut    bool
	spread time.Duration // below 0: what the server says
}

// reconnects holds links, waits until the server drops them, and has them all come back as
// clients do.
func reconnects() Scenario {
	var set stormSettings
	return Scenario{
		Name:  "reconnects",
		About: "users lose their links, as when a server is started anew, and all come back",
		Flags: func(c *Config, flags *flag.FlagSet) {
			c.ConnectionsFlag(flags, 1000)
			c.DurationFlag(flags, 2*time.Minute)
			flags.DurationVar(&c.Settle, "settle", 3*time.Second, "for so long all must stay who have come back")
			flags.IntVar(&c.Outstanding, "outstanding", 0, "so many dial at a time (default all that want to)")
			flags.BoolVar(&set.cut, "cut", false, "the clients cut the links; else the run waits until the server has dropped them all")
			flags.DurationVar(&set.spread, "spread", -1, "wait a random part of this before the first dial (default what the server asks for)")
		},
		Check: func(c *Config) error {
			return errors.Join(within("connections", c.Connections, 1, maxConnections), within("spread", set.spread, -1, time.Hour))
		},
		run: func(r *run) error {
			s := &storm{run: r, stormSettings: set, back: make(chan struct{})}
			s.left.Store(int64(r.Connections))
			return s.pass()
		},
	}
}

// storm is a run of reconnects.
type storm struct {
	run *run
	stormSettings
	may  chan struct{} // has room for those that may dial; nil: all may
	left atomic.Int64  // who is not back
	back chan struct{} // closed: all are

	mu    sync.Mutex
	first time.Time // the first link that was back
	down  time.Time // the first link that was lost
}

// client is a user who comes back. The goroutine that listens to its link uses it.
type client struct {
	*link
	closing wire.Closing
	stays   bool // it has come back
}

func (s *storm) pass() error {
	r := s.run
	r.tickets.prepare(r.Connections)
	links := make([]*link, r.Connections)
	if err := r.connectAll(0, r.Connections, func(n int, l *link) { links[n] = l }); err != nil {
		return err
	}
	if r.Outstanding > 0 {
		s.may = make(chan struct{}, r.Outstanding)
	}
	for _, l := range links {
		s.follow(&client{link: l})
	}
	if s.cut {
		for _, l := range links {
			l.socket.Close()
		}
	} else {
		r.say("%d links are open: end the server and start it again", len(links))
	}
	return s.await()
}

// follow has a client come back when its link ends.
func (s *storm) follow(c *client) {
	c.listen(func(frame wire.Frame) {
		if frame.Event == wire.EventClosing {
			_ = json.Unmarshal(frame.Body, &c.closing) // one that is empty says: redial
		}
	}, func(err error) {
		if s.run.ctx.Err() != nil {
			return
		}
		if c.stays {
			label, _ := labelOf(err)
			s.run.broken("a link was lost again that had come back: " + cmp.Or(c.closing.Reason, label))
			return
		}
		s.run.work.Go(func() { s.redial(c, time.Now()) })
	})
}

const (
	firstRedial = 500 * time.Millisecond
	maxRedial   = 30 * time.Second
)

// delay is how long a client waits before a dial, as the client library does: first a random
// part of what the server asks for, then full jitter that doubles, but is no longer than it has been away.
func (s *storm) delay(c *client, tries int, away time.Duration) time.Duration {
	if tries == 0 {
		spread := s.spread
		if spread < 0 {
			spread = milliseconds(c.welcome.ReconnectSpreadMS)
		}
		return milliseconds(c.closing.AfterMS) + random(spread)
	}
	return random(min(maxRedial, firstRedial<<min(tries, 10), max(firstRedial, away)))
}

// random is some time from 0 to below most.
func random(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return rand.N(most)
}

func (s *storm) redial(c *client, lost time.Time) {
	r := s.run
	s.mu.Lock()
	if s.down.IsZero() || lost.Before(s.down) {
		s.down = lost
	}
	s.mu.Unlock()
	for tries := 0; ; tries++ {
		if !r.pause(s.delay(c, tries, time.Since(lost))) {
			return
		}
		if s.may != nil {
			s.may <- struct{}{}
		}
		began := time.Now()
		again, err := s.again(c)
		if s.may != nil {
			<-s.may
		}
		if err == nil {
			r.timing("resume").since(began)
			r.timing("offline").since(lost)
			s.arrived()
			s.follow(&client{link: again, stays: true})
			return
		}
		if r.ctx.Err() == nil {
			r.failed(err)
		}
	}
}

// again resumes a client's session on a new link, or logs in if the server knows no more of it.
func (s *storm) again(c *client) (*link, error) {
	l := &link{run: s.run, n: c.n, game: c.game, attempt: c.attempt}
	err := l.resume(c.session)
	if timerr.CodeOf(err) == timerr.SDKNotLoggedIn {
		s.run.count("sessions_unknown", 1)
		err = l.login()
	} else if err == nil && l.session.SessionID != c.session.SessionID {
		s.run.broken("a resume was given another session")
	}
	c.attempt = l.attempt
	if err != nil {
		l.cut()
		return nil, err
	}
	return l, nil
}

func (s *storm) arrived() {
	s.run.count("reconnects", 1)
	s.mu.Lock()
	if s.first.IsZero() {
		s.first = time.Now()
	}
	s.mu.Unlock()
	if s.left.Add(-1) == 0 {
		close(s.back)
	}
}

// await waits until everybody is back, and for a while whether they stay.
func (s *storm) await() error {
	r := s.run
	timeout := time.NewTimer(r.Duration)
	defer timeout.Stop()
	select {
	case <-s.back:
	case <-timeout.C:
		r.broken(fmt.Sprintf("%d of %d clients were not back in time", s.left.Load(), r.Connections))
		return nil
	case <-r.ctx.Done():
		return nil
	}
	s.mu.Lock()
	storm := time.Since(s.first)
	r.figure("storm_seconds", storm.Seconds())
	r.figure("outage_seconds", time.Since(s.down).Seconds())
	r.figure("reconnects_per_second", float64(r.Connections)/max(storm.Seconds(), 1e-6))
	s.mu.Unlock()
	r.pause(r.Settle)
	return nil
}
