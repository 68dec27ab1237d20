// Package webhook tells the apps' own backends what happens to their users: it sends
// what the outbox holds, each user's events in order, until the backend has taken them.
//
// Nothing waits for it. An event is sent at least once: after a crash perhaps again.
package webhook

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// App is an app whose backend wants events.
type App struct {
	ID    uint64
	URL   string
	Token []byte      // signs the requests, if there is one
	TLS   *tls.Config // of https; nil: the system's authorities and no certificate of ours

	AskTimeout time.Duration // for a question; zero: Config.Timeout
}

// Config is what a Sender is made of. Values that are zero take the defaults.
type Config struct {
	Node     string // this node's name: the nodes share the users out among them
	Apps     []App
	Timeout  time.Duration // from a request to its answer; 2 s
	Claim    time.Duration // for how long a node that is silent keeps its users; 30 s, at least 3 Timeouts
	Keep     time.Duration // how long an event is tried; 24 h
	MaxKept  int           // events of an app that may wait; 100,000
	Parallel int           // requests to one backend at a time; 16

	transport http.RoundTripper // instead of the network's, in tests of this package
}

func (c Config) withDefaults() Config {
	c.Timeout = cmp.Or(c.Timeout, 2*time.Second)
	c.Claim = max(cmp.Or(c.Claim, 30*time.Second), 3*c.Timeout)
	c.Keep = cmp.Or(c.Keep, 24*time.Hour)
	c.MaxKept = cmp.Or(c.MaxKept, 100_000)
	c.Parallel = cmp.Or(c.Parallel, 16)
	return c
}

// Outbox is the part of chat.Store that keeps events.
type Outbox = chat.Outbox

// Meter counts. Its methods may be called at the same time.
type Meter interface {
	// Webhook counts events that were delivered, failed (a try) or dropped, and questions that
	// were answered or unanswered.
	Webhook(how string, n int)
}

// Counter keeps an app's own figures.
type Counter interface {
	CountUsage(app uint64, name string, n int)
}

// Sender sends events from New to Close.
type Sender struct {
	cfg     Config
	outbox  Outbox
	counter Counter
	meter   Meter
	log     *slog.Logger

	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	running sync.WaitGroup

	mu         sync.Mutex
	deliveries map[uint64]*delivery
}

// New starts a Sender.
func New(cfg Config, outbox Outbox, counter Counter, meter Meter, log *slog.Logger) *Sender {
	s := &Sender{cfg: cfg.withDefaults(), outbox: outbox, counter: counter, meter: meter, log: log,
		deliveries: map[uint64]*delivery{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.SetApps(cfg.Apps)
	s.running.Go(s.listen)
	s.running.Go(s.trimForEver)
	return s
}

// SetApps puts apps in the place of those there were. What waits for an app goes to where
// it now is; what waits for one that has no URL any more is kept as long as any event. An
// app that has not changed is not disturbed. It is called by one caller at a time, and not
// beside Close.
func (s *Sender) SetApps(apps []App) {
	wanted := make(map[uint64]App, len(apps))
	for _, app := range apps {
		wanted[app.ID] = app
	}
	var ending sync.WaitGroup
	for _, d := range s.takeChanged(wanted) {
		ending.Go(d.end)
	}
	ending.Wait() // so that no event is sent by the old and the new one
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, app := range wanted {
		if s.deliveries[id] == nil {
			s.deliveries[id] = s.startDelivery(app)
		}
	}
}

// takeChanged takes out the deliveries that are not as wanted.
func (s *Sender) takeChanged(wanted map[uint64]App) (changed []*delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, d := range s.deliveries {
		if next, stays := wanted[id]; !stays || !next.same(d.app) {
			changed = append(changed, d)
			delete(s.deliveries, id)
		}
	}
	return changed
}

// Close ends the requests under way, and waits. What was not delivered stays in the outbox.
func (s *Sender) Close() {
	s.stop()
	s.running.Wait()
	s.SetApps(nil)
}

// listen wakes every delivery when something was told: which app it was is not said.
func (s *Sender) listen() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.outbox.Told():
		}
		s.mu.Lock()
		for _, d := range s.deliveries {
			select {
			case d.wake <- struct{}{}:
			default:
			}
		}
		s.mu.Unlock()
	}
}

// trimForEver keeps the outbox within its bounds, also where nobody sends.
func (s *Sender) trimForEver() {
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-next.C:
		}
		s.trim()
		next.Reset(trimEvery)
	}
}

// trim drops what is too old or too much, and counts it.
func (s *Sender) trim() {
	ctx, cancel := context.WithTimeout(s.ctx, storeTime)
	defer cancel()
	dropped, err := s.outbox.Trim(ctx, time.Now().Add(-s.cfg.Keep), s.cfg.MaxKept)
	if err != nil && s.ctx.Err() == nil {
		s.log.Error("the outbox could not be trimmed", "error", err)
	}
	if dropped > 0 {
		s.meter.Webhook("dropped", dropped)
		s.log.Warn("events were dropped: their receiver did not take them in time", "count", dropped)
	}
}
