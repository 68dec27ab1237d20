package core

import (
	"encoding/json"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// SendReceipts tells the senders of messages that the user has read them. Those whose senders do
// not want to know are left out.
func (c *Client) SendReceipts(messages string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		c, list, err := m.named(messages)
		if err != nil {
			done(err, "")
			return
		}
		body := wire.MessagePlaces{ConvType: c.Type, ConvID: c.ID}
		for _, k := range list {
			if m.owesReceipt(c, k) {
				body.Positions = append(body.Positions, k.place.Pos)
			}
		}
		if len(body.Positions) == 0 {
			done(nil, "")
			return
		}
		askFor(m, wire.CmdSendReceipts, body, true, func(v wire.Receipts, err error) {
			if err == nil {
				m.receiptsLive(v)
			}
			done(err, "")
			m.tell()
		})
	})
}

// owesReceipt says whether a receipt for a message may be news to its sender. Of a message that
// is not on this device the server knows.
func (m *messenger) owesReceipt(c *conversation, k kept) bool {
	switch {
	case k.place.Nth > 0 || k.Sender == m.user || k.status == int(tim.MsgStatusRevoked):
		return false
	case k.Sender == "":
		return true
	}
	return k.NeedReceipt && !k.hasSentReceipt(m.user)
}

// hasSentReceipt says whether the user has sent a receipt: of two members it is clear who did.
func (k kept) hasSentReceipt(user string) bool {
	return k.ConvType == int(tim.ConvTypeC2C) && k.Sender != user && k.Readers > 0
}

// named finds messages that the game names by their objects, which are of one conversation.
func (m *messenger) named(messages string) (*conversation, []kept, error) {
	var objects []json.RawMessage
	if err := decode(messages, &objects); err != nil {
		return nil, nil, err
	}
	if n := len(objects); n == 0 || n > wire.MaxReceipts {
		return nil, nil, timerr.Newf(timerr.InvalidParameters, "json_msg_array has %d messages, not 1 to %d", n, wire.MaxReceipts)
	}
	var key convKey
	list := make([]kept, len(objects))
	for i, object := range objects {
		given, err := parseMessage(string(object))
		if err != nil {
			return nil, nil, err
		}
		if i == 0 {
			key = convKey{given.ConvType, given.ConvID}
		}
		if key != (convKey{given.ConvType, given.ConvID}) {
			return nil, nil, timerr.Newf(timerr.InvalidParameters, "json_msg_array has messages of several conversations")
		}
		if list[i], err = m.located(m.conversation(key), object, "json_msg_array"); err != nil {
			return nil, nil, err
		}
		if list[i].Sender == "" { // the server has it alone
			list[i].Sender, list[i].NeedReceipt = given.Sender, given.NeedReceipt
		}
	}
	return m.conversation(key), list, nil
}

// Receipts asks the server who has read messages.
func (c *Client) Receipts(messages string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		c, list, err := m.named(messages)
		if err != nil {
			done(err, "")
			return
		}
		body := wire.MessagePlaces{ConvType: c.Type, ConvID: c.ID}
		for _, k := range list {
			if k.place.Nth == 0 {
				body.Positions = append(body.Positions, k.place.Pos)
			}
		}
		if len(body.Positions) == 0 {
			done(nil, textOf(receiptsOf(c, m.user, list, nil)))
			return
		}
		askFor(m, wire.CmdGetReceipts, body, true, func(known []wire.Receipt, err error) {
			if err != nil {
				done(err, "")
				return
			}
			done(nil, textOf(receiptsOf(c, m.user, list, known)))
		})
	})
}

// receiptsOf are the receipts of messages, in their order, by what the server knows.
func receiptsOf(c *conversation, user string, list []kept, known []wire.Receipt) []receipt {
	at := map[uint64]wire.Receipt{}
	for _, r := range known {
		at[r.Pos] = r
	}
	receipts := make([]receipt, len(list))
	for i, k := range list {
		if r, there := at[k.place.Pos]; there && k.place.Nth == 0 {
			k.Readers, k.ReadTime = r.Readers, r.ReadTime
		}
		receipts[i] = receiptOf(c, user, k)
	}
	return receipts
}

// receiptOf says who has read a message.
func receiptOf(c *conversation, user string, k kept) receipt {
	r := receipt{ConvID: c.ID, ConvType: c.Type, MsgID: k.MsgID}
	if k.Sender == user {
		r.Time, r.IsPeerRead = k.ReadTime, k.Readers > 0
	}
	return r
}

// receiptsLive takes what was said of messages that were read. Of changes that came before it
// and are not known, the server is asked.
func (m *messenger) receiptsLive(v wire.Receipts) {
	key := convKey{v.ConvType, v.ConvID}
	if v.ConvType == int(tim.ConvTypeC2C) && v.User != m.user {
		key.id = v.User
	}
	c := m.conversation(key)
	if c == nil {
		return
	}
	known := true
	m.update(func() (err error) {
		for _, r := range v.Receipts {
			if r.Version <= c.Mod {
				continue
			}
			if known = r.Version == c.Mod+1 && r.Pos <= c.Pos; !known {
				break
			}
			c.Mod = r.Version
			err = first(err, m.noteReceipt(c, r))
		}
		return first(err, m.keep(c))
	})
	if !known && m.synced { // else the sync asks
		m.askChanges(c, c.Mod, func(error) { m.tell() })
	}
}

// noteReceipt notes who has read a message, if that is known.
func (m *messenger) noteReceipt(c *conversation, r wire.Receipt) error {
	row, found, err := m.cache.At(c.Number, cache.Place{Pos: r.Pos})
	if err != nil {
		return err
	}
	var k kept
	switch {
	case found:
		if k, err = keptOf(row); err != nil {
			return err
		}
	case c.last != nil && c.last.Pos == r.Pos:
		k = *c.last
	default:
		return nil
	}
	k.Version, k.Readers, k.ReadTime = r.Version, r.Readers, r.ReadTime
	return m.change(c, k)
}
