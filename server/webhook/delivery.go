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
	pollEvery  = time.Second      // what another node told, or what is to be tried again
	trimEvery  = 10 * time.Second // how often the outbox is kept within its bounds
	firstRetry = time.Second      // doubled with each failure
	lastRetry  = time.Minute
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

	stop  context.CancelFunc
	ended chan struct{}

	claimed time.Time // when this node began its last claim that was granted
	parts   int       // that it got
	down    int       // rounds without a success: the receiver is asked less and less
	retryAt time.Time // when it is asked again while it is down
}

func (s *Sender) startDelivery(app App) *delivery {
	ctx, stop := context.WithCancel(s.ctx)
	d := &delivery{
		cfg: s.cfg, app: app, outbox: s.outbox, counter: s.counter, meter: s.meter,
		log: s.log.With("app", app.ID), client: newClient(s.cfg, app), wake: make(chan struct{}, 1),
		stop: stop, ended: make(chan struct{}),
	}
	go func() {
		defer close(d.ended)
		d.run(ctx)
	}()
	return d
}

// end ends the requests under way, waits, and leaves the users to other nodes.
func (d *delivery) end() {
	d.stop()
	<-d.ended
	d.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := d.outbox.Leave(ctx, d.app.ID, d.cfg.Node); err != nil {
		d.log.Warn("other nodes must wait for this node's events", "error", err)
	}
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
		wait, wake = max(wait, min(time.Until(d.retryAt), d.cfg.Claim/3)), nil
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
	if err := d.claim(ctx); err != nil || d.parts == 0 {
		return false, err
	}
	now := time.Now()
	limit := batch
	if d.down > 0 {
		if now.Before(d.retryAt) {
			return false, nil
		}
		limit = 1
	}
	due, err := d.outbox.Due(ctx, d.app.ID, d.cfg.Node, now, limit)
	if err != nil || len(due) == 0 {
		return false, err
	}
	delivered, failed := d.send(ctx, due)
	d.judge(len(delivered), len(failed))
	return len(delivered) > 0, d.settle(delivered, failed)
}

// claim keeps this node's share of the users. Nothing is under way when it is called: what
// it gives up, or lost while it was away, it does not send.
func (d *delivery) claim(ctx context.Context) error {
	if d.parts > 0 && d.sinceClaim() < d.cfg.Claim/3 {
		return nil
	}
	begun := time.Now()
	parts, err := d.outbox.Claim(ctx, d.app.ID, d.cfg.Node, d.cfg.Claim)
	if err != nil {
		return err
	}
	d.claimed, d.parts = begun, parts
	return nil
}

// sinceClaim is how long ago the claim was. A machine that slept sees it on the clock on
// the wall alone, one whose clock was set on the other one alone.
func (d *delivery) sinceClaim() time.Duration {
	now := time.Now()
	return max(now.Sub(d.claimed), now.Round(0).Sub(d.claimed.Round(0)))
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
		if ctx.Err() != nil || d.sinceClaim() > d.cfg.Claim-2*d.cfg.Timeout {
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
		d.retryAt = time.Now().Add(backoff(d.down))
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
