package chat_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// wantsReceipt sends a text whose sender wants to know who has read it, and returns its place.
func (p *player) wantsReceipt(to, text string) uint64 {
	p.t.Helper()
	m := textTo(to, p.name+" wants "+text, text)
	m.NeedReceipt = true
	outcome := p.s.SendMessages(p.held, []wire.Message{m})[0]
	require.NoError(p.t, outcome.Err)
	return outcome.Sent.Pos
}

func at(with string, places ...uint64) wire.MessagePlaces {
	return wire.MessagePlaces{ConvType: 1, ConvID: with, Positions: places}
}

func TestAReceiptIsToldToBothSides(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		four, five := ann.wantsReceipt("bob", "four"), ann.wantsReceipt("bob", "five")
		mine := bob.wantsReceipt("ann", "six")
		asks(ann, ann.s.Revoke, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: five})
		sent := asks(bob, bob.s.SendReceipts, at("ann", 1, four, five, mine, 99))
		require.Len(t, sent.Receipts, 1, "one asks for no receipt, one was recalled, one is bob's own, one is not there")
		assert.Equal(t, "bob", sent.User)
		r := sent.Receipts[0]
		assert.EqualValues(t, []uint64{four, 2, 1}, []uint64{r.Pos, r.Version, r.Readers})
		for _, p := range []*player{ann, annToo} {
			assert.Equal(t, []wire.Receipts{sent}, told[wire.Receipts](p, wire.EventReceipts))
		}
		assert.Empty(t, told[wire.Receipts](bob, wire.EventReceipts))
		assert.EqualValues(t, 4, bob.conversations()[0].Unread, "a receipt reads nothing")
		m := ann.messageAt(t, "bob", four)
		assert.EqualValues(t, []uint64{1, 2, 0}, []uint64{m.Readers, m.Version, m.Edition})
		assert.Equal(t, r.ReadTime, m.ReadTime)

		again := asks(bob, bob.s.SendReceipts, at("ann", four))
		assert.Empty(t, again.Receipts, "once said is enough")
		assert.Empty(t, told[wire.Receipts](ann, wire.EventReceipts))
		edited := asks(ann, ann.s.Modify, modified("bob", four, 0, "4")).Message
		assert.EqualValues(t, 1, edited.Readers, "a modification keeps it, and a receipt is no modification")

		page := asks(ann, ann.s.Receipts, at("bob", four, 99, 1))
		assert.EqualValues(t, []wire.Receipt{{Pos: four, Version: 3, Readers: 1, ReadTime: r.ReadTime}, {Pos: 1}}, page)
	})
}

func TestWhichReceiptsAreRefused(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		many := make([]uint64, wire.MaxReceipts+1)
		for name, tt := range map[string]struct {
			asked wire.MessagePlaces
			code  timerr.Code
			desc  string
		}{
			"a group":          {wire.MessagePlaces{ConvType: 2, ConvID: "g", Positions: []uint64{1}}, 10010, "group"},
			"none":             {at("ann"), 6017, "positions has 0 messages"},
			"too many":         {at("ann", many...), 6017, "positions has 31 messages"},
			"a place too high": {at("ann", 1<<63), 6017, "positions"},
		} {
			_, err := bob.s.SendReceipts(bob.held, tt.asked)
			assert.Equal(t, tt.code, timerr.CodeOf(err), name)
			assert.Contains(t, timerr.DescOf(err), tt.desc, name)
			_, err = bob.s.Receipts(bob.held, tt.asked)
			assert.Equal(t, tt.code, timerr.CodeOf(err), name)
		}
		assert.Empty(t, asks(bob, bob.s.SendReceipts, at("nobody", 1)).Receipts)
		assert.Empty(t, asks(bob, bob.s.Receipts, at("nobody", 1)))
	})
}

func TestABackendSendsReceipts(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		pos := ann.wantsReceipt("bob", "four")
		m := ann.messageAt(t, "bob", pos)
		key := chat.MessageKey{Seq: m.Seq, Rand: m.Rand, Time: m.ServerTime}
		require.NoError(t, ann.s.ReceiptsFor(context.Background(), app, "bob", "ann", []chat.MessageKey{key}))
		for _, p := range []*player{ann, bob} {
			assert.Len(t, told[wire.Receipts](p, wire.EventReceipts), 1, p.name)
		}
		err := ann.s.ReceiptsFor(context.Background(), app, "ann", "bob", []chat.MessageKey{key})
		assert.EqualValues(t, 20022, timerr.CodeOf(err), "bob has sent no such message")
	})
}
