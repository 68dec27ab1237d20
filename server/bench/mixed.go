package bench

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// load is one part of a mixed load.
type load interface {
	prepare() error
	once(n int, due time.Time) // returns when it is done
	settle()                   // after the last one: what is still to be seen
}

// part is a kind of load that mixed knows: so many users from the first one on take part.
type part struct {
	name string
	load func(r *run, first, users int) load
}

func parts() []part {
	return []part{
		{"logins", func(r *run, first, users int) load { return newLoginLoad(r, first, users) }},
		{"kicks", func(r *run, first, users int) load { return newKickLoad(r, first, users) }},
		{"messages", func(r *run, first, users int) load { return messagesInTurn{newMessageLoad(r, first, users, usualBody)} }},
	}
}

// prepare is for a load: nobody needs to be there.
func (l *loginLoad) prepare() error { return nil }

// settle is for a load: what is to be seen of a login, once has seen.
func (l *loginLoad) settle() {}

// settle is for a load, as for logins.
func (l *kickLoad) settle() {}

// messagesInTurn is the load of messages as a part of a mixed one.
type messagesInTurn struct{ *messageLoad }

// once sends one message, and returns when it was answered: so a closed loop has no more on
// their way than it says.
func (l messagesInTurn) once(n int, due time.Time) {
	answered := make(chan struct{})
	l.pairs[n%len(l.pairs)].sendThen(due, func() { close(answered) })
	timeout := time.NewTimer(l.bench.Timeout)
	defer timeout.Stop()
	select {
	case <-answered:
	case <-timeout.C:
		l.count("messages_without_an_answer", 1)
	}
}

// shares says how much of a mixed load each part is, as a flag.
type shares map[string]int

// String returns them as Set reads them.
func (s *shares) String() string {
	var texts []string
	for _, p := range parts() {
		if n := (*s)[p.name]; n > 0 {
			texts = append(texts, fmt.Sprint(p.name, "=", n))
		}
	}
	return strings.Join(texts, ",")
}

// Set reads shares such as logins=3,kicks=1.
func (s *shares) Set(text string) error {
	read := shares{}
	for one := range strings.SplitSeq(text, ",") {
		name, number, _ := strings.Cut(one, "=")
		n, err := strconv.Atoi(number)
		known := slices.ContainsFunc(parts(), func(p part) bool { return p.name == name })
		if err != nil || n < 0 || n > maxShare || !known {
			return errors.New("no shares such as logins=3,kicks=1")
		}
		read[name] = n
	}
	*s = read
	return nil
}

const maxShare = 1000

// mixed does several things at once, while links are held on which nothing happens.
func mixed() Scenario {
	wanted := shares{"logins": 3, "kicks": 1}
	return Scenario{
		Name:  "mixed",
		About: "some of everything, while others are online and do nothing",
		Flags: func(c *Config, flags *flag.FlagSet) {
			c.LoopFlags(flags, 64)
			c.DurationFlag(flags, 10*time.Second)
			c.ConnectionsFlag(flags, 1000)
			flags.IntVar(&c.Users, "users", 1000, "so many take part in each kind of load, in turn")
			flags.Var(&wanted, "shares", "how much of the load is of which kind")
		},
		Check: func(c *Config) error {
			if wanted.String() == "" {
				return errors.New("--shares: there is nothing to do")
			}
			return within("users", c.Users, 2*max(1, c.Outstanding), maxUsers)
		},
		run: func(r *run) error { return r.mixed(wanted) },
	}
}

func (r *run) mixed(wanted shares) error {
	r.tickets.prepare(min(r.Connections+len(parts())*r.Users, maxConnections))
	if _, err := r.holdLinks(0, r.Connections); err != nil {
		return err
	}
	first := r.Connections
	var turns []turn // whose each operation is
	for _, p := range parts() {
		l := p.load(r, first, r.Users)
		first += r.Users
		if wanted[p.name] == 0 {
			continue
		}
		if err := l.prepare(); err != nil {
			return err
		}
		for n := range wanted[p.name] {
			turns = append(turns, turn{l, n, wanted[p.name]})
		}
	}
	window, err := r.watch()
	if err != nil {
		return err
	}
	done := 0
	took := r.load(func(n int, due time.Time) {
		t := turns[n%len(turns)]
		t.load.once(n/len(turns)*t.of+t.n, due)
	})
	for _, t := range turns {
		if t.n == 0 {
			t.load.settle()
		}
	}
	for _, p := range parts() {
		done += int(r.counted(p.name))
	}
	r.figure("operations_per_second", float64(done)/took.Seconds())
	if done == 0 && r.ctx.Err() == nil {
		r.broken("nothing could be done")
	}
	return window.end("operation", int64(done))
}

// turn is a place in the round of a mixed load: the n-th of so many of its part.
type turn struct {
	load  load
	n, of int
}
