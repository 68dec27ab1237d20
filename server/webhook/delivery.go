package webhook

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/banter-im/banter/server/chat"
)

const (
	batch      = 256              // events that are in memory at a time
	pollEvery  = 5 * time.Second  // what another node told, or what is to be tried again
	trimEvery  = 10 * time.Second // how often the outbox is kept within its bounds
	firstRetry = time.Second      // doubled with each failure
	lastRetry  = time.Minute
	claimFor   = 30 * time.Second // one node sends for so long without another claim
	claimEvery = 10 * time.Second
	storeTime  = 10 * time.Second
)

// delivery sends the events of one app, in a goroutine of its own.
type delivery struct {
	cfg     Config
	app     App
	outbox  Outbox
	counter Counter
	meter   Meter
	log     *slog.Logger
	client  *http.Client
	wake    chan struct{}

	claimed time.Time // when this node claimed the app's events last
	trimmed time.Time
	down    int // rounds without a success: the receiver is asked less and less
}

// run sends until ctx ends.
func (d *delivery) run(ctx context.Context) {
	for ctx.Err() == nil {
		more, err := d.round(ctx)
		if err != nil && ctx.Err() == nil {
			d.log.Error("the outbox failed", "error", err)
		}
		if !more {
			d.rest(ctx)
		}
	}
}

// rest waits for something to do. What is new does not matter to a receiver that is down.
func (d *delivery) rest(ctx context.Context) {
	wait, wake := pollEvery, d.wake
	if d.down > 0 {
		wait, wake = backoff(d.down-1), nil
	}
	select {
	case <-ctx.Done():
	case <-wake:
	case <-time.After(wait):
	}
}

// backoff is how long to wait after so many failures before.
func backoff(failures int) time.Duration {
	return min(lastRetry, firstRetry<<min(failures, 10))
}

// round sends what is due, and says whether there may be more to do at once.
func (d *delivery) round(ctx context.Context) (more bool, err error) {
	if err := d.trim(ctx); err != nil {
		return false, err
	}
	limit := batch
	if d.down > 0 {
		limit = 1
	}
	due, err := d.outbox.Due(ctx, d.app.ID, time.Now(), limit)
	if err != nil || len(due) == 0 {
		return false, err
	}
	if time.Since(d.claimed) > claimEvery {
		now := time.Now()
		mine, err := d.outbox.Claim(ctx, d.app.ID, d.cfg.Node, now, now.Add(claimFor))
		if err != nil || !mine {
			return false, err
		}
		d.claimed = now // what was due may have been sent by the node before
		if due, err = d.outbox.Due(ctx, d.app.ID, now, limit); err != nil {
			return false, err
		}
	}
	delivered, failed := d.send(ctx, due)
	d.judge(len(delivered), len(failed))
	return len(delivered) > 0, d.settle(delivered, failed)
}

// send sends events: of several users at a time, and of each one after the other, until
// one fails.
func (d *delivery) send(ctx context.Context, due []chat.Event) (delivered []chat.Event, failed []chat.Retry) {
	var order []string
	byUser := map[string][]chat.Event{}
	for _, e := range due {
		if byUser[e.User] == nil {
			order = append(order, e.User)
		}
		byUser[e.User] = append(byUser[e.User], e)
	}
	users := make(chan string)
	var mu sync.Mutex
	var working sync.WaitGroup
	for range min(d.cfg.Parallel, len(order)) {
		working.Go(func() {
			for user := range users {
				taken, retry := d.sendUser(ctx, byUser[user])
				mu.Lock()
				delivered, failed = append(delivered, taken...), append(failed, retry...)
				mu.Unlock()
			}
		})
	}
	for _, user := range order {
		users <- user
	}
	close(users)
	working.Wait()
	return delivered, failed
}

// sendUser sends a user's events in order, and returns how far it came. It begins nothing
// that might outlast this node's claim.
func (d *delivery) sendUser(ctx context.Context, events []chat.Event) (delivered []chat.Event, failed []chat.Retry) {
	for i, e := range events {
		if ctx.Err() != nil || time.Since(d.claimed) > claimFor-2*d.cfg.Timeout {
			break
		}
		d.counter.CountUsage(d.app.ID, chat.CallbacksSent, 1)
		err := d.post(ctx, e)
		if ctx.Err() != nil && err != nil {
			break
		}
		if err != nil {
			d.log.Debug("an event was not delivered", "user", e.User, "command", e.Command, "attempts", e.Attempts+1, "error", err)
			return events[:i], []chat.Retry{{Event: e, At: time.Now().Add(backoff(e.Attempts))}}
		}
		d.counter.CountUsage(d.app.ID, chat.CallbacksTaken, 1)
		delivered = events[:i+1]
	}
	return delivered, nil
}

// judge notes whether the receiver is there: not if several users' events failed, and
// nobody's was taken.
func (d *delivery) judge(delivered, failed int) {
	d.meter.Webhook("delivered", delivered)
	d.meter.Webhook("failed", failed)
	switch {
	case delivered > 0:
		if d.down > 0 {
			d.log.Info("the webhook's receiver is back")
		}
		d.down = 0
	case failed > 1, failed > 0 && d.down > 0: // one user's alone says nothing of the others'
		if d.down == 0 {
			d.log.Warn("the webhook's receiver takes nothing")
		}
		d.down++
	}
}

// settle notes what became of the events. The end of the Sender does not keep it from
// that: what was delivered should not be sent again.
func (d *delivery) settle(delivered []chat.Event, failed []chat.Retry) error {
	if len(delivered)+len(failed) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	return d.outbox.Settle(ctx, delivered, failed)
}

// trim keeps the outbox within its bounds, and counts what that costs.
func (d *delivery) trim(ctx context.Context) error {
	now := time.Now()
	if now.Sub(d.trimmed) < trimEvery {
		return nil
	}
	dropped, err := d.outbox.Trim(ctx, d.app.ID, now.Add(-d.cfg.Keep), d.cfg.MaxKept)
	if err != nil {
		return err
	}
	d.trimmed = now
	if dropped > 0 {
		d.meter.Webhook("dropped", dropped)
		d.log.Warn("events were dropped: their receiver did not take them in time", "count", dropped)
	}
	return nil
}
