package chat

import (
	"context"
	"slices"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// What an app's backend does with messages, for its users. It is asked for no friendship
// and no mute.

// BackendMessage is a message that a backend sends for a user.
type BackendMessage struct {
	From, To    string
	Message     wire.Message
	NotToSender bool // it is not in the sender's history
	Origin      Origin

	at time.Time // when it is sent; zero: now
}

// SendFor sends a backend's message, and returns it as it is kept.
func (s *Service) SendFor(ctx context.Context, app uint64, b BackendMessage) (wire.Message, error) {
	if err := checkMessage(b.Message, s.cfg.Messages); err != nil {
		return wire.Message{}, err
	}
	sender, err := s.backendSender(ctx, app, b.From)
	if err != nil {
		return wire.Message{}, err
	}
	_, known, err := s.profileOf(ctx, app, b.To)
	if err == nil && !known {
		err = timerr.Newf(timerr.SvrMsgInvalidID, "there is no user %q", b.To)
	}
	if err != nil {
		return wire.Message{}, err
	}
	o := outgoing{conv: C2C(app, b.From, b.To), message: fromSender(b.Message, sender, b.Message.Platform), origin: b.Origin}
	s.askBackend(&o)
	switch {
	case o.err != nil:
		return wire.Message{}, o.err
	case o.dropped:
		o.message.ServerTime = o.at.Unix()
		return o.message, nil
	}
	return s.deliverFor(ctx, o, b.NotToSender)
}

// deliverFor keeps a message that was found good, unless it is online-only, and tells of it.
func (s *Service) deliverFor(ctx context.Context, o outgoing, notToSender bool) (wire.Message, error) {
	told := o.conv.Pair()
	if notToSender {
		told = []string{o.conv.IDFor(o.message.Sender)}
	}
	if o.message.OnlineOnly {
		o.message.ServerTime = time.Now().Unix()
		s.tell(o.conv.App, told, nil, wire.EventMessage, o.message)
		s.tellPassedOn(ctx, o)
		return o.message, nil
	}
	return s.keepFor(ctx, o, told, notToSender)
}

func (s *Service) keepFor(ctx context.Context, o outgoing, told []string, hide bool) (wire.Message, error) {
	placed, err := s.append(ctx, o.conv, []outgoing{o})
	if err != nil {
		return wire.Message{}, err
	}
	pos := placed[0].Pos
	if hide {
		if _, err := s.hide(ctx, o.conv, o.message.Sender, []uint64{pos}); err != nil {
			return wire.Message{}, err
		}
	}
	if placed[0].Repeated {
		s.tell(o.conv.App, told, nil, wire.EventSync, nil)
		return s.keptAt(ctx, o.conv, pos)
	}
	o.message.Pos, o.message.ServerTime, o.message.ServerMillis = pos, placed[0].At.Unix(), millisOf(placed[0].At)
	s.tell(o.conv.App, told, nil, wire.EventMessage, o.message)
	if o.twin == "" { // else it is imported
		s.push(o.conv, o.message)
	}
	return o.message, nil
}

// keptAt returns a message by its place.
func (s *Service) keptAt(ctx context.Context, conv Conv, pos uint64) (wire.Message, error) {
	page, err := s.store.Messages(ctx, conv, "", Part{From: pos, To: pos, Limit: 1, Bytes: 1})
	if err != nil {
		return wire.Message{}, s.messageStoreError("read a message", err)
	}
	if len(page.Messages) == 0 {
		return wire.Message{}, s.messageStoreError("read a message", ErrNoMessage)
	}
	return messageOf(page.Messages[0])
}

// backendSender is who a backend sends for. An administrator who never logged in gets an
// account.
func (s *Service) backendSender(ctx context.Context, app uint64, user string) (wire.SenderProfile, error) {
	sender, known, err := s.profileOf(ctx, app, user)
	if err != nil || known {
		return sender, err
	}
	settings, _ := s.app(app)
	if !slices.Contains(settings.Admins, user) {
		return sender, timerr.Newf(timerr.SvrMsgInvalidID, "there is no user %q", user)
	}
	return sender, s.ImportAccounts(ctx, app, []NewAccount{{User: user}})
}

// MessagesFor returns a part of the conversation of two users as the first one has it, and
// whether there may be more.
func (s *Service) MessagesFor(ctx context.Context, app uint64, user, peer string, part Part) ([]wire.Message, bool, error) {
	page, err := s.store.Messages(ctx, C2C(app, user, peer), user, part)
	if err != nil {
		return nil, false, s.messageStoreError("read messages", err)
	}
	messages, err := messagesOf(page.Messages)
	return messages, page.More, err
}

// MessageKey is what REST knows a one-to-one message by.
type MessageKey struct {
	Seq, Rand uint64
	Time      int64 // UNIX seconds
}

// sameSecond bounds the messages of one second that are looked through for a key.
const sameSecond = 5000

// RevokeFor takes a message of from's to to back, however old it is.
func (s *Service) RevokeFor(ctx context.Context, app uint64, from, to string, key MessageKey, by, reason string, origin Origin) (wire.Message, error) {
	conv := C2C(app, from, to)
	pos, err := s.placeOf(ctx, conv, from, key)
	if err != nil {
		return wire.Message{}, err
	}
	return s.revoke(nil, conv, pos, func(Message) error { return nil }, by, reason, origin)
}

// placeOf finds a sender's message by its key.
func (s *Service) placeOf(ctx context.Context, conv Conv, sender string, key MessageKey) (uint64, error) {
	found, err := s.byKey(ctx, conv, key, sender)
	if err != nil {
		return 0, err
	}
	if len(found) > 0 {
		return found[0].Pos, nil
	}
	return 0, timerr.Newf(recallNotFound, "there is no message of %q with the key %d_%d_%d", sender, key.Seq, key.Rand, key.Time)
}

// ReadFor notes that a user has read the conversation with peer, up to and with a time.
func (s *Service) ReadFor(app uint64, user, peer string, at time.Time, from Origin) error {
	_, err := s.readTo(C2C(app, user, peer), user, ReadTo{At: at}, from)
	return err
}

// UnreadOf returns how much a user has not read, by who the other one is.
func (s *Service) UnreadOf(ctx context.Context, app uint64, user string) (map[string]uint64, error) {
	views, err := s.store.UnreadConversations(ctx, app, user)
	if err != nil {
		return nil, s.messageStoreError("look for unread conversations", err)
	}
	unread := map[string]uint64{}
	for _, v := range views {
		if v.Pair() != nil {
			unread[v.IDFor(user)] = v.Unread
		}
	}
	return unread, nil
}
