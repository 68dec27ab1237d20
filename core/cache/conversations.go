package cache

import (
	"database/sql"
	"errors"
)

// Position is up to where the device has caught up with the user's conversations, in the
// server's words; the zero one is that of a device that has not begun.
type Position struct {
	Rev   uint64
	Since int64
}

// Position returns the last that was set.
func (c *Cache) Position() (p Position, err error) {
	rev, err := c.number("rev")
	if err != nil {
		return p, err
	}
	since, err := c.number("since")
	return Position{uint64(rev), since}, err
}

// SetPosition sets the position.
func (c *Cache) SetPosition(p Position) error {
	if err := c.setNumber("rev", int64(p.Rev)); err != nil {
		return err
	}
	return c.setNumber("since", p.Since)
}

// LastSeq returns the seq of the last message that was made here.
func (c *Cache) LastSeq() (uint32, error) {
	seq, err := c.number("seq")
	return uint32(seq), err
}

// SetLastSeq sets it.
func (c *Cache) SetLastSeq(seq uint32) error { return c.setNumber("seq", int64(seq)) }

func (c *Cache) number(name string) (n int64, err error) {
	err = c.row("SELECT value FROM state WHERE name = ?", name).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

func (c *Cache) setNumber(name string, n int64) error {
	return c.exec("INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, n)
}

// Conversation is a conversation as its user has it on this device.
type Conversation struct {
	Number int64 // the cache's own; 0 until it was put
	Type   int
	ID     string

	Pos      uint64 // every message up to it was received, or left for the history
	Mod      uint64 // every change up to it is in the messages
	Rev      uint64 // of the user's last change of it
	FirstPos uint64 // the user has nothing before it

	Unread     uint64 // of what is up to CountedPos
	CountedPos uint64
	ReadPos    uint64
	ReadTime   int64
	ClearPos   uint64
	DeletedPos uint64
	PinnedAt   int64
	ActiveTime int64 // UNIX milliseconds

	PeerReadPos  uint64
	PeerReadTime int64
	PeerNick     string
	PeerFace     string
	Extra        []byte // what few conversations have, as core writes it, or nil
	Last         []byte // the last message that the server has, or nil
}

const conversationColumns = `number, type, id, pos, mod, rev, first_pos, unread, counted_pos, read_pos, read_time,
  clear_pos, deleted_pos, pinned_at, active_time, peer_read_pos, peer_read_time, peer_nick, peer_face, extra, last`

// Conversations returns all of them, in no order.
func (c *Cache) Conversations() (list []Conversation, err error) {
	err = c.EachConversations(64, func(part []Conversation, _ bool) { list = append(list, part...) })
	return list, err
}

// EachConversations hands over all of them, in no order, size at a time and the rest at last; more says
// that others follow. When it fails, some were handed over.
func (c *Cache) EachConversations(size int, take func(part []Conversation, more bool)) error {
	var part []Conversation
	err := c.each(func(v *values) {
		if len(part) == size {
			take(part, true)
			part = make([]Conversation, 0, size)
		}
		part = append(part, Conversation{
			Number: v.int(), Type: int(v.int()), ID: v.text(), Pos: v.uint(), Mod: v.uint(), Rev: v.uint(), FirstPos: v.uint(),
			Unread: v.uint(), CountedPos: v.uint(), ReadPos: v.uint(), ReadTime: v.int(), ClearPos: v.uint(), DeletedPos: v.uint(),
			PinnedAt: v.int(), ActiveTime: v.int(), PeerReadPos: v.uint(), PeerReadTime: v.int(),
			PeerNick: v.text(), PeerFace: v.text(), Extra: v.blob(), Last: v.blob(),
		})
	}, "SELECT "+conversationColumns+" FROM conversations")
	if err == nil {
		take(part, false)
	}
	return err
}

// PutConversation keeps v, and numbers it when it is new.
func (c *Cache) PutConversation(v *Conversation) error {
	var number any
	if v.Number != 0 {
		number = v.Number
	}
	return c.row("INSERT OR REPLACE INTO conversations ("+conversationColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
		number, v.Type, v.ID, int64(v.Pos), int64(v.Mod), int64(v.Rev), int64(v.FirstPos), int64(v.Unread), int64(v.CountedPos),
		int64(v.ReadPos), v.ReadTime, int64(v.ClearPos), int64(v.DeletedPos), v.PinnedAt, v.ActiveTime,
		int64(v.PeerReadPos), v.PeerReadTime, v.PeerNick, v.PeerFace, v.Extra, v.Last).Scan(&v.Number)
}

// Groups returns the user's conversation groups by their ids.
func (c *Cache) Groups() (map[uint64]string, error) {
	groups := map[uint64]string{}
	err := c.all(func(row scanner) error {
		var id uint64
		var name string
		err := row.Scan(&id, &name)
		groups[id] = name
		return err
	}, "SELECT id, name FROM conversation_groups")
	return groups, err
}

// SetGroups keeps groups in place of those that were there, and the rev at which they are so.
func (c *Cache) SetGroups(groups map[uint64]string, rev uint64) error {
	if err := c.exec("DELETE FROM conversation_groups"); err != nil {
		return err
	}
	for id, name := range groups {
		if err := c.exec("INSERT INTO conversation_groups (id, name) VALUES (?, ?)", int64(id), name); err != nil {
			return err
		}
	}
	return c.setNumber("groups_rev", int64(rev))
}

// GroupsRev returns that of SetGroups.
func (c *Cache) GroupsRev() (uint64, error) {
	rev, err := c.number("groups_rev")
	return uint64(rev), err
}
