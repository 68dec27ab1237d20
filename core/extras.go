package core

import (
	"slices"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/wire"
)

// extrasNews is what has changed of a message's extensions and reactions.
type extrasNews struct {
	c *conversation
	wire.Extras
}

// reactionChange tells which reactions of a message have changed.
type reactionChange struct {
	MsgID     string     `json:"message_reaction_change_info_msg_id"`
	Reactions []reaction `json:"message_reaction_change_info_reaction_list"`
}

// extrasLive takes an event. Of changes that came before it and are not known, the server is
// asked.
func (m *messenger) extrasLive(v wire.Extras) {
	key := convKey{v.ConvType, v.ConvID}
	if v.ConvType == int(tim.ConvTypeC2C) && v.User != m.user {
		key.id = v.User
	}
	c := m.conversation(key)
	switch {
	case c == nil || v.Mod <= c.Mod: // nothing is known of it, or this is
	case v.Mod == c.Mod+1:
		m.update(func() error {
			c.Mod = v.Mod
			return first(m.takeExtras(c, v), m.keep(c))
		})
	case m.synced: // else the sync asks
		m.askChanges(c, c.Mod, func(error) { m.tell() })
	}
}

// takeExtras takes what has changed of a message, unless the user has deleted it. The game is
// not told of a message that is not received.
func (m *messenger) takeExtras(c *conversation, v wire.Extras) error {
	row, found, err := m.cache.At(c.Number, cache.Place{Pos: v.Pos})
	if err != nil || v.Pos <= max(c.ClearPos, c.DeletedPos) || !found && m.isWhole(c, v.Pos) {
		return err
	}
	if n := &m.news; !c.silent(kept{flags: row.Flags}) {
		n.extras = append(n.extras, extrasNews{c, v})
		n.extras = n.extras[max(0, len(n.extras)-maxNewsWaiting):]
	}
	if len(v.Extensions) == 0 {
		return nil
	}
	return m.learn(c, v.Pos, func(known *extensionCopy) {
		for _, one := range v.Extensions {
			known.take(one)
		}
	})
}

// isWhole says whether all that is at a place is known.
func (m *messenger) isWhole(c *conversation, pos uint64) bool {
	holes, err := m.cache.Holes(c.Number, cache.Range{First: pos, Last: pos})
	return err == nil && len(holes) == 0
}

// forgetExtras forgets what a message had when it was recalled.
func (m *messenger) forgetExtras(c *conversation, pos uint64) error {
	m.news.extras = slices.DeleteFunc(m.news.extras, func(v extrasNews) bool { return v.c == c && v.Pos == pos })
	return m.cache.PutExtensions(c.Number, pos, nil)
}

// tellExtras tells what has changed of the messages that the game has heard of. What is about
// others waits for them.
func (m *messenger) tellExtras() bool {
	waiting := m.news.extras
	m.news.extras = nil
	var reactions []any
	for i, v := range waiting {
		if v.Pos > v.c.told {
			m.news.extras = append(m.news.extras, v)
			continue
		}
		if !m.tellExtensions(&v) {
			m.news.extras = append(append(m.news.extras, v), waiting[i+1:]...)
			m.news.reactions = append(m.news.reactions, reactions...)
			return false
		}
		if len(v.Reactions) > 0 {
			reactions = append(reactions, reactionChange{v.MsgID, m.reactions(v.Reactions)})
		}
	}
	m.news.reactions = append(m.news.reactions, reactions...)
	return m.tellList(&m.news.reactions, m.client.game.ReactionsChanged)
}

// tellExtensions tells which extensions of a message were set, and which deleted. When there
// is room for one of both only, it is told again with the other.
func (m *messenger) tellExtensions(v *extrasNews) bool {
	set, gone := []extension{}, []extensionKey{}
	for _, e := range v.Extensions {
		if e.Deleted {
			gone = append(gone, extensionKey{e.Key})
		} else {
			set = append(set, extension{e.Key, e.Value})
		}
	}
	game := m.client.game
	if len(set) > 0 && !m.push(func() bool { return game.ExtensionsChanged(v.MsgID, textOf(set)) }) ||
		len(gone) > 0 && !m.push(func() bool { return game.ExtensionsDeleted(v.MsgID, textOf(gone)) }) {
		return false
	}
	v.Extensions = nil
	return true
}

// extensionKey is a pair that was deleted, as the game hears of it.
type extensionKey struct {
	Key string `json:"message_extension_key"`
}
