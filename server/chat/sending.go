package chat

import (
	"context"
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
	origin  Origin
	silent  bool // the app's backend is neither asked nor told

	// What the app's backend has said to it.
	err       error
	dropped   bool
	rewritten bool
}

// SendMessages sends a's messages in their order, and says what became of each. Those that
// are kept are kept when it returns; those that follow one another in a conversation are
// kept together. All devices of both sides but a's own are told of them.
func (s *Service) SendMessages(a *Attachment, messages []wire.Message) []Outcome {
	outcomes := make([]Outcome, len(messages))
	good := s.prepareAll(a, messages, outcomes)
	s.askAll(good)
	ctx, cancel := s.storeContext()
	defer cancel()
	var batch []outgoing
	flush := func() {
		if len(batch) > 0 {
			s.keep(ctx, a, batch, outcomes)
			batch = nil
		}
	}
	for _, one := range good {
		o := *one
		switch {
		case o.err != nil:
			outcomes[o.index].Err = o.err
			continue
		case o.dropped:
			outcomes[o.index].Sent = wire.Sent{Seq: o.message.Seq, ServerTime: o.at.Unix()}
			continue
		}
		if len(batch) > 0 && (batch[0].conv != o.conv || o.message.OnlineOnly) {
			flush()
		}
		if o.message.OnlineOnly {
			outcomes[o.index].Sent = s.passOn(ctx, a, o)
			continue
		}
		batch = append(batch, o)
	}
	flush()
	return outcomes
}

// prepareAll checks messages, and returns those that may be sent.
func (s *Service) prepareAll(a *Attachment, messages []wire.Message, outcomes []Outcome) (good []*outgoing) {
	ctx, cancel := s.storeContext()
	defer cancel()
	for i, m := range messages {
		o, err := s.prepare(ctx, a, m)
		if o.index = i; err != nil {
			outcomes[i].Err = err
			continue
		}
		good = append(good, &o)
	}
	return good
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
	o := outgoing{conv: conv, origin: a.origin(), message: fromSender(m, sender, platformNumber(a.peer.Platform))}
	if err := s.maySend(ctx, conv, a.ref.User); err != nil {
		s.tellRefused(ctx, o, err)
		return outgoing{}, err
	}
	return o, nil
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
		m.Pos, m.ServerTime, m.ServerMillis = p.Pos, p.At.Unix(), millisOf(p.At)
		sent := &outcomes[batch[i].index].Sent
		*sent = wire.Sent{Pos: m.Pos, Seq: m.Seq, ServerTime: m.ServerTime, Millis: m.ServerMillis}
		if p.Repeated {
			repeated = true
			sent.Message = s.keptInstead(ctx, conv, m)
			continue
		}
		if batch[i].rewritten {
			sent.Message = &m
		}
		s.tell(conv.App, conv.Pair(), a, wire.EventMessage, m)
		s.push(conv, m)
	}
	if repeated {
		// The first time it may have been kept by a node that died before it told anybody.
		s.tell(conv.App, conv.Pair(), a, wire.EventSync, nil)
	}
}

// keptInstead returns what is kept of a message that is sent again, if that is another text:
// the app's backend has rewritten it.
func (s *Service) keptInstead(ctx context.Context, conv Conv, m wire.Message) *wire.Message {
	kept, err := s.keptAt(ctx, conv, m.Pos)
	if err != nil || sameText(kept, m) {
		return nil
	}
	return &kept
}

func (s *Service) append(ctx context.Context, conv Conv, batch []outgoing) ([]Placed, error) {
	messages := make([]NewMessage, len(batch))
	for i, o := range batch {
		body, err := wire.Encode(o.message)
		if err != nil {
			return nil, err
		}
		messages[i] = NewMessage{Sender: o.message.Sender, ID: o.message.MsgID,
			Counts: !o.message.NoUnread, Last: !o.message.NoLast, Body: body, At: o.at, Twin: o.twin, Tell: s.sentEvent(o)}
	}
	placed, err := s.store.AppendMessages(ctx, conv, messages, time.Now())
	if err != nil {
		return nil, s.messageStoreError("keep a message", err)
	}
	return placed, nil
}

// passOn tells those who are there now of an online-only message.
func (s *Service) passOn(ctx context.Context, a *Attachment, o outgoing) wire.Sent {
	o.message.ServerTime = time.Now().Unix()
	s.tell(o.conv.App, o.conv.Pair(), a, wire.EventMessage, o.message)
	s.tellPassedOn(ctx, o)
	sent := wire.Sent{Seq: o.message.Seq, ServerTime: o.message.ServerTime}
	if o.rewritten {
		sent.Message = &o.message
	}
	return sent
}

// messageStoreError is storeError with the code that senders and readers know.
func (s *Service) messageStoreError(doing string, err error) error {
	return &timerr.Error{Code: timerr.SvrMsgInternalError1,
		Desc: "the server's store failed, try again", Err: s.storeError(doing, err)}
}
