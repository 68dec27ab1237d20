package bus

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// A server tells the others of a subscription without waiting for them, so that for a
// moment what is published elsewhere would be missed. A fence closes that gap: it is a
// message to every other end, and comes to each behind all subscriptions made before it,
// for servers keep the order. When all have answered, nothing is missed any more.
const fenceSubject = "banter.bus.fence"

func fencedSubject(end string) string { return "banter.bus.fenced." + end }

// fenceTimeout is how long a peer may take to answer. Then it is forgotten; if it comes
// back, whatever it published is taken as lost.
const fenceTimeout = 500 * time.Millisecond

// fences runs one round at a time, for all who came before it began.
type fences struct {
	round   func(number uint64)
	answers chan note

	mu   sync.Mutex
	next chan struct{} // closed at the end of the round that is to come; nil: nobody waits
	busy bool
	last uint64 // number of the round that began last
}

func (f *fences) init(round func(number uint64)) {
	f.round, f.answers = round, make(chan note, 1024)
}

// wait returns when a round that began after the call has ended.
func (f *fences) wait() {
	f.mu.Lock()
	if f.next == nil {
		f.next = make(chan struct{})
	}
	done := f.next
	if !f.busy {
		f.busy = true
		go f.run()
	}
	f.mu.Unlock()
	<-done
}

func (f *fences) run() {
	for {
		f.mu.Lock()
		done := f.next
		if done == nil {
			f.busy = false
			f.mu.Unlock()
			return
		}
		f.next = nil
		f.last++
		number := f.last
		f.mu.Unlock()
		f.round(number)
		close(done)
	}
}

// answered takes a peer's answer. One that nobody waits for makes way.
func (f *fences) answered(m *nats.Msg) {
	answer, ok := readNote(m)
	if !ok {
		return
	}
	select {
	case f.answers <- answer:
	default:
	}
}

// fenceRound asks every peer for an answer, and waits for them. While the servers are
// away there is nothing to wait for: everybody is told of a loss when they come back.
func (n *NATS) fenceRound(number uint64) {
	if !n.conn.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(n.ctx, fenceTimeout)
	defer cancel()
	waiting := n.peers.ids()
	if err := n.ask(ctx, note{End: n.id, Round: number}, len(waiting) > 0); err != nil {
		n.log.Debug("bus: a fence failed", "error", err)
		return
	}
	for len(waiting) > 0 {
		select {
		case answer := <-n.fences.answers:
			if answer.Round == number {
				delete(waiting, answer.End)
			}
		case <-ctx.Done():
			for silent := range waiting {
				n.peers.forget(silent)
			}
			return
		}
	}
}

// ask sends a fence to the peers, if there are any, and to the own server.
func (n *NATS) ask(ctx context.Context, fence note, peers bool) error {
	if peers {
		body, err := json.Marshal(fence)
		if err != nil {
			return err
		}
		if err := n.conn.Publish(fenceSubject, body); err != nil {
			return err
		}
	}
	return n.conn.FlushWithContext(ctx)
}

// answerFence answers a peer's fence.
func (n *NATS) answerFence(m *nats.Msg) {
	fence, ok := readNote(m)
	if !ok {
		return
	}
	body, err := json.Marshal(note{End: n.id, Round: fence.Round})
	if err == nil {
		err = n.conn.Publish(fencedSubject(fence.End), body)
	}
	if err != nil {
		n.log.Debug("bus: the answer to a fence was lost", "error", err)
	}
}
