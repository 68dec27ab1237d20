package core

import (
	"math/rand/v2"
	"time"
)

const (
	firstRedial = 500 * time.Millisecond
	maxRedial   = 30 * time.Second
)

// delay is how long to wait for the next dial: after a lost link a random part of spread,
// so that the clients of a server that went do not all come at once; then full jitter that
// doubles to 30 s, but is no longer than there has been no good link: who was unlucky with a few short waits
// is not to be away for much longer than the server was. A game that waits for its first login is not made to
// wait for spread.
func (e redial) delay(spread, away time.Duration) time.Duration {
	if e.spread && e.tries == 0 {
		return e.after + random(spread)
	}
	most := maxRedial
	if e.tries < 6 { // 500 ms * 2^6 is more
		most = min(maxRedial, firstRedial<<e.tries)
	}
	most = min(most, max(firstRedial, away))
	return e.after + random(most)
}

// random is some time from 0 to below most.
func random(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return rand.N(most)
}
