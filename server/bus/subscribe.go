package bus

import (
	"context"
	"sync"

	"github.com/banter-im/banter/server/chat"
)

// The bounds of what waits for one subscriber. A single message may be larger than
// maxQueuedBytes.
const (
	maxQueued      = 1024
	maxQueuedBytes = 4 << 20
)

// subscribing is one subscriber of a subject. It has a goroutine only while something
// waits for it, for there is a subscriber for every user who is online.
type subscribing struct {
	conn     *Conn
	subject  string
	receiver chat.Receiver

	mu      sync.Mutex // never held together with another, nor while receiver runs
	queue   [][]byte
	bytes   int  // in queue
	lagged  bool // messages were lost since Lagged was called last
	running bool // a goroutine delivers
	closed  bool
}

// Subscribe is that of chat.Bus.
func (c *Conn) Subscribe(subject string, receiver chat.Receiver) (chat.Subscription, error) {
	s := &subscribing{conn: c, subject: subject, receiver: receiver}
	h := c.hub
	h.mu.Lock()
	if h.subscribers[subject] == nil {
		h.subscribers[subject] = map[*subscribing]struct{}{}
	}
	h.subscribers[subject][s] = struct{}{}
	h.mu.Unlock()
	return c.keep(s)
}

// Close is that of chat.Subscription. What waits is dropped.
func (s *subscribing) Close() {
	h := s.conn.hub
	h.mu.Lock()
	delete(h.subscribers[s.subject], s)
	if len(h.subscribers[s.subject]) == 0 {
		delete(h.subscribers, s.subject)
	}
	h.mu.Unlock()

	s.mu.Lock()
	s.closed, s.queue, s.bytes, s.lagged = true, nil, 0, false
	s.mu.Unlock()
	s.conn.forget(s)
}

// Publish is that of chat.Bus.
func (c *Conn) Publish(_ context.Context, subject string, body []byte) error {
	if c.ctx.Err() != nil {
		return chat.ErrBusClosed
	}
	c.hub.mu.RLock()
	subscribers := make([]*subscribing, 0, len(c.hub.subscribers[subject]))
	for s := range c.hub.subscribers[subject] {
		subscribers = append(subscribers, s)
	}
	c.hub.mu.RUnlock()
	for _, s := range subscribers {
		s.push(body)
	}
	return nil
}

func (s *subscribing) push(body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return
	case len(s.queue) >= maxQueued, len(s.queue) > 0 && s.bytes+len(body) > maxQueuedBytes:
		s.lagged = true
	default:
		s.queue = append(s.queue, body)
		s.bytes += len(body)
	}
	s.run()
}

// lag notes that messages were lost on their way here.
func (s *subscribing) lag() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.lagged = true
		s.run()
	}
}

// run makes sure that a goroutine delivers. The caller holds s.mu.
func (s *subscribing) run() {
	if !s.running {
		s.running = true
		go s.deliver()
	}
}

// deliver gives the receiver what waits, until nothing does.
func (s *subscribing) deliver() {
	for {
		call := s.next()
		if call == nil {
			return
		}
		s.conn.hub.guard(s.subject, func() error { call(); return nil }) // logged there
	}
}

// next takes what is to be called next. A loss is told before the messages that are
// left, so that the receiver knows of it as soon as it can.
func (s *subscribing) next() func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lagged {
		s.lagged = false
		if s.receiver.Lagged != nil {
			return s.receiver.Lagged
		}
	}
	if len(s.queue) == 0 {
		s.queue, s.running = nil, false
		return nil
	}
	body := s.queue[0]
	s.queue[0] = nil // let it go once it was received
	s.queue, s.bytes = s.queue[1:], s.bytes-len(body)
	return func() { s.receiver.Message(body) }
}
