package chat_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

var (
	toBob  = []string{"c2c_bob"}
	sorted = wire.EventConversationsSorted
)

func TestLabelsReachAllDevicesOfTheirUserAlone(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		answer := asks(ann, ann.s.MarkConversations, wire.ConvMarking{ConvIDs: toBob, Mark: 1 << 63, Enable: true})
		assert.Equal(t, []wire.ConvResult{{ConvID: "c2c_bob"}}, answer.Results)
		want := wire.LabelsChange{Rev: 1, Conversations: []wire.ConvLabels{{ConvType: 1, ConvID: "bob", Marks: 1 << 63}}}
		assert.Equal(t, &want, answer.Change)
		for _, p := range []*player{ann, annToo} {
			assert.Equal(t, []wire.LabelsChange{want}, told[wire.LabelsChange](p, sorted))
		}
		again := asks(annToo, annToo.s.MarkConversations, wire.ConvMarking{ConvIDs: toBob, Mark: 1 << 63, Enable: true})
		assert.Nil(t, again.Change)
		asks(annToo, annToo.s.SetCustomData, wire.ConvCustomData{ConvIDs: toBob, Data: "x"})
		c := ann.conversations()[0]
		assert.Equal(t, []any{uint64(1 << 63), "x", uint64(2)}, []any{c.Marks, c.Custom, c.Rev})
		assert.Zero(t, bob.conversations()[0].Marks)
		assert.Empty(t, told[any](bob, sorted))
	})
}

func TestConversationGroups(t *testing.T) {
	talk(t, func(ann, annToo, _ *player) {
		made := asks(ann, ann.s.CreateConvGroup, wire.ConvGrouping{Name: "work", ConvIDs: []string{"c2c_bob", "c2c_cid", "bob", "group_g"}})
		var codes []int
		for _, one := range made.Results {
			codes = append(codes, one.Code)
		}
		assert.Equal(t, []int{0, 50002, 6017, 10010}, codes)
		assert.Equal(t, []wire.ConvGroup{{ID: 1, Name: "work"}}, made.Change.Groups)
		assert.Equal(t, []uint64{1}, made.Change.Conversations[0].Groups)
		renamed := asks(annToo, annToo.s.RenameConvGroup, wire.ConvGroupRenaming{OldName: "work", NewName: "job"})
		assert.Equal(t, []wire.ConvGroup{{ID: 1, Name: "job"}}, renamed.Change.Groups)
		page := asks(ann, ann.s.Conversations, wire.ConversationsSince{Rev: 1, Since: 1})
		assert.Equal(t, renamed.Change.Groups, page.Groups)
		asks(ann, ann.s.DeleteFromConvGroup, wire.ConvGrouping{Name: "job", ConvIDs: toBob})
		assert.Empty(t, ann.conversations()[0].Groups)
		asks(ann, ann.s.AddToConvGroup, wire.ConvGrouping{Name: "job", ConvIDs: toBob})
		asks(ann, ann.s.DeleteConvGroup, wire.ConvGrouping{Name: "job"})
		changes := told[wire.LabelsChange](annToo, sorted)
		require.Len(t, changes, 5)
		assert.True(t, changes[4].GroupsChanged)
		assert.Empty(t, changes[4].Groups)
		page = asks(ann, ann.s.Conversations, wire.ConversationsSince{Rev: 4, Since: 1})
		assert.True(t, page.GroupsChanged)
		assert.Empty(t, page.Groups)
	})
}

func TestWhatLabelsAreRefusedNamesTheField(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) {
			cfg.Messages.Labels.Groups = 1
		})
		ann := in.player(s, "ann", session.Linux)
		in.player(s, "bob", session.Linux)
		ann.say("bob", "hi")
		for _, tt := range []struct {
			code  timerr.Code
			field string
			ask   func() (wire.Sorted, error)
		}{
			{50002, "mark_type", func() (wire.Sorted, error) {
				return s.MarkConversations(ann.held, wire.ConvMarking{ConvIDs: toBob, Mark: 1 << 4})
			}},
			{50002, "mark_type", func() (wire.Sorted, error) { return s.MarkConversations(ann.held, wire.ConvMarking{ConvIDs: toBob}) }},
			{51006, "conversation_id_array", func() (wire.Sorted, error) { return s.MarkConversations(ann.held, wire.ConvMarking{Mark: 1}) }},
			{51006, "conversation_id_array", func() (wire.Sorted, error) {
				return s.SetCustomData(ann.held, wire.ConvCustomData{ConvIDs: make([]string, 101)})
			}},
			{50002, "custom_data has 257 bytes", func() (wire.Sorted, error) {
				return s.SetCustomData(ann.held, wire.ConvCustomData{ConvIDs: toBob, Data: strings.Repeat("x", 257)})
			}},
			{51011, "group_name", func() (wire.Sorted, error) {
				return s.CreateConvGroup(ann.held, wire.ConvGrouping{Name: strings.Repeat("x", 33), ConvIDs: toBob})
			}},
			{51011, "group_name", func() (wire.Sorted, error) { return s.DeleteConvGroup(ann.held, wire.ConvGrouping{}) }},
			{51011, "new_name", func() (wire.Sorted, error) {
				return s.RenameConvGroup(ann.held, wire.ConvGroupRenaming{OldName: "x"})
			}},
			{51009, "conversation group", func() (wire.Sorted, error) {
				return s.AddToConvGroup(ann.held, wire.ConvGrouping{Name: "x", ConvIDs: toBob})
			}},
			{0, "", func() (wire.Sorted, error) {
				return s.CreateConvGroup(ann.held, wire.ConvGrouping{Name: "x", ConvIDs: toBob})
			}},
			{51010, "group_name", func() (wire.Sorted, error) {
				return s.CreateConvGroup(ann.held, wire.ConvGrouping{Name: "y", ConvIDs: toBob})
			}},
		} {
			_, err := tt.ask()
			assert.Equal(t, tt.code, timerr.CodeOf(err), tt.field)
			assert.Contains(t, timerr.DescOf(err), tt.field)
		}
	})
}

func TestOnlySoManyConversationsHaveLabels(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a", func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) { cfg.Messages.Labels.Labelled = 1 })
		ann := in.player(s, "ann", session.Linux)
		in.player(s, "bob", session.Linux)
		ann.say("bob", "hi")
		ann.say("ann", "a note")
		answer := asks(ann, s.MarkConversations, wire.ConvMarking{ConvIDs: []string{"c2c_bob", "c2c_ann"}, Mark: 1, Enable: true})
		assert.Equal(t, []int{0, 51008}, []int{answer.Results[0].Code, answer.Results[1].Code})
	})
}

func TestSeveralConversationsAreDeleted(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		answer := asks(ann, ann.s.DeleteConversations, wire.ConvListDeletion{ConvIDs: []string{"c2c_bob", "c2c_cid", "x"}})
		assert.Equal(t, []int{0, 0, 6017}, []int{answer.Results[0].Code, answer.Results[1].Code, answer.Results[2].Code})
		require.Len(t, answer.Conversations, 2)
		assert.EqualValues(t, []uint64{3, 0}, []uint64{answer.Conversations[0].DeletedPos, answer.Conversations[0].ClearPos})
		assert.Len(t, annToo.history("bob"), 3)
		assert.Len(t, told[wire.Conversation](annToo, wire.EventConversation), 1)
		asks(ann, ann.s.DeleteConversations, wire.ConvListDeletion{ConvIDs: toBob, Messages: true})
		assert.Empty(t, annToo.history("bob"))
		assert.Len(t, bob.history("ann"), 3)
		_, err := ann.s.DeleteConversations(ann.held, wire.ConvListDeletion{})
		assert.EqualValues(t, 51006, timerr.CodeOf(err))
	})
}

func TestAConversationKnowsTheOtherOnesName(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		ann := in.player(s, "ann", session.Linux)
		require.NoError(t, s.ImportAccounts(t.Context(), app, []chat.NewAccount{{User: "bob", Nick: "Bob", FaceURL: "u"}}))
		want := &wire.SenderProfile{User: "bob", Nick: "Bob", FaceURL: "u"}
		none := asks(ann, s.Conversation, withBob)
		assert.Equal(t, wire.Conversation{ConvType: 1, ConvID: "bob", Peer: want}, none)
		ann.say("bob", "hi")
		assert.Equal(t, want, asks(ann, s.Conversation, withBob).Peer)
		assert.Equal(t, want, ann.conversations()[0].Peer)
		assert.Equal(t, ann.conversations()[0], asks(ann, s.Conversation, withBob))
		nobody := asks(ann, s.Conversation, wire.ConvRef{ConvType: 1, ConvID: "nobody"})
		assert.Nil(t, nobody.Peer)
	})
}
