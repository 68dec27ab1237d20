package gateway

import "time"

// pace holds a client that asks for more than it may: it is read more slowly, and nothing of it
// is refused or lost. What it may ask for is so much a second, and twice that at once.
type pace struct {
	every time.Duration // between requests, on average
	next  time.Time     // when one would be due if none had come early
}

// The reader sleeps when it is so far ahead, rather than a little after each request.
const (
	paceAhead = 2 * time.Second
	paceSleep = 20 * time.Millisecond
)

func newPace(perSecond int) pace { return pace{every: time.Second / time.Duration(perSecond)} }

// wait returns how long to wait before the request after this one is read.
func (p *pace) wait(now time.Time) time.Duration {
	if earliest := now.Add(-paceAhead); p.next.Before(earliest) {
		p.next = earliest
	}
	p.next = p.next.Add(p.every)
	if ahead := p.next.Sub(now); ahead >= paceSleep {
		return ahead
	}
	return 0
}
