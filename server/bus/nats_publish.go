package bus

import (
	"context"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/banter-im/banter/server/chat"
)

// interests are the subjects that the servers are asked for: each once, however many
// subscribers it has here.
type interests struct {
	mu     sync.Mutex // held while the connection's buffer is written, never longer
	closed bool
	of     map[string]*interest
}

type interest struct {
	subscription *nats.Subscription
	subscribers  int
}

// join asks for subject with ask, unless it was asked for already.
func (i *interests) join(subject string, ask func() (*nats.Subscription, error)) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return chat.ErrBusClosed
	}
	if known := i.of[subject]; known != nil {
		known.subscribers++
		return nil
	}
	subscription, err := ask()
	if err != nil {
		return busError("subscribe", err)
	}
	if i.of == nil {
		i.of = map[string]*interest{}
	}
	i.of[subject] = &interest{subscription, 1}
	return nil
}

func (i *interests) leave(subject string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	known := i.of[subject]
	if known == nil {
		return // all were closed
	}
	if known.subscribers--; known.subscribers == 0 {
		delete(i.of, subject)
		known.subscription.Unsubscribe() // it fails when the connection is closed, and is gone then
	}
}

// current tells whether subscription is what subject was asked for last: what still comes
// of an earlier one is not for those who subscribed since.
func (i *interests) current(subject string, subscription *nats.Subscription) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	known := i.of[subject]
	return known != nil && known.subscription == subscription
}

// close ends all of them. It reports false when they were closed before.
func (i *interests) close() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return false
	}
	i.closed = true
	for _, known := range i.of {
		known.subscription.Unsubscribe()
	}
	i.of = nil
	return true
}

// crossing is a subscription here and at the servers.
type crossing struct {
	chat.Subscription
	leave func()
}

// Close is that of chat.Subscription. The servers are told first, so that nobody is
// asked any more who has gone.
func (c *crossing) Close() {
	c.leave()
	c.Subscription.Close()
}

// cross makes the subscription local one of other ends, too.
func (n *NATS) cross(local chat.Subscription, subject string, to chan *nats.Msg) (chat.Subscription, error) {
	err := n.interests.join(subject, func() (*nats.Subscription, error) {
		return n.conn.ChanSubscribe(subject, to)
	})
	if err != nil {
		local.Close()
		return nil, err
	}
	n.fences.wait()
	return &crossing{local, sync.OnceFunc(func() { n.interests.leave(subject) })}, nil
}

// Subscribe is that of chat.Bus.
func (n *NATS) Subscribe(subject string, receiver chat.Receiver) (chat.Subscription, error) {
	local, err := n.local.Subscribe(subject, receiver)
	if err != nil {
		return nil, err
	}
	return n.cross(local, subject, n.incoming)
}

// Publish is that of chat.Bus. While the servers are away it is an error, though
// subscribers of this end have got the message.
func (n *NATS) Publish(ctx context.Context, subject string, body []byte) error {
	if err := n.local.Publish(ctx, subject, body); err != nil {
		return err
	}
	if err := n.conn.Publish(subject, body); err != nil {
		return busError("publish", err)
	}
	return nil
}

// deliverForEver gives what others published to the subscribers here.
func (n *NATS) deliverForEver() {
	for {
		select {
		case <-n.ctx.Done():
			return
		case m := <-n.incoming:
			if n.interests.current(m.Subject, m.Sub) {
				n.local.Publish(n.ctx, m.Subject, m.Data) // closed: nobody is left to tell
			}
		}
	}
}
