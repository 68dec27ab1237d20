package chat_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func receiveOption(option int, users ...string) wire.ReceiveOption {
	return wire.ReceiveOption{Users: users, Option: option}
}

func TestAReceiveOptionReachesTheUsersDevices(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		set := asks(ann, ann.s.SetReceiveOption, receiveOption(1, "bob", "ann"))
		require.Len(t, set, 2)
		assert.Equal(t, []any{"bob", 1, []wire.Unheard{{First: 4}}}, []any{set[0].ConvID, set[0].RecvOpt, set[0].Unheard})
		for _, p := range []*player{ann, annToo} {
			assert.Equal(t, set, told[wire.Conversation](p, wire.EventConversation))
		}
		assert.Empty(t, told[any](bob, wire.EventConversation))
		bob.say("ann", "psst")
		c := annToo.conversations()
		for _, one := range c {
			assert.Zero(t, one.Unread, one.ConvID)
		}
		assert.Equal(t, []wire.UserReceiveOption{{User: "bob", Option: 1}, {User: "cid"}},
			asks(annToo, annToo.s.ReceiveOptions, wire.UserIDs{Users: []string{"bob", "cid"}}))
		set = asks(annToo, annToo.s.SetReceiveOption, receiveOption(2, "bob"))
		assert.Equal(t, []wire.Unheard{{First: 4, Last: 4}}, set[0].Unheard)
		assert.EqualValues(t, 3, set[0].Last.Pos)
		assert.Zero(t, set[0].Unread)
	})
}

func TestReceiveOptionsThatAreRefused(t *testing.T) {
	talk(t, func(ann, _, _ *player) {
		for _, tt := range []struct {
			asked wire.ReceiveOption
			code  timerr.Code
			desc  string
		}{
			{receiveOption(3, "bob"), timerr.InvalidParameters, "opt is 3"},
			{receiveOption(-1, "bob"), timerr.InvalidParameters, "opt is -1"},
			{receiveOption(1), timerr.InvalidParameters, "json_identifier_array has 0 users"},
			{receiveOption(1, make([]string, 31)...), timerr.InvalidParameters, "json_identifier_array has 31 users"},
			{receiveOption(1, "bob", "b\n"), timerr.InvalidParameters, "json_identifier_array[1]"},
			{receiveOption(1, "bob", "nobody"), timerr.SvrMsgInvalidID, "nobody"},
		} {
			_, err := ann.s.SetReceiveOption(ann.held, tt.asked)
			assert.Equal(t, tt.code, timerr.CodeOf(err), tt.desc)
			assert.Contains(t, timerr.DescOf(err), tt.desc)
		}
		_, err := ann.s.ReceiveOptions(ann.held, wire.UserIDs{Users: []string{""}})
		assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err))
		assert.Empty(t, told[any](ann, wire.EventConversation), "nothing was set")
	})
}

// misses says whether the user did not receive a message when it came.
func (c *known) misses(user string, m wire.Message) bool {
	for _, one := range c.Unheard {
		if m.Sender != user && m.Pos >= one.First && (one.Last == 0 || m.Pos <= one.Last) {
			return true
		}
	}
	return false
}

// receives sets how a device's user receives a peer's messages.
func (w *world) receives(d *replica, peer string) {
	option := w.random.IntN(3)
	_, err := d.s.SetReceiveOption(d.held, receiveOption(option, peer))
	require.NoError(d.t, err)
	w.option(d, peer, option)
}

// option keeps what was set, and the places that were not received: the truth that the server
// is compared with.
func (w *world) option(d *replica, peer string, option int) {
	key, places := d.name+" "+peer, w.unheard[d.name+" "+peer]
	last := len(places) - 1
	pos := asks(d.player, d.s.Messages, wire.MessagesRange{ConvType: 1, ConvID: peer, Count: 1}).Pos
	switch was := w.options[key]; {
	case option == 1 && was != 1:
		places = append(places, wire.Unheard{First: pos + 1})
	case option != 1 && was == 1 && places[last].First > pos:
		places = places[:last]
	case option != 1 && was == 1:
		places[last].Last = pos
	}
	w.options[key], w.unheard[key] = option, places
}

// compareUnheard requires that a device knows what its user did not receive and has not cleared,
// and that it is not the last message.
func (w *world) compareUnheard(d *replica, c *known) {
	var want []wire.Unheard
	for _, one := range w.unheard[d.name+" "+c.ConvID] {
		if one.Last == 0 || one.Last > c.ClearPos {
			want = append(want, one)
		}
	}
	require.Equal(d.t, want, c.Unheard, "%s with %s", d.name, c.ConvID)
}
