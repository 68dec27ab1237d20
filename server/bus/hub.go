// Package bus is chat.Bus: within the process, and between nodes on NATS.
package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/banter-im/banter/server/chat"
)

// Hub is a bus within the process: a map of who listens to what.
type Hub struct {
	log *slog.Logger

	mu          sync.RWMutex // never held while a handler or receiver runs
	handlers    map[string]*handling
	subscribers map[string]map[*subscribing]struct{}
}

// NewHub returns a bus without ends. A panic of a handler or receiver goes to log.
func NewHub(log *slog.Logger) *Hub {
	return &Hub{
		log:         log,
		handlers:    map[string]*handling{},
		subscribers: map[string]map[*subscribing]struct{}{},
	}
}

// Connect returns an end of the bus, as each node has one.
func (h *Hub) Connect() *Conn {
	ctx, end := context.WithCancel(context.Background())
	return &Conn{hub: h, ctx: ctx, end: end, open: map[chat.Subscription]struct{}{}}
}

// Conn is one end of a Hub. It is a chat.Bus.
type Conn struct {
	hub *Hub
	ctx context.Context // ends with the Conn
	end context.CancelFunc

	mu     sync.Mutex // never held together with another
	closed bool
	open   map[chat.Subscription]struct{}
}

// Close is that of chat.Bus.
func (c *Conn) Close() error {
	c.mu.Lock()
	open := c.open
	c.closed, c.open = true, nil
	c.mu.Unlock()
	c.end()
	for s := range open {
		s.Close()
	}
	return nil
}

// Returned is that of chat.Bus: a bus within the process is never away.
func (c *Conn) Returned() <-chan struct{} { return nil }

// keep notes s, to be closed with c. When c was closed meanwhile, it closes s.
func (c *Conn) keep(s chat.Subscription) (chat.Subscription, error) {
	c.mu.Lock()
	closed := c.closed
	if !closed {
		c.open[s] = struct{}{}
	}
	c.mu.Unlock()
	if closed {
		s.Close()
		return nil, chat.ErrBusClosed
	}
	return s, nil
}

func (c *Conn) forget(s chat.Subscription) {
	c.mu.Lock()
	delete(c.open, s)
	c.mu.Unlock()
}

// guard runs f. A panic in it stays here, and comes back as an error.
func (h *Hub) guard(subject string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			h.log.Error("bus: panic in a handler", "subject", subject, "panic", r, "stack", string(debug.Stack()))
			err = errors.New("the handler panicked")
		}
	}()
	return f()
}

// lag tells the subscribers of subject, or all of them if it is "", that messages were lost.
func (h *Hub) lag(subject string) {
	var behind []*subscribing
	h.mu.RLock()
	for name, subscribers := range h.subscribers {
		if subject == "" || name == subject {
			behind = slices.AppendSeq(behind, maps.Keys(subscribers))
		}
	}
	h.mu.RUnlock()
	for _, s := range behind {
		s.lag()
	}
}

func subjectTaken(subject string) error {
	return fmt.Errorf("subject %s has a handler", subject)
}
