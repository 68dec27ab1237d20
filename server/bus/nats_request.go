package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/banter-im/banter/server/chat"
)

// answerTimeout ends the context of a handler whose asker may have gone.
const answerTimeout = 30 * time.Second

// The first byte of a reply says what follows.
const (
	replyBody      = 'b'
	replyError     = 'e' // its text
	replyNoHandler = 'n' // nothing
)

// asked is the subject on which requests for subject go, apart from what is published.
func asked(subject string) string { return subject + ".ask" }

// Handle is that of chat.Bus.
func (n *NATS) Handle(subject string, handler chat.Handler) (chat.Subscription, error) {
	local, err := n.local.Handle(asked(subject), handler)
	if err != nil {
		return nil, err
	}
	return n.cross(local, asked(subject), n.requests)
}

// Request is that of chat.Bus. A handler at this end is asked without the servers.
func (n *NATS) Request(ctx context.Context, subject string, body []byte) ([]byte, error) {
	reply, err := n.local.Request(ctx, asked(subject), body)
	if !errors.Is(err, chat.ErrNoHandler) {
		return reply, err
	}
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.ctx, cancel)()
	m, err := n.conn.RequestWithContext(waiting, asked(subject), body)
	switch {
	case err == nil:
		return openReply(m.Data)
	case n.ctx.Err() != nil:
		return nil, chat.ErrBusClosed
	case errors.Is(err, nats.ErrNoResponders):
		return nil, chat.ErrNoHandler
	}
	return nil, busError("ask", err)
}

func openReply(data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, errors.New("the bus brought an empty reply")
	}
	switch kind, rest := data[0], data[1:]; kind {
	case replyBody:
		return rest, nil
	case replyError:
		return nil, errors.New(string(rest))
	case replyNoHandler:
		return nil, chat.ErrNoHandler
	default:
		return nil, fmt.Errorf("the bus brought a reply of unknown kind %q", kind)
	}
}

// sealReply is the reply of a handler that returned body and err.
func sealReply(body []byte, err error) []byte {
	switch {
	case errors.Is(err, chat.ErrNoHandler):
		return []byte{replyNoHandler}
	case err != nil:
		return append([]byte{replyError}, err.Error()...)
	}
	return append([]byte{replyBody}, body...)
}

// answerForEver takes the requests of others.
func (n *NATS) answerForEver() {
	for {
		select {
		case <-n.ctx.Done():
			return
		case m := <-n.requests:
			n.place(m)
		}
	}
}

// place answers a request in a goroutine of its own, or refuses it when there are too many.
func (n *NATS) place(m *nats.Msg) {
	select {
	case n.answering <- struct{}{}:
		n.running.Go(func() {
			defer func() { <-n.answering }()
			n.answer(m)
		})
	default:
		n.respond(m, sealReply(nil, errors.New("the node has too many requests under way")))
	}
}

func (n *NATS) answer(m *nats.Msg) {
	ctx, cancel := context.WithTimeout(n.ctx, answerTimeout)
	defer cancel()
	body, err := n.local.Request(ctx, m.Subject, slices.Clip(m.Data))
	if errors.Is(err, chat.ErrBusClosed) {
		return // the asker has been told by the servers, or its time runs out
	}
	n.respond(m, sealReply(body, err))
}

func (n *NATS) respond(m *nats.Msg, reply []byte) {
	if err := m.Respond(reply); err != nil {
		n.log.Warn("bus: a reply was lost", "subject", m.Subject, "error", err)
	}
}
