package admin

import (
	"sync"
	"time"
)

// callLimits bounds the calls a second of each app and command: a bucket that holds a
// second's worth. Only known apps and commands have one, so there are only so many.
type callLimits struct {
	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

type bucketKey struct {
	app     uint64
	command string
}

type bucket struct {
	left float64
	at   time.Time
}

func newCallLimits() *callLimits { return &callLimits{buckets: map[bucketKey]*bucket{}} }

// allow says whether one more call is within the limit, and counts it.
func (l *callLimits) allow(app uint64, command string, perSecond int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := bucketKey{app, command}
	b := l.buckets[key]
	if b == nil {
		b = &bucket{left: float64(perSecond), at: now}
		l.buckets[key] = b
	}
	b.left = min(float64(perSecond), b.left+now.Sub(b.at).Seconds()*float64(perSecond))
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
