package gateway

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

func TestACrewDoesAllAtOnce(t *testing.T) {
	var c crew
	defer c.dismiss()
	const many = 3 * maxIdle
	for range 20 {
		var together, done sync.WaitGroup
		together.Add(many)
		done.Add(many)
		for range many {
			c.run(func() {
				defer done.Done()
				together.Done()
				together.Wait() // it ends only if nobody waits for somebody else's end
			})
		}
		done.Wait()
	}
}

// Whatever the bubble has started must end in it.
func TestACrewStaysAndIsDismissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c crew
		count := 0
		for range 100 {
			c.run(func() { count++ })
			synctest.Wait()
			assert.Len(t, c.idle, 1, "one goroutine does all")
		}
		assert.Equal(t, 100, count)

		hold := make(chan struct{})
		for range 2 * maxIdle {
			c.run(func() { <-hold })
		}
		close(hold)
		synctest.Wait()
		assert.Len(t, c.idle, maxIdle, "the others have ended")

		hold = make(chan struct{})
		c.run(func() { <-hold })
		synctest.Wait()
		c.dismiss()
		close(hold)
		synctest.Wait()
		assert.Empty(t, c.idle)
		c.run(func() { count = 0 })
		synctest.Wait()
		assert.Zero(t, count, "what comes late is done all the same")
	})
}
