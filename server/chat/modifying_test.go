package chat_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// modified is what a modification of a message of withWhom says.
func modified(withWhom string, pos, edition uint64, text string) wire.Modification {
	m := textTo(withWhom, "", text)
	return wire.Modification{ConvType: 1, ConvID: withWhom, Pos: pos, Edition: edition, Elements: m.Elements}
}

func TestAModificationIsToldToBothSides(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		asked := modified("ann", 2, 0, "2") // bob modifies what ann has said
		asked.CloudCustom = "by bob"
		answer := asks(bob, bob.s.Modify, asked)
		require.False(t, answer.Outdated)
		m := answer.Message
		assert.Equal(t, []string{"ann", "by bob"}, []string{m.Sender, m.CloudCustom})
		assert.EqualValues(t, []uint64{2, 1, 1, 7, 9}, []uint64{m.Pos, m.Version, m.Edition, m.Seq, m.Rand})
		assert.Equal(t, []string{"2"}, textsOf(m))
		for _, p := range []*player{ann, annToo} {
			assert.Equal(t, []wire.Message{m}, told[wire.Message](p, wire.EventMessageChanged))
		}
		assert.Empty(t, told[wire.Message](bob, wire.EventMessageChanged), "who asked has the answer")
		assert.EqualValues(t, 3, bob.conversations()[0].Unread)
		changes := asks(ann, ann.s.Changes, wire.ChangesSince{ConvType: 1, ConvID: "bob"})
		assert.Equal(t, []wire.Message{m}, changes.Messages)

		again := asks(bob, bob.s.Modify, asked)
		assert.Equal(t, answer, again, "a modification that comes twice is answered like the first time")
		assert.Empty(t, told[wire.Message](ann, wire.EventMessageChanged))
	})
}

func TestOfTwoWritersTheSecondIsOutdated(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		first := asks(ann, ann.s.Modify, modified("bob", 2, 0, "ann's")).Message
		answer := asks(bob, bob.s.Modify, modified("ann", 2, 0, "bob's"))
		assert.Equal(t, wire.Modified{Message: first, Outdated: true}, answer, "the newest message comes back")
		assert.Len(t, told[wire.Message](annToo, wire.EventMessageChanged), 1, "and nothing was changed")
		last := asks(bob, bob.s.Modify, modified("ann", 2, answer.Message.Edition, "bob's"))
		assert.False(t, last.Outdated)
		assert.EqualValues(t, 2, last.Message.Edition)
		assert.Equal(t, []string{"1 ann: one", "2 ann: bob's", "3 ann: three"}, ann.history("bob"))
	})
}

func TestWhatCannotBeModified(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		asks(ann, ann.s.Revoke, wire.Revocation{ConvType: 1, ConvID: "bob", Pos: 3})
		asks(bob, bob.s.DeleteMessages, wire.MessagesDeletion{ConvType: 1, ConvID: "ann", Positions: []uint64{1}})
		bad := modified("ann", 2, 0, "x")
		bad.Elements = []json.RawMessage{json.RawMessage(`{"elem_type":0}`)}
		for _, tt := range []struct {
			name  string
			asked wire.Modification
			code  timerr.Code
			desc  string
		}{
			{"no conversation", wire.Modification{ConvType: 7}, 6017, "conv_type"},
			{"a group", wire.Modification{ConvType: 2, ConvID: "g"}, 10010, "group"},
			{"no place", modified("ann", 0, 0, "x"), 6017, "pos"},
			{"a place in the sky", modified("ann", 1<<63, 0, "x"), 6017, "pos"},
			{"nobody's message", modified("ann", 9, 0, "x"), 20022, "no message 9"},
			{"one that the user has deleted", modified("ann", 1, 0, "x"), 20022, "no message 1"},
			{"one that was recalled", modified("ann", 3, 0, "x"), 20023, "recalled"},
			{"nobody's conversation", modified("nobody", 1, 0, "x"), 20003, "nobody"},
			{"nothing", wire.Modification{ConvType: 1, ConvID: "ann", Pos: 2}, 6017, "message_elem_array"},
			{"a bad element", bad, 6017, "message_elem_array[0].text_elem_content"},
			{"too much", modified("ann", 2, 0, strings.Repeat("x", 12<<10+1)), 80002, "12289 bytes"},
		} {
			_, err := bob.s.Modify(bob.held, tt.asked)
			assert.Equal(t, tt.code, timerr.CodeOf(err), tt.name)
			assert.Contains(t, timerr.DescOf(err), tt.desc, tt.name)
		}
		assert.EqualValues(t, 1, ann.conversations()[0].Mod, "the recall alone")
	})
}

// elements of the kinds that users cannot put in, take out or change.
const (
	aFile   = `{"elem_type":4,"file_elem_url":"https://files/1","file_elem_file_size":7}`
	another = `{"elem_type":4,"file_elem_url":"https://files/2","file_elem_file_size":7}`
	aText   = `{"elem_type":0,"text_elem_content":"x"}`
	aFace   = `{"elem_type":6,"face_elem_index":1}`
)

func TestElementsOfOtherKindsStayAsTheyAre(t *testing.T) {
	talk(t, func(ann, _, bob *player) {
		m := textTo("bob", "m", "")
		list := func(elements ...string) (all []json.RawMessage) {
			for _, one := range elements {
				all = append(all, json.RawMessage(one))
			}
			return all
		}
		m.Elements = list(aFile, aText, another)
		sent := ann.s.SendMessages(ann.held, []wire.Message{m})[0].Sent
		modify := func(elements ...string) (wire.Modified, error) {
			edition := ann.messageAt(t, "bob", sent.Pos).Edition
			return ann.s.Modify(ann.held, wire.Modification{ConvType: 1, ConvID: "bob", Pos: sent.Pos, Edition: edition, Elements: list(elements...)})
		}
		for name, tt := range map[string]struct {
			elements []string
			desc     string
		}{
			"a file that is added":  {[]string{aFile, another, aFile}, "message_elem_array[2] is of a kind that cannot be added"},
			"a file that is gone":   {[]string{aFile, aText}, "lacks an element"},
			"a file that is bent":   {[]string{aText, another, another}, "message_elem_array[1].file_elem_url cannot be modified"},
			"files that are turned": {[]string{another, aFile}, "message_elem_array[0].file_elem_url cannot be modified"},
			"a sound for a file":    {[]string{`{"elem_type":2,"sound_elem_url":"https://files/1"}`, another}, "message_elem_array[0].elem_type cannot be modified"},
		} {
			_, err := modify(tt.elements...)
			assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err), name)
			assert.Contains(t, timerr.DescOf(err), tt.desc, name)
		}
		handedBack := `{"file_elem_file_path":"/home/ann/1","file_elem_file_size":7,"elem_type":4,"file_elem_url":"https://files/1"}`
		answer, err := modify(aFace, handedBack, another)
		require.NoError(t, err)
		assert.Equal(t, list(aFace, aFile, another), answer.Message.Elements, "without what is ann's device's alone")
		_, err = modify(aFile, another)
		assert.NoError(t, err, "the others may go")
	})
}

// messageAt returns one message of a conversation.
func (p *player) messageAt(t *testing.T, with string, pos uint64) wire.Message {
	t.Helper()
	page := asks(p, p.s.Messages, wire.MessagesRange{ConvType: 1, ConvID: with, FromPos: pos, ToPos: pos, Count: 1})
	require.Len(t, page.Messages, 1)
	return page.Messages[0]
}

func TestABackendModifies(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		m := ann.messageAt(t, "bob", 2)
		key := chat.MessageKey{Seq: m.Seq, Rand: m.Rand, Time: m.ServerTime}
		cloud := "c"
		got, err := ann.s.ModifyFor(context.Background(), app, chat.BackendModification{From: "ann", To: "bob", Key: key, Cloud: &cloud})
		require.NoError(t, err)
		assert.Equal(t, []string{"two"}, textsOf(got), "what is not given stays")
		assert.Equal(t, "c", got.CloudCustom)
		got, err = ann.s.ModifyFor(context.Background(), app, chat.BackendModification{From: "ann", To: "bob", Key: key,
			Elements: []json.RawMessage{json.RawMessage(aFile)}})
		require.NoError(t, err)
		assert.EqualValues(t, []uint64{2, 2}, []uint64{got.Edition, got.Version})
		assert.Equal(t, "c", got.CloudCustom)
		for _, p := range []*player{ann, annToo, bob} {
			assert.Len(t, told[wire.Message](p, wire.EventMessageChanged), 2, p.name)
		}
		long := strings.Repeat("x", 12<<10)
		_, err = ann.s.ModifyFor(context.Background(), app, chat.BackendModification{From: "ann", To: "bob", Key: key, Cloud: &long})
		assert.Equal(t, timerr.SvrCommBodySizeLimit, timerr.CodeOf(err), "both together are too long")
		key.Rand++
		_, err = ann.s.ModifyFor(context.Background(), app, chat.BackendModification{From: "ann", To: "bob", Key: key, Cloud: &cloud})
		assert.EqualValues(t, 20022, timerr.CodeOf(err))
	})
}
