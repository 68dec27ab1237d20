package bus

import (
	"context"
	"errors"

	"github.com/banter-im/banter/server/chat"
)

// maxHandling is how many requests one handler works on at a time. Others wait.
const maxHandling = 64

// handling is a subject's handler.
type handling struct {
	conn    *Conn
	subject string
	handler chat.Handler
	places  chan struct{} // one taken by each request under way
	ctx     context.Context
	end     context.CancelFunc
}

// Handle is that of chat.Bus.
func (c *Conn) Handle(subject string, handler chat.Handler) (chat.Subscription, error) {
	s := &handling{conn: c, subject: subject, handler: handler, places: make(chan struct{}, maxHandling)}
	s.ctx, s.end = context.WithCancel(c.ctx)
	h := c.hub
	h.mu.Lock()
	_, taken := h.handlers[subject]
	if !taken {
		h.handlers[subject] = s
	}
	h.mu.Unlock()
	if taken {
		s.end()
		return nil, subjectTaken(subject)
	}
	return c.keep(s)
}

// Close is that of chat.Subscription. The context of requests under way ends.
func (s *handling) Close() {
	h := s.conn.hub
	h.mu.Lock()
	if h.handlers[s.subject] == s {
		delete(h.handlers, s.subject)
	}
	h.mu.Unlock()
	s.end()
	s.conn.forget(s)
}

// answer is what a handler returned.
type answer struct {
	body []byte
	err  error
}

// Request is that of chat.Bus.
func (c *Conn) Request(ctx context.Context, subject string, body []byte) ([]byte, error) {
	if c.ctx.Err() != nil {
		return nil, chat.ErrBusClosed
	}
	h := c.hub
	h.mu.RLock()
	s := h.handlers[subject]
	h.mu.RUnlock()
	if s == nil {
		return nil, chat.ErrNoHandler
	}
	select {
	case s.places <- struct{}{}:
	case <-s.ctx.Done():
		return nil, chat.ErrNoHandler
	case <-c.ctx.Done():
		return nil, chat.ErrBusClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	done := make(chan answer, 1)
	go s.serve(ctx, body, done)
	select {
	case a := <-done:
		return a.body, a.err
	case <-c.ctx.Done():
		return nil, chat.ErrBusClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// serve runs the handler until it returns, whether or not somebody still waits. Its
// context ends with the request's and with the subscription.
func (s *handling) serve(ctx context.Context, body []byte, done chan<- answer) {
	defer func() { <-s.places }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()

	if s.ctx.Err() != nil { // closed before it began
		done <- answer{err: chat.ErrNoHandler}
		return
	}
	var a answer
	err := s.conn.hub.guard(s.subject, func() (err error) {
		a.body, err = s.handler(ctx, body)
		return err
	})
	if err != nil {
		a = answer{err: errors.New(err.Error())} // a bus carries the text alone
	}
	done <- a
}
