package chat

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/wire"
)

// SendReceipts notes that a's user has read single messages whose senders want to know, and
// tells all devices of both sides. Those of others that want no receipt, the user's own, and
// those that were recalled are left out.
func (s *Service) SendReceipts(a *Attachment, asked wire.MessagePlaces) (wire.Receipts, error) {
	conv, err := s.placesOf(a, asked)
	if err != nil {
		return wire.Receipts{}, err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	return s.sendReceipts(ctx, a, conv, a.ref.User, asked.Positions)
}

// placesOf checks which messages are meant, and returns their conversation.
func (s *Service) placesOf(a *Attachment, asked wire.MessagePlaces) (Conv, error) {
	conv, err := convOf(a.peer.App, a.ref.User, asked.ConvType, asked.ConvID)
	switch {
	case err != nil:
		return Conv{}, err
	case len(asked.Positions) == 0 || len(asked.Positions) > wire.MaxReceipts:
		return Conv{}, badMessage("positions has %d messages, not 1 to %d", len(asked.Positions), wire.MaxReceipts)
	}
	for _, pos := range asked.Positions {
		if pos > maxPos {
			return Conv{}, badMessage("positions holds what is no place of a message")
		}
	}
	return conv, nil
}

func (s *Service) sendReceipts(ctx context.Context, a *Attachment, conv Conv, user string, places []uint64) (wire.Receipts, error) {
	now := time.Now()
	changed, err := s.store.AddReceipts(ctx, conv, user, places, now, func(m *Message) (bool, error) {
		return readBy(m, user, now)
	})
	if err != nil && !errors.Is(err, ErrNoConversation) {
		return wire.Receipts{}, s.messageStoreError("note what was read", err)
	}
	news := wire.Receipts{User: user, ConvType: int(conv.Type), ConvID: conv.IDFor(user)}
	if news.Receipts, err = receiptsOf(changed); err == nil && len(changed) > 0 {
		s.tell(conv.App, conv.Pair(), a, wire.EventReceipts, news)
	}
	return news, err
}

// readBy counts one more reader of a message, if its sender wants that.
func readBy(m *Message, user string, at time.Time) (bool, error) {
	var body wire.Message
	if err := json.Unmarshal(m.Body, &body); err != nil {
		return false, err
	}
	if !body.NeedReceipt || m.Sender == user || body.Status == int(tim.MsgStatusRevoked) {
		return false, nil
	}
	body.Readers++
	body.ReadTime = max(body.ReadTime, at.Unix())
	kept, err := json.Marshal(body)
	m.Body = kept
	return true, err
}

// Receipts returns how many have read single messages, of those that a's user has.
func (s *Service) Receipts(a *Attachment, asked wire.MessagePlaces) ([]wire.Receipt, error) {
	conv, err := s.placesOf(a, asked)
	if err != nil {
		return nil, err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	found, err := s.store.MessagesAt(ctx, conv, a.ref.User, asked.Positions)
	if err != nil {
		return nil, s.messageStoreError("read messages", err)
	}
	return receiptsOf(found)
}

func receiptsOf(kept []Message) ([]wire.Receipt, error) {
	list := make([]wire.Receipt, len(kept))
	for i, one := range kept {
		m, err := messageOf(one)
		if err != nil {
			return nil, err
		}
		list[i] = wire.Receipt{Pos: m.Pos, Version: m.Version, Readers: m.Readers, ReadTime: m.ReadTime}
	}
	return list, nil
}

// ReceiptsFor notes that a user has read messages of a peer, each of which must be there.
func (s *Service) ReceiptsFor(ctx context.Context, app uint64, user, peer string, keys []MessageKey) error {
	conv := C2C(app, user, peer)
	places := make([]uint64, len(keys))
	for i, key := range keys {
		var err error
		if places[i], err = s.placeOf(ctx, conv, peer, key); err != nil {
			return err
		}
	}
	_, err := s.sendReceipts(ctx, nil, conv, user, places)
	return err
}
