package chat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// talk is two nodes with ann's two devices and bob, to whom ann has said three things.
func talk(t *testing.T, test func(ann, annToo, bob *player)) {
	inBubble(t, func(t *testing.T, in *installation) {
		a, b := in.node("a", shared, multi), in.node("b", shared, multi)
		ann, annToo := in.player(a, "ann", session.Android), in.player(b, "ann", session.Linux)
		bob := in.player(b, "bob", session.Linux)
		for _, text := range []string{"one", "two", "three"} {
			ann.say("bob", text)
			time.Sleep(time.Second)
		}
		for _, p := range []*player{ann, annToo, bob} {
			p.heard()
		}
		test(ann, annToo, bob)
	})
}

var (
	withAnn = wire.ConvRef{ConvType: 1, ConvID: "ann"}
	withBob = wire.ConvRef{ConvType: 1, ConvID: "bob"}
)

func TestAReadMarkIsToldToBothSides(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		c := asks(bob, bob.s.ReportRead, wire.ReadReport{ConvType: 1, ConvID: "ann", Pos: 2})
		assert.EqualValues(t, []uint64{1, 2, 1}, []uint64{c.Unread, c.ReadPos, c.Rev})
		assert.Equal(t, []wire.Conversation{c}, told[wire.Conversation](bob, wire.EventConversation))
		want := []wire.ReadEvent{{User: "bob", ConvType: 1, ConvID: "ann", ReadPos: 2, ReadTime: c.ReadTime}}
		assert.Equal(t, want, told[wire.ReadEvent](ann, wire.EventRead))
		assert.Equal(t, want, told[wire.ReadEvent](annToo, wire.EventRead))
		assert.Equal(t, []wire.Reader{{User: "bob", ReadPos: 2, ReadTime: c.ReadTime}}, ann.conversations()[0].Others)

		again := asks(bob, bob.s.ReportRead, wire.ReadReport{ConvType: 1, ConvID: "ann", Pos: 1})
		assert.Equal(t, c, again, "a mark does not go back")
		assert.Empty(t, told[any](bob, wire.EventConversation), "and what is no news is not told")

		c = asks(bob, bob.s.ReportRead, wire.ReadReport{ConvType: 1, ConvID: "ann", Time: c.ReadTime + 1})
		assert.EqualValues(t, 3, c.ReadPos, "up to and with that second")
		nowhere := asks(bob, bob.s.ReportRead, wire.ReadReport{ConvType: 1, ConvID: "cid"})
		assert.Equal(t, wire.Conversation{ConvType: 1, ConvID: "cid"}, nowhere)
	})
}

func TestEverythingIsReadAtOnce(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		bob.say("ann", "hi")
		bob.say("bob", "a note to myself")
		assert.Len(t, asks(bob, bob.s.ReadAll, wire.ReadAll{ConvType: 2}), 0)
		read := asks(bob, bob.s.ReadAll, wire.ReadAll{})
		require.Len(t, read, 1)
		assert.Equal(t, "ann", read[0].ConvID)
		for _, c := range bob.conversations() {
			assert.Zero(t, c.Unread, c.ConvID)
		}
	})
}

func TestARecallLeavesAPlaceholder(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		m := asks(ann, ann.s.Revoke, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: 3, Reason: "typo"})
		assert.Equal(t, 6, m.Status)
		assert.Equal(t, []string{"ann", "typo"}, []string{m.RevokerUserID, m.RevokeReason})
		assert.Empty(t, m.Elements, "nothing of what it said is left")
		assert.EqualValues(t, []uint64{3, 1}, []uint64{m.Pos, m.Version})
		for _, p := range []*player{annToo, bob} {
			assert.Equal(t, []wire.Message{m}, told[wire.Message](p, wire.EventMessageChanged))
		}
		c := bob.conversations()[0]
		assert.EqualValues(t, 2, c.Unread)
		assert.Equal(t, &m, c.Last, "the placeholder is the last message")
		changes := asks(bob, bob.s.Changes, wire.ChangesSince{ConvType: 1, ConvID: "ann"})
		assert.Equal(t, wire.ChangesPage{Messages: []wire.Message{m}, Mod: 1}, changes)

		_, err := ann.s.Revoke(ann.held, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: 3})
		assert.EqualValues(t, 20023, timerr.CodeOf(err))
	})
}

func TestARecallIsTheSendersAndInTime(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		for code, asked := range map[timerr.Code]wire.Revocation{
			20022:                    {ConvType: 1, ConvID: "ann", Pos: 1}, // another user's
			timerr.InvalidParameters: {ConvType: 1, ConvID: "ann"},
			timerr.SvrGroupNotFound:  {ConvType: 2, ConvID: "ann", Pos: 1},
		} {
			_, err := bob.s.Revoke(bob.held, asked)
			assert.Equal(t, code, timerr.CodeOf(err))
		}
		_, err := ann.s.Revoke(ann.held, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: 99})
		assert.EqualValues(t, 20022, timerr.CodeOf(err))
		_, err = ann.s.Revoke(ann.held, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: 1, Reason: strings.Repeat("x", 101)})
		assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err))
		time.Sleep(118 * time.Second)
		asks(ann, ann.s.Revoke, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: 3}) // 119 s old
		_, err = ann.s.Revoke(ann.held, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: 1})
		assert.Equal(t, timerr.SvrMsgRevokeTimeLimit, timerr.CodeOf(err))
		assert.Contains(t, timerr.DescOf(err), "2m0s")
	})
}

func TestWhatOneDeletesTheOtherKeeps(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		deleted := asks(ann, ann.s.DeleteMessages, wire.MessagesDeletion{ConvType: 1, ConvID: "bob", Positions: []uint64{2, 9}})
		assert.Equal(t, wire.DeletedMessages{ConvType: 1, ConvID: "bob", Positions: []uint64{2}, Rev: 1, Pos: 3}, deleted)
		assert.Equal(t, []wire.DeletedMessages{deleted}, told[wire.DeletedMessages](annToo, wire.EventMessagesDeleted))
		assert.Equal(t, []string{"1 ann: one", "3 ann: three"}, annToo.history("bob"))
		assert.Len(t, bob.history("ann"), 3)

		page := asks(annToo, annToo.s.Conversations, wire.ConversationsSince{Rev: 0, Since: 1})
		assert.EqualValues(t, 1, page.Rev)
		bobs := asks(bob, bob.s.DeleteMessages, wire.MessagesDeletion{ConvType: 1, ConvID: "ann", Positions: []uint64{1}})
		assert.EqualValues(t, 2, bobs.Unread, "an unread one no longer counts")
		asks(bob, bob.s.DeleteMessages, wire.MessagesDeletion{ConvType: 1, ConvID: "ann", Positions: []uint64{3}})
		page = asks(bob, bob.s.Conversations, wire.ConversationsSince{Rev: 1, Since: 1})
		assert.Equal(t, []wire.DeletedMessages{{ConvType: 1, ConvID: "ann", Positions: []uint64{3}, Rev: 2}}, page.Deleted)

		_, err := bob.s.DeleteMessages(bob.held, wire.MessagesDeletion{ConvType: 1, ConvID: "ann", Positions: make([]uint64, 51)})
		assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err))
	})
}

func TestAConversationIsClearedAndDeletedForOne(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		clear := func(a *chat.Attachment, ref wire.ConvRef) (wire.Conversation, error) {
			return bob.s.ClearConversation(a, ref, false)
		}
		c := asks(bob, clear, withAnn)
		assert.EqualValues(t, []uint64{3, 0, 3}, []uint64{c.ClearPos, c.Unread, c.ReadPos})
		assert.Equal(t, []wire.Conversation{c}, told[wire.Conversation](bob, wire.EventConversation))
		assert.Empty(t, bob.history("ann"))
		assert.Len(t, ann.history("bob"), 3)

		remove := func(a *chat.Attachment, ref wire.ConvRef) (wire.Conversation, error) {
			return ann.s.ClearConversation(a, ref, true)
		}
		c = asks(ann, remove, withBob)
		assert.EqualValues(t, 3, c.DeletedPos)
		bob.say("ann", "back")
		c = annToo.conversations()[0]
		assert.EqualValues(t, []uint64{3, 4, 1}, []uint64{c.DeletedPos, c.Last.Pos, c.Unread})
		assert.Equal(t, []string{"4 bob: back"}, annToo.history("bob"))
	})
}

func TestPins(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) { cfg.Messages.Pinned = 1 })
		ann := in.player(s, "ann", session.Linux)
		in.player(s, "bob", session.Linux)
		ann.say("bob", "hi")
		ann.say("ann", "a note")
		c := asks(ann, s.PinConversation, wire.Pin{ConvType: 1, ConvID: "bob", IsPinned: true})
		assert.Equal(t, time.Now().UnixMilli(), c.PinnedAt)
		_, err := s.PinConversation(ann.held, wire.Pin{ConvType: 1, ConvID: "ann", IsPinned: true})
		assert.EqualValues(t, 51012, timerr.CodeOf(err))
		assert.Zero(t, asks(ann, s.PinConversation, wire.Pin{ConvType: 1, ConvID: "bob"}).PinnedAt)
	})
}

func TestWhatIsDoneAgainIsNoNews(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		remove := func(a *chat.Attachment, ref wire.ConvRef) (wire.Conversation, error) {
			return bob.s.ClearConversation(a, ref, true)
		}
		first := asks(bob, remove, withAnn)
		assert.Len(t, told[any](bob, wire.EventConversation), 1)
		assert.Equal(t, first, asks(bob, remove, withAnn))
		assert.Equal(t, first, asks(bob, bob.s.PinConversation, wire.Pin{ConvType: 1, ConvID: "ann"}))
		assert.Empty(t, told[any](bob, wire.EventConversation))
	})
}
