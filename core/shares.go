package core

import (
	"fmt"
	"runtime"
	"sync"
)

const (
	// shareLeast is how many items of a list are worth a goroutine.
	shareLeast = 512
	// sharesMost bounds the processors that a game lends to a list.
	sharesMost = 4
)

// sharesOf returns how many shares n items are worth.
func sharesOf(n int) int { return max(1, min(n/shareLeast, runtime.GOMAXPROCS(0), sharesMost)) }

// shares of some work are done beside each other.
type shares struct {
	client   *Client
	begun    sync.WaitGroup
	mu       sync.Mutex
	panicked any
}

// begin does a share beside the caller.
func (s *shares) begin(f func()) {
	s.begun.Add(1)
	s.client.spawn(func() {
		defer s.begun.Done()
		defer func() {
			if r := recover(); r != nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.panicked = r
			}
		}()
		f()
	})
}

// wait returns when all that were begun have ended. A panic in one is the caller's.
func (s *shares) wait() {
	s.begun.Wait()
	if s.panicked != nil {
		panic(fmt.Sprint("in a share of the work: ", s.panicked))
	}
}
