package bench

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// maxUnderWay bounds what an open loop has under way. Past it requests begin late, and their
// latencies say so.
const maxUnderWay = 10_000

// load calls op again and again for the run's duration, with a number that counts from 0 and
// the time at which it was due: by --rate in an open loop, or with --outstanding at a time.
// It returns when all have ended, and how long that took.
func (r *run) load(op func(n int, due time.Time)) time.Duration {
	began := time.Now()
	if r.Rate > 0 {
		r.open(r.Rate, op)
	} else {
		r.closed(op)
	}
	return time.Since(began)
}

// mostLogins is more than a closed loop reaches in a second, on one machine.
const mostLogins = 8_000

// expected returns how many operations the load comes to, or may come to in a closed loop.
func (r *run) expected() int {
	rate := r.Rate
	if rate == 0 {
		rate = mostLogins
	}
	return int(rate*r.Duration.Seconds()) + 1
}

// open calls op at each time of a schedule that nothing delays.
func (r *run) open(rate float64, op func(n int, due time.Time)) {
	began := time.Now()
	total := int(rate * r.Duration.Seconds())
	underWay := make(chan struct{}, maxUnderWay)
	var running sync.WaitGroup
	defer running.Wait()
	for n := range total {
		due := began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		if wait := time.Until(due); wait > 0 && !r.pause(wait) {
			return
		}
		select {
		case underWay <- struct{}{}:
		case <-r.ctx.Done():
			return
		}
		running.Go(func() {
			defer func() { <-underWay }()
			op(n, due)
		})
	}
}

// closed calls op one after the other in each of --outstanding goroutines.
func (r *run) closed(op func(n int, due time.Time)) {
	ends := time.Now().Add(r.Duration)
	var next atomic.Int64
	var running sync.WaitGroup
	defer running.Wait()
	for range max(1, r.Outstanding) {
		running.Go(func() {
			for due := time.Now(); due.Before(ends) && r.ctx.Err() == nil; due = time.Now() {
				op(int(next.Add(1))-1, due)
			}
		})
	}
}

// openAtATime is how many links are opened at a time before the load begins: as many as no
// server refuses.
const openAtATime = 64

// connectAll has so many users from the first one on log in, and calls op with each one's link.
// Its error is why one of them could not.
func (r *run) connectAll(first, users int, op func(n int, l *link)) error {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var running sync.WaitGroup
	for range min(users, openAtATime) {
		running.Go(func() {
			for n := int(next.Add(1)) - 1; n < users && failed.Load() == nil; n = int(next.Add(1)) - 1 {
				l, err := r.connect(first+n, 0)
				if err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				op(n, l)
			}
		})
	}
	running.Wait()
	if err := failed.Load(); err != nil {
		label, desc := labelOf(*err)
		return fmt.Errorf("not all of %d users could log in: %s: %s", users, label, desc)
	}
	return nil
}
