package core

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/wire"
)

// convKey names a conversation of the user.
type convKey struct {
	kind int // a tim.ConvType
	id   string
}

// keyOf is the conversation that a message is in for user: its ConvID is the sender's view.
func keyOf(m wire.Message, user string) convKey {
	if m.ConvType == int(tim.ConvTypeC2C) && m.Sender != user {
		return convKey{m.ConvType, m.Sender}
	}
	return convKey{m.ConvType, m.ConvID}
}

// conversation is one as the messenger has it in memory.
type conversation struct {
	cache.Conversation
	receiving
	last   *kept // of the server's, the newest that may stand there
	unsent *kept // the newest that the server does not have

	extra extra // as Extra has it

	countedMod uint64 // the unread count knows of every change up to it

	unsure *uint64 // changes behind it may not have reached messages that came later

	early   map[uint64]kept // received before what comes before them
	pulling bool            // what lacks was asked for
	deleted map[uint64]bool // by the user, one by one: they may still be on their way here
	asked   bool            // what the other one is called
	shown   bool            // the game knows that it is there
	counted uint64          // what the unread total has of it

	listed *firstList // the first list of this link, if it brought the conversation

	told    uint64 // the game has heard of everything up to it
	fresh   []kept // what it has not heard of, oldest first
	skipped bool   // there was no room for it: it is in the cache

	links *fileLinks // of its messages' files
}

// keptLast is the message at the conversation's end, or nil.
func (c *conversation) keptLast() *kept {
	if c.unsent != nil && (c.last == nil || c.unsent.place.Pos >= c.last.Pos) {
		return c.unsent
	}
	return c.last
}

// visible says whether the conversation is there for the user: it is while something stands,
// or stood, behind the place up to which it was deleted.
func (c *conversation) visible() bool {
	if c.unsent != nil || c.extra.Draft != nil || c.extra.CreatedAt != 0 {
		return true
	}
	return c.Pos > c.DeletedPos && (c.ActiveTime > 0 || c.ClearPos > c.DeletedPos)
}

// put takes a message that the server has: it may be the last one, and count as unread.
func (c *conversation) put(k kept) {
	c.met(k)
	c.putLast(k)
	if k.Pos > c.CountedPos {
		c.CountedPos = k.Pos
		if k.flags&(cache.Unread|cache.Revoked|cache.Unheard) == cache.Unread && k.Pos > c.ReadPos {
			c.Unread++
		}
	}
}

// putLast takes a message that may be the last one.
func (c *conversation) putLast(k kept) {
	if k.NoLast || k.Pos <= c.gone() || k.flags&cache.Unheard != 0 {
		return
	}
	c.ActiveTime = max(c.ActiveTime, k.millis())
	if c.last == nil || k.Pos >= c.last.Pos {
		c.last = &k
	}
}

// gone is the place up to which messages stand in no list: they were cleared, or the
// conversation was deleted since.
func (c *conversation) gone() uint64 { return max(c.ClearPos, c.DeletedPos) }

// lost says whether the user has deleted the message at a place. A copy of it that left the server
// before, in a page or as an event, must not bring it back.
func (c *conversation) lost(pos uint64) bool { return pos <= c.gone() || c.deleted[pos] }

// row is the conversation as the cache keeps it.
func (c *conversation) row() *cache.Conversation {
	c.Conversation.Last = nil
	if c.last != nil {
		c.Conversation.Last = []byte(textOf(c.last.stored()))
	}
	return &c.Conversation
}

// conversationOf is the reverse of row.
func conversationOf(row cache.Conversation, user string) (*conversation, error) {
	c := &conversation{Conversation: row, told: row.Pos}
	if row.Extra != nil {
		if err := json.Unmarshal(row.Extra, &c.extra); err != nil {
			return nil, err
		}
	}
	if row.Last == nil {
		return c, nil
	}
	last, err := readStored(row.Last)
	k := fromServer(last.Message, user)
	k.local = last.local
	c.last, c.Conversation.Last = &k, nil
	return c, err
}

// convInfo is a conversation as the game has it.
type convInfo struct {
	ID           string            `json:"conv_id"`
	Type         int               `json:"conv_type"`
	FaceURL      string            `json:"conv_face_url"`
	Unread       uint64            `json:"conv_unread_num"`
	ActiveTime   int64             `json:"conv_active_time"`
	HasLast      bool              `json:"conv_is_has_lastmsg"`
	Last         *message          `json:"conv_last_msg,omitempty"`
	HasDraft     bool              `json:"conv_is_has_draft"`
	Draft        *draft            `json:"conv_draft,omitempty"`
	RecvOpt      int               `json:"conv_recv_opt"`
	GroupAt      []json.RawMessage `json:"conv_group_at_info_array"`
	IsPinned     bool              `json:"conv_is_pinned"`
	ShowName     string            `json:"conv_show_name"`
	Marks        []uint64          `json:"conv_mark_array"`
	CustomData   string            `json:"conv_custom_data"`
	Groups       []string          `json:"conv_conversation_group_array"`
	ReadTime     int64             `json:"conv_c2c_read_timestamp"`
	GroupReadSeq uint64            `json:"conv_group_read_sequence"`
}

// forGame is the conversation as the game gets it. Its last message is written to room.
func (c *conversation) forGame(user string, room *message) convInfo {
	v := convInfo{
		ID: c.ID, Type: c.Type, Unread: c.Unread, ActiveTime: c.orderKey(), IsPinned: c.PinnedAt != 0, ShowName: c.ID,
		HasDraft: c.extra.Draft != nil, Draft: c.extra.Draft,
		GroupAt: []json.RawMessage{}, Marks: bitsOf(c.extra.Marks), CustomData: c.extra.Custom, Groups: []string{}, RecvOpt: c.option,
	}
	if c.Type == int(tim.ConvTypeC2C) {
		v.ReadTime = c.ReadTime
		v.ShowName, v.FaceURL = cmp.Or(c.PeerNick, c.ID), c.PeerFace
	} else {
		v.GroupReadSeq = c.ReadPos
	}
	if last := c.keptLast(); last != nil {
		*room = last.forGame(user, c)
		v.HasLast, v.Last = true, room
	}
	return v
}

// met takes what a message says of the other one of a one-to-one conversation.
func (c *conversation) met(k kept) {
	if by := k.SenderProfile; by != nil && c.Type == int(tim.ConvTypeC2C) && k.Sender == c.ID {
		c.PeerNick, c.PeerFace = by.Nick, by.FaceURL
	}
}

// pinnedKey is added to the order key of pinned conversations: it is above all times, and a
// double holds the sum.
const pinnedKey = 1 << 52

// orderKey is the conversation's place in the list, the highest first: UNIX milliseconds of the
// last message or draft, and more when it is pinned.
func (c *conversation) orderKey() int64 {
	key := max(c.ActiveTime, c.extra.DraftAt, c.extra.CreatedAt)
	if c.unsent != nil {
		key = max(key, c.unsent.ClientTime*1000+999)
	}
	if c.PinnedAt != 0 {
		key += pinnedKey
	}
	return key
}

// inOrder sorts conversations as a list shows them: pinned ones first, then the most recent.
func inOrder(list []*conversation) {
	type placed struct {
		key int64
		c   *conversation
	}
	places := make([]placed, len(list))
	for i, c := range list {
		places[i] = placed{c.orderKey(), c}
	}
	slices.SortFunc(places, func(a, b placed) int {
		return cmp.Or(-cmp.Compare(a.key, b.key), cmp.Compare(a.c.Type, b.c.Type), cmp.Compare(a.c.ID, b.c.ID))
	})
	for i, p := range places {
		list[i] = p.c
	}
}
