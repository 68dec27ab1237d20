package chat

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// sendsAtOnce is how many messages of one call to many are kept at a time.
const sendsAtOnce = 16

// futureImport is how far ahead of this node's clock an imported message may be.
const futureImport = time.Minute

// SendToAll sends one message of a backend to each of the users, as SendFor does, and
// returns it, and what went wrong by user. All get it with the same numbers and time.
func (s *Service) SendToAll(ctx context.Context, app uint64, b BackendMessage, to []string) (wire.Message, map[string]error, error) {
	if err := checkMessage(b.Message, s.cfg.Messages); err != nil {
		return wire.Message{}, nil, err
	}
	sender, err := s.backendSender(ctx, app, b.From)
	if err != nil {
		return wire.Message{}, nil, err
	}
	known, err := s.KnownAccounts(ctx, app, to)
	if err != nil {
		return wire.Message{}, nil, err
	}
	now := time.Now()
	message := fromSender(b.Message, sender, b.Message.Platform)
	message.ServerTime = now.Unix()
	var mu sync.Mutex
	failed := map[string]error{}
	users := make(chan string)
	var working sync.WaitGroup
	for range min(sendsAtOnce, len(to)) {
		working.Go(func() {
			for user := range users {
				one := b
				one.To, one.at = user, now
				if err := s.sendOne(ctx, app, one, message, known[user]); err != nil {
					mu.Lock()
					failed[user] = err
					mu.Unlock()
				}
			}
		})
	}
	for _, user := range to {
		users <- user
	}
	close(users)
	working.Wait()
	return message, failed, nil
}

// sendOne sends a message of SendToAll to one of its users.
func (s *Service) sendOne(ctx context.Context, app uint64, b BackendMessage, m wire.Message, known bool) error {
	if !known {
		return ErrNoAccount
	}
	m.ConvID = b.To
	_, err := s.deliverFor(ctx, outgoing{conv: C2C(app, b.From, b.To), message: m, at: b.at, silent: true}, b.NotToSender)
	return err
}

// Import is a message that was sent somewhere else before.
type Import struct {
	From, To string
	Message  wire.Message
	At       time.Time // when it was sent, to the second
	Counts   bool      // as unread
}

// ImportFor keeps a message of another system, and tells the devices of both sides of it.
// It comes behind what is there: its time is raised to that of the message before it.
// One that has the seq, random and time of an imported one of this conversation,
// whichever side had sent that, is not kept again.
func (s *Service) ImportFor(ctx context.Context, app uint64, i Import) error {
	if err := checkMessage(i.Message, s.cfg.Messages); err != nil {
		return err
	}
	now := time.Now()
	if i.At.After(now.Add(futureImport)) {
		return timerr.Newf(timerr.SvrMsgInvalidTimestamp, "MsgTimeStamp lies in the future")
	}
	sender, err := s.backendSender(ctx, app, i.From)
	if err != nil {
		return err
	}
	_, known, err := s.profileOf(ctx, app, i.To)
	if err == nil && !known {
		err = timerr.Newf(timerr.SvrMsgInvalidID, "there is no user %q", i.To)
	}
	if err != nil {
		return err
	}
	m := fromSender(i.Message, sender, i.Message.Platform)
	m.NoUnread, m.Imported = !i.Counts, !i.Counts
	o := outgoing{conv: C2C(app, i.From, i.To), message: m, at: i.At, silent: true,
		twin: fmt.Sprintf("import %d %d %d", m.Seq, m.Rand, i.At.Unix())}
	if i.At.After(now) {
		o.at = now
	}
	_, err = s.keepFor(ctx, o, o.conv.Pair(), false)
	return err
}

// byKey returns the messages of a conversation that have a key, of one sender or, if that
// is "", of both.
func (s *Service) byKey(ctx context.Context, conv Conv, key MessageKey, from string) (found []wire.Message, err error) {
	page, err := s.store.Messages(ctx, conv, "", Part{Earliest: time.Unix(key.Time, 0), Latest: endOf(key.Time),
		Limit: sameSecond, Bytes: pageBytes})
	if err != nil {
		return nil, s.messageStoreError("look for a message", err)
	}
	messages, err := messagesOf(page.Messages)
	for _, m := range messages {
		if m.Seq == key.Seq && m.Rand == key.Rand && (from == "" || from == m.Sender) {
			found = append(found, m)
		}
	}
	return found, err
}

// HideFor takes single messages from one of the two users of a conversation. Keys of
// messages that are not there do no harm.
func (s *Service) HideFor(ctx context.Context, app uint64, user, peer string, keys []MessageKey) error {
	conv := C2C(app, user, peer)
	var places []uint64
	for _, key := range keys {
		found, err := s.byKey(ctx, conv, key, "")
		if err != nil {
			return err
		}
		for _, m := range found {
			places = append(places, m.Pos)
		}
	}
	if len(places) == 0 {
		return nil
	}
	_, err := s.hide(ctx, conv, user, places)
	return err
}

// RefusedFor says why a message of SendToAll was not sent to a user.
func RefusedFor(err error) timerr.Code {
	if errors.Is(err, ErrNoAccount) {
		return timerr.SvrAccountNotFound
	}
	return timerr.CodeOf(err)
}
