package bench

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

const (
	maxPairs = 10_000
	maxBody  = 8 << 10

	usualBody = 300
)

// messages has pairs of users who are online write to each other: one of a pair sends, the
// other one receives. Every message that was acknowledged must arrive, once and in its order.
func messages() Scenario {
	pairs, body := 64, usualBody
	return Scenario{
		Name:  "messages",
		About: "pairs of users send each other messages",
		Flags: func(c *Config, flags *flag.FlagSet) {
			flags.Float64Var(&c.Rate, "rate", 0, "so many are sent in a `second`, whatever becomes of those before: an open loop")
			flags.IntVar(&c.Outstanding, "outstanding", 16, "without --rate: each pair has so many on their way at all times")
			flags.IntVar(&pairs, "pairs", 64, "so many pairs send, in turn")
			flags.IntVar(&body, "body", usualBody, "`bytes` of a message's text")
			c.DurationFlag(flags, 10*time.Second)
		},
		Check: func(c *Config) error {
			return errors.Join(within("pairs", pairs, 1, maxPairs), within("body", body, 1, maxBody),
				within("outstanding", c.Outstanding, 1, maxOutstanding))
		},
		run: func(r *run) error {
			r.tickets.prepare(2 * pairs)
			load := newMessageLoad(r, 0, 2*pairs, body)
			if err := load.prepare(); err != nil {
				return err
			}
			window, err := r.watch()
			if err != nil {
				return err
			}
			took := load.run()
			done := r.counted("messages")
			r.figure("messages_per_second", float64(done)/took.Seconds())
			if done == 0 && r.ctx.Err() == nil {
				r.broken("no message was acknowledged")
			}
			return window.end("message", done)
		},
	}
}

// messageLoad is the load of messages. Its users from the first one on are pairs: who sends,
// and who receives.
type messageLoad struct {
	*recorder
	bench *run
	first int
	pairs []*messagePair
	text  string
	began int64  // UNIX seconds
	salt  uint64 // of the run: no message has the id of another run's

	acknowledged, delivered *timing
}

func newMessageLoad(r *run, first, users, body int) *messageLoad {
	l := &messageLoad{recorder: r.recorder, bench: r, first: first, text: strings.Repeat("x", body), began: time.Now().Unix(), salt: uint64(rand.Uint32()),
		acknowledged: r.timing("acknowledged"), delivered: r.timing("delivered")}
	for range users / 2 {
		l.pairs = append(l.pairs, &messagePair{load: l, flying: map[uint64]*flight{}, settled: make(chan struct{}, 1)})
	}
	return l
}

// prepare brings every user online.
func (l *messageLoad) prepare() error {
	for i, p := range l.pairs {
		p.to = l.bench.user(l.first + 2*i + 1)
	}
	return l.bench.connectAll(l.first, 2*len(l.pairs), func(n int, link *link) {
		p, ended := l.pairs[n/2], func(error) {
			if l.bench.ctx.Err() == nil {
				l.broken("a link was lost that nobody cut")
			}
		}
		if n%2 == 0 {
			p.sender, p.userID = link, l.bench.user(l.first+n)
			link.listen(l.heard, ended)
		} else {
			link.listen(p.arrived, ended)
		}
	})
}

// run sends, and returns how long it took until the last answer had come.
func (l *messageLoad) run() time.Duration {
	began := time.Now()
	if l.bench.Rate > 0 {
		l.bench.open(l.bench.Rate, l.once)
	} else {
		ends := began.Add(l.bench.Duration)
		var all sync.WaitGroup
		for _, p := range l.pairs {
			all.Go(func() { p.keepSending(ends, l.bench.Outstanding) })
		}
		all.Wait()
	}
	patience, end := context.WithTimeout(l.bench.ctx, l.bench.Timeout)
	defer end()
	for _, p := range l.pairs {
		p.wait(patience)
	}
	took := time.Since(began)
	l.judge(patience)
	return took
}

// settle is for a load: it waits until every message that was acknowledged has arrived.
func (l *messageLoad) settle() {
	patience, end := context.WithTimeout(l.bench.ctx, l.bench.Timeout)
	defer end()
	l.judge(patience)
}

func (l *messageLoad) judge(patience context.Context) {
	for _, p := range l.pairs {
		p.judge(patience)
	}
}

// once sends one message. It does not wait for what becomes of it.
func (l *messageLoad) once(n int, due time.Time) { l.pairs[n%len(l.pairs)].send(due) }

// heard takes an event that is no message.
func (l *messageLoad) heard(frame wire.Frame) {
	if frame.Event == wire.EventClosing {
		l.broken("a link was closed that nobody cut")
	}
}
