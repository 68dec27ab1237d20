package gateway

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPace(t *testing.T) {
	p, now := newPace(500), time.Unix(1_800_000_000, 0)
	count := func(of time.Duration) (requests int) {
		for end := now.Add(of); now.Before(end); requests++ {
			now = now.Add(p.wait(now))
		}
		return requests
	}
	assert.InDelta(t, 1000, count(time.Microsecond), 20, "twice as many at once, and a little")
	assert.InDelta(t, 5000, count(10*time.Second), 20)
	now = now.Add(time.Hour)
	assert.InDelta(t, 1000, count(time.Microsecond), 20, "and no more after an hour of silence")
	for range 10_000 { // who keeps to it never waits
		now = now.Add(2 * time.Millisecond)
		require.Less(t, p.wait(now), 40*time.Millisecond)
	}
}

// A client that floods is answered in full, as slowly as it is read.
func TestAFloodIsReadSlowly(t *testing.T) {
	const perSecond, requests = 100, 400
	c := start(t, newDomain(), Config{RequestsPerSecond: perSecond}).online()
	began := time.Now()
	go func() {
		for i := range requests {
			c.send(fmt.Sprintf(`{"id":%d,"cmd":"ping"}`, 1000+i))
		}
	}()
	for i := range requests {
		require.EqualValues(t, 1000+i, c.read().ID)
	}
	assert.GreaterOrEqual(t, time.Since(began), (requests/perSecond-2)*time.Second-paceSleep)
}
