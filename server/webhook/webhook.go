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
}

// Config is what a Sender is made of. Values that are zero take the defaults.
type Config struct {
	Node     string // this node's name: one node at a time sends an app's events
	Apps     []App
	Timeout  time.Duration // from a request to its answer; 2 s
	Keep     time.Duration // how long an event is tried; 24 h
	MaxKept  int           // events of an app that may wait; 100,000
	Parallel int           // requests to one backend at a time; 16

	transport http.RoundTripper // instead of the network's, in tests of this package
}

func (c Config) withDefaults() Config {
	c.Timeout = cmp.Or(c.Timeout, 2*time.Second)
	c.Keep = cmp.Or(c.Keep, 24*time.Hour)
	c.MaxKept = cmp.Or(c.MaxKept, 100_000)
	c.Parallel = cmp.Or(c.Parallel, 16)
	return c
}

// Outbox is the part of chat.Store that keeps events.
type Outbox = chat.Outbox

// Meter counts. Its methods may be called at the same time.
type Meter interface {
	// Webhook counts events that were delivered, failed (a try) or dropped.
	Webhook(how string, n int)
}

// Counter keeps an app's own figures.
type Counter interface {
	CountUsage(app uint64, name string, n int)
}

// Sender sends events from New to Close.
type Sender struct {
	stop       context.CancelFunc
	running    sync.WaitGroup
	deliveries []*delivery
}

// New starts a Sender.
func New(cfg Config, outbox Outbox, counter Counter, meter Meter, log *slog.Logger) *Sender {
	cfg = cfg.withDefaults()
	ctx, stop := context.WithCancel(context.Background())
	s := &Sender{stop: stop}
	for _, app := range cfg.Apps {
		d := &delivery{
			cfg: cfg, app: app, outbox: outbox, counter: counter, meter: meter,
			log: log.With("app", app.ID), client: newClient(cfg, app), wake: make(chan struct{}, 1),
		}
		s.deliveries = append(s.deliveries, d)
		s.running.Go(func() { d.run(ctx) })
	}
	if len(cfg.Apps) > 0 {
		s.running.Go(func() { s.listen(ctx, outbox.Told()) })
	}
	return s
}

// Close ends the requests under way, and waits. What was not delivered stays in the outbox.
func (s *Sender) Close() {
	s.stop()
	s.running.Wait()
	for _, d := range s.deliveries {
		d.client.CloseIdleConnections()
	}
}

// listen wakes every delivery when something was told: which app it was is not said.
func (s *Sender) listen(ctx context.Context, told <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
		}
		for _, d := range s.deliveries {
			select {
			case d.wake <- struct{}{}:
			default:
			}
		}
	}
}
