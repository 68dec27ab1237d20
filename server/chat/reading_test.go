package chat_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/session"
)

func TestCatchingUpNeedsTwoNumbers(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		all := asks(bob, bob.s.Conversations, wire.ConversationsSince{})
		assert.Len(t, all.Conversations, 1)
		again := func() wire.ConversationsPage {
			return asks(bob, bob.s.Conversations, wire.ConversationsSince{Rev: all.Rev, Since: all.Since})
		}
		assert.Len(t, again().Conversations, 1, "the last minutes are told again")
		time.Sleep(5 * time.Minute)
		all = again()
		assert.Len(t, all.Conversations, 1)
		all = again()
		assert.Empty(t, all.Conversations)

		ann.say("bob", "four")
		page := again()
		assert.EqualValues(t, 4, page.Conversations[0].Pos)
		assert.EqualValues(t, 4, page.Conversations[0].Unread)
		assert.Equal(t, "ann", page.Conversations[0].ConvID)
	})
}

func TestConversationsComeInPages(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann := in.player(s, "ann", session.Linux)
		for i := range 5 {
			in.player(s, fmt.Sprint("user ", i), session.Linux)
			ann.say(fmt.Sprint("user ", i), "hi")
		}
		seen := map[string]int{}
		asked := wire.ConversationsSince{Count: 2}
		for {
			page := asks(ann, s.Conversations, asked)
			for _, c := range page.Conversations {
				seen[c.ConvID]++
			}
			if asked.After = page.Next; page.Next == "" {
				break
			}
		}
		assert.Equal(t, map[string]int{"user 0": 1, "user 1": 1, "user 2": 1, "user 3": 1, "user 4": 1}, seen)
	})
}

func TestHistoryGoesBothWays(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		back := asks(bob, bob.s.Messages, wire.MessagesRange{ConvType: 1, ConvID: "ann", Count: 2, NewestFirst: true})
		assert.Equal(t, []string{"3 ann: three", "2 ann: two"}, []string{shows(back.Messages[0]), shows(back.Messages[1])})
		assert.EqualValues(t, []uint64{2, 3, 1, 3}, []uint64{back.WholeFrom, back.WholeTo, back.FirstPos, back.Pos})
		first := back.Messages[1].ServerTime
		forth := asks(ann, ann.s.Messages, wire.MessagesRange{ConvType: 1, ConvID: "bob", Count: 9, FromTime: first, ToTime: first})
		assert.Len(t, forth.Messages, 1)
		assert.EqualValues(t, []uint64{2, 2}, []uint64{forth.WholeFrom, forth.WholeTo})
	})
}

func TestWhatReadersMayNotAsk(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann := in.player(s, "ann", session.Linux)
		for name, asked := range map[string]wire.MessagesRange{
			"no message":          {ConvType: 1, ConvID: "bob"},
			"too many":            {ConvType: 1, ConvID: "bob", Count: 201},
			"nobody's":            {ConvType: 1, Count: 1},
			"a time long before":  {ConvType: 1, ConvID: "bob", Count: 1, FromTime: -1},
			"a time far away":     {ConvType: 1, ConvID: "bob", Count: 1, ToTime: 1 << 50},
			"a place beyond all":  {ConvType: 1, ConvID: "bob", Count: 1, FromPos: 1 << 63},
			"another such, above": {ConvType: 1, ConvID: "bob", Count: 1, ToPos: 1 << 63},
		} {
			_, err := s.Messages(ann.held, asked)
			assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err), name)
		}
		for name, asked := range map[string]wire.ConversationsSince{
			"a strange page":  {After: "x"},
			"a page below":    {After: "-1"},
			"too many":        {Count: 501},
			"less than none":  {Count: -1},
			"a rev too high":  {Rev: 1 << 63},
			"a time before 0": {Since: -1},
		} {
			_, err := s.Conversations(ann.held, asked)
			assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err), name)
		}
		_, err := s.Changes(ann.held, wire.ChangesSince{ConvType: 1, ConvID: "bob", Mod: 1 << 63})
		assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err))
	})
}
