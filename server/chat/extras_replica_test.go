package chat_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// What a replica keeps of extensions and reactions, and what the talkers do with them.

// extraKey names an extension or a reaction of a message.
type extraKey struct {
	pos      uint64
	reaction bool
	name     string
}

func (c *known) forgetExtras(of func(pos uint64) bool) {
	maps.DeleteFunc(c.extras, func(key extraKey, _ any) bool { return of(key.pos) })
}

// extrasChanged takes an event, and asks for changes before it.
func (d *replica) extrasChanged(v wire.Extras) {
	id := v.ConvID
	if v.User != d.name {
		id = v.User
	}
	c := d.conv(id)
	if v.Pos > c.Pos {
		d.pull(c)
	}
	if v.Mod > c.Mod+1 {
		d.pullChanges(c)
	} else if v.Mod == c.Mod+1 {
		c.Mod = v.Mod
		d.takeExtras(c, v)
	}
}

func (d *replica) takeExtras(c *known, v wire.Extras) {
	for _, e := range v.Extensions {
		key := extraKey{v.Pos, false, e.Key}
		if delete(c.extras, key); !e.Deleted {
			c.extras[key] = e
		}
	}
	for _, r := range v.Reactions {
		key := extraKey{v.Pos, true, r.ID}
		r.Mine = r.Mine || slices.Contains(r.UserIDs, d.name)
		r.UserIDs = nil
		if delete(c.extras, key); r.Total > 0 {
			c.extras[key] = r
		}
	}
}

// compareExtras requires that the device has what the server has of the messages that the
// user has.
func (d *replica) compareExtras(mine *known) {
	want := map[extraKey]any{}
	for pos := range mine.messages {
		for _, e := range asks(d.player, d.s.Extensions, wire.MessageRef{ConvType: 1, ConvID: mine.ConvID, Pos: pos}).Extensions {
			want[extraKey{pos, false, e.Key}] = e
		}
		query := wire.ReactionsQuery{ConvType: 1, ConvID: mine.ConvID, Positions: []uint64{pos}, Users: 10}
		for _, r := range asks(d.player, d.s.Reactions, query)[0].Reactions {
			want[extraKey{pos, true, r.ID}] = r
		}
	}
	have := maps.Clone(mine.extras) // of a message that the user has deleted it may have heard afterwards
	maps.DeleteFunc(have, func(key extraKey, _ any) bool { _, there := mine.messages[key.pos]; return !there })
	require.Equal(d.t, want, have, "%s with %s", d.name, mine.ConvID)
}

// mayRefuse are what the server says when somebody was faster.
var mayRefuse = []timerr.Code{20022, 20023, 23003, 23007, 23008, 23009}

// extend writes or deletes extensions of a message, knowing what the device has heard.
func (w *world) extend(d *replica, peer string, pos uint64) {
	write := wire.ExtensionsWrite{ConvType: 1, ConvID: peer, Pos: pos}
	for _, key := range []string{"a", "b", "c"}[:1+w.random.IntN(3)] {
		known, _ := d.conv(peer).extras[extraKey{pos, false, key}].(wire.Extension)
		write.Extensions = append(write.Extensions, wire.Extension{Key: key, Value: fmt.Sprint(w.random.IntN(9)), Seq: known.Seq})
	}
	do := d.s.SetExtensions
	switch w.random.IntN(4) {
	case 0:
		do = d.s.DeleteExtensions
	case 1:
		do = d.s.DeleteExtensions
		write.Extensions = nil
	}
	_, err := do(d.held, write)
	if err != nil {
		require.Contains(d.t, mayRefuse, timerr.CodeOf(err), err)
	}
}

func (w *world) react(d *replica, peer string, pos uint64) {
	do := d.s.AddReaction
	if w.random.IntN(2) == 0 {
		do = d.s.RemoveReaction
	}
	err := do(d.held, wire.ReactionRef{ConvType: 1, ConvID: peer, Pos: pos, ID: []string{"thumb", "heart"}[w.random.IntN(2)]})
	if err != nil {
		require.Contains(d.t, mayRefuse, timerr.CodeOf(err), err)
	}
}
