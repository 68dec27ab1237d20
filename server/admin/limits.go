package admin

import (
	"sync"
	"time"
)

// callLimits bounds the calls a second of each app and command: a bucket that holds a
// second's worth, or a minute's of receivers. Only known apps and commands have one, so there are only so many.
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
	return l.spend(bucketKey{app, command}, 1, perSecond, 1, now)
}

// spend takes n from a bucket that holds what flows in in so many seconds, if it has them.
func (l *callLimits) spend(key bucketKey, n, perSecond int, seconds float64, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	most := float64(perSecond) * seconds
	b := l.buckets[key]
	if b == nil {
		b = &bucket{left: most, at: now}
		l.buckets[key] = b
	}
	b.left = min(most, b.left+now.Sub(b.at).Seconds()*float64(perSecond))
	b.at = now
	if b.left < float64(n) {
		return false
	}
	b.left -= float64(n)
	return true
}
