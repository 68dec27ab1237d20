package chat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
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

func TestAllMessagesAreReceivedOtherwise(t *testing.T) {
	talk(t, func(ann, annToo, bob *player) {
		night := wire.AllReceiveOption{Level: 2, Hour: 22, Minute: 30, Second: 5, Duration: 8 * 3600, Zone: 3600}
		set := asks(ann, ann.s.SetAllReceive, night)
		night.Rev = 1
		assert.Equal(t, night, set)
		for _, p := range []*player{ann, annToo} {
			assert.Equal(t, []wire.AllReceiveOption{night}, told[wire.AllReceiveOption](p, wire.EventAllReceiveOption))
			got, err := p.s.AllReceive(p.held)
			require.NoError(t, err)
			assert.Equal(t, night, got)
		}
		page := asks(annToo, annToo.s.Conversations, wire.ConversationsSince{Since: 1})
		assert.Equal(t, &night, page.AllReceive)
		assert.EqualValues(t, 1, page.Rev)
		assert.Nil(t, asks(bob, bob.s.Conversations, wire.ConversationsSince{}).AllReceive)
		bob.say("ann", "hi")
		assert.Equal(t, []string{"1 ann: one"}, bob.history("ann")[:1])
		assert.Equal(t, []string{"4 bob: hi"}, annToo.heard(), "it is received")

		for field, asked := range map[string]wire.AllReceiveOption{
			"opt is 1":               {Level: 1},
			"start_hour is 24":       {Level: 2, Hour: 24},
			"start_minute is -1":     {Level: 2, Minute: -1},
			"start_second is 60":     {Level: 2, Second: 60},
			"start_time_stamp is -":  {Level: 2, StartTime: -1},
			"duration is 4294967296": {Level: 2, Duration: 1 << 32},
			"utc_offset is 90000":    {Level: 2, Zone: 90000},
		} {
			_, err := ann.s.SetAllReceive(ann.held, asked)
			assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err), field)
			assert.Contains(t, timerr.DescOf(err), field)
		}
	})
}

func TestWhenAUserIsQuiet(t *testing.T) {
	at := func(text string) time.Time {
		moment, err := time.Parse(time.DateTime, "2026-03-04 "+text)
		require.NoError(t, err)
		return moment
	}
	night := chat.AllReceive{Option: 2, DayStart: 22 * 3600, Duration: 8 * 3600}
	east, west := night, night
	east.Zone, west.Zone = 2*3600, -2*3600
	once := chat.AllReceive{Option: 3, StartAt: at("12:00:00").Unix(), Duration: 60}
	for _, tt := range []struct {
		name string
		r    chat.AllReceive
		time string
		want bool
	}{
		{"nothing was set", chat.AllReceive{}, "12:00:00", false},
		{"before the night", night, "21:59:59", false},
		{"the night begins", night, "22:00:00", true},
		{"after midnight", night, "05:59:59", true},
		{"the night is over", night, "06:00:00", false},
		{"in the east it begins sooner", east, "20:00:00", true},
		{"and ends sooner", east, "04:00:00", false},
		{"in the west later", west, "23:59:59", false},
		{"and ends later", west, "07:59:59", true},
		{"a night that was taken back", chat.AllReceive{DayStart: 22 * 3600, Duration: 8 * 3600}, "23:00:00", false},
		{"always", chat.AllReceive{Option: 2, DayStart: 5, Duration: 86400}, "00:00:01", true},
		{"no time at all", chat.AllReceive{Option: 2}, "00:00:00", false},
		{"before what is once", once, "11:59:59", false},
		{"it begins", once, "12:00:00", true},
		{"it is over", once, "12:01:00", false},
	} {
		assert.Equal(t, tt.want, tt.r.Quiet(at(tt.time)), tt.name)
	}
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
	if w.random.IntN(4) == 0 {
		w.quiet[d.name] = asks(d.player, d.s.SetAllReceive, wire.AllReceiveOption{Level: 2, Second: option, Duration: 5})
		return
	}
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
	require.Equal(d.t, w.quiet[d.name], d.all, d.name)
	var want []wire.Unheard
	for _, one := range w.unheard[d.name+" "+c.ConvID] {
		if one.Last == 0 || one.Last > c.ClearPos {
			want = append(want, one)
		}
	}
	require.Equal(d.t, want, c.Unheard, "%s with %s", d.name, c.ConvID)
}
