package chat

import (
	"context"
	"encoding/json"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Outcome is what became of a message that was sent.
type Outcome struct {
	Sent wire.Sent
	Err  error
}

// outgoing is a message on its way.
type outgoing struct {
	conv    Conv
	message wire.Message
	index   int       // of its outcome
	at      time.Time // when it is sent; zero: when it is kept
	twin    string    // instead of its sender and id: what a second one like it has too
}

// SendMessages sends a's messages in their order, and says what became of each. Those that
// are kept are kept when it returns; those that follow one another in a conversation are
// kept together. All devices of both sides but a's own are told of them.
func (s *Service) SendMessages(a *Attachment, messages []wire.Message) []Outcome {
	outcomes := make([]Outcome, len(messages))
	ctx, cancel := s.storeContext()
	defer cancel()
	var batch []outgoing
	flush := func() {
		if len(batch) > 0 {
			s.keep(ctx, a, batch, outcomes)
			batch = nil
		}
	}
	for i, m := range messages {
		o, err := s.prepare(ctx, a, m)
		if o.index = i; err != nil {
			outcomes[i].Err = err
			continue
		}
		if len(batch) > 0 && (batch[0].conv != o.conv || o.message.OnlineOnly) {
			flush()
		}
		if o.message.OnlineOnly {
			outcomes[i].Sent = s.passOn(a, o)
			continue
		}
		batch = append(batch, o)
	}
	flush()
	return outcomes
}

// prepare checks a message, in the order in which the C API's service does. Size and form come
// before anything that costs a look at the store.
func (s *Service) prepare(ctx context.Context, a *Attachment, m wire.Message) (outgoing, error) {
	conv, err := convOf(a.peer.App, a.ref.User, m.ConvType, m.ConvID)
	if err != nil {
		return outgoing{}, err
	}
	if err := checkMessage(m, s.cfg.Messages); err != nil {
		return outgoing{}, err
	}
	sender, known, err := s.profileOf(ctx, conv.App, a.ref.User)
	if err != nil {
		return outgoing{}, err
	}
	if !known {
		return outgoing{}, timerr.Newf(timerr.SDKNotLoggedIn, "the account was deleted")
	}
	if err := s.maySend(ctx, conv, a.ref.User); err != nil {
		return outgoing{}, err
	}
	return outgoing{conv: conv, message: fromSender(m, sender, platformNumber(a.peer.Platform))}, nil
}

// maySend asks whether a sender may write in a conversation. The order of these questions is
// the C API's: does the receiver exist (20003), is the sender muted (20012), are both friends
// (20009 to 20011), has the receiver blocked the sender (20007), is the content allowed
// (80001), does the app's backend agree (20006).
func (s *Service) maySend(ctx context.Context, conv Conv, sender string) error {
	receiver := conv.IDFor(sender)
	_, known, err := s.profileOf(ctx, conv.App, receiver)
	if err == nil && !known {
		err = timerr.Newf(timerr.SvrMsgInvalidID, "there is no user %q", receiver)
	}
	if err != nil {
		return err
	}
	return s.muted(ctx, conv, sender)
}

// keep stores messages of one conversation, tells those who have a part in it, and notes
// what became of them.
func (s *Service) keep(ctx context.Context, a *Attachment, batch []outgoing, outcomes []Outcome) {
	conv := batch[0].conv
	placed, err := s.append(ctx, conv, batch)
	if err != nil {
		for _, o := range batch {
			outcomes[o.index].Err = err
		}
		return
	}
	repeated := false
	for i, p := range placed {
		m := batch[i].message
		m.Pos, m.ServerTime = p.Pos, p.At.Unix()
		outcomes[batch[i].index].Sent = wire.Sent{Pos: m.Pos, Seq: m.Seq, ServerTime: m.ServerTime}
		if p.Repeated {
			repeated = true
			continue
		}
		s.tell(conv.App, conv.Pair(), a, wire.EventMessage, m)
	}
	if repeated {
		// The first time it may have been kept by a node that died before it told anybody.
		s.tell(conv.App, conv.Pair(), a, wire.EventSync, nil)
	}
}

func (s *Service) append(ctx context.Context, conv Conv, batch []outgoing) ([]Placed, error) {
	messages := make([]NewMessage, len(batch))
	for i, o := range batch {
		body, err := json.Marshal(o.message)
		if err != nil {
			return nil, err
		}
		messages[i] = NewMessage{Sender: o.message.Sender, ID: o.message.MsgID,
			Counts: !o.message.NoUnread, Last: !o.message.NoLast, Body: body, At: o.at, Twin: o.twin}
	}
	placed, err := s.store.AppendMessages(ctx, conv, messages, time.Now())
	if err != nil {
		return nil, s.messageStoreError("keep a message", err)
	}
	return placed, nil
}

// passOn tells those who are there now of an online-only message.
func (s *Service) passOn(a *Attachment, o outgoing) wire.Sent {
	o.message.ServerTime = time.Now().Unix()
	s.tell(o.conv.App, o.conv.Pair(), a, wire.EventMessage, o.message)
	return wire.Sent{Seq: o.message.Seq, ServerTime: o.message.ServerTime}
}

// messageStoreError is storeError with the code that senders and readers know.
func (s *Service) messageStoreError(doing string, err error) error {
	return &timerr.Error{Code: timerr.SvrMsgInternalError1,
		Desc: "the server's store failed, try again", Err: s.storeError(doing, err)}
}
