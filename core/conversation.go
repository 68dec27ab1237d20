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

	countedMod uint64 // the unread count knows of every change up to it

	early   map[uint64]kept // received before what comes before them
	pulling bool            // what lacks was asked for
	shown   bool            // the game knows that it is there
	counted uint64          // what the unread total has of it

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
	if c.unsent != nil {
		return true
	}
	return c.Pos > c.DeletedPos && (c.ActiveTime > 0 || c.ClearPos > c.DeletedPos)
}

// put takes a message that the server has: it may be the last one, and count as unread.
func (c *conversation) put(k kept) {
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
	if k.NoLast || k.Pos <= c.ClearPos || k.flags&cache.Unheard != 0 {
		return
	}
	c.ActiveTime = max(c.ActiveTime, k.ServerTime)
	if c.last == nil || k.Pos >= c.last.Pos {
		c.last = &k
	}
}

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
	if row.Last == nil {
		return c, nil
	}
	var last stored
	err := json.Unmarshal(row.Last, &last)
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

func (c *conversation) forGame(user string) convInfo {
	v := convInfo{
		ID: c.ID, Type: c.Type, Unread: c.Unread, ActiveTime: c.activeTime(), IsPinned: c.PinnedAt != 0, ShowName: c.ID,
		GroupAt: []json.RawMessage{}, Marks: []uint64{}, Groups: []string{}, RecvOpt: c.option,
	}
	if c.Type == int(tim.ConvTypeC2C) {
		v.ReadTime = c.ReadTime
		v.ShowName, v.FaceURL = c.peerProfile(user)
	} else {
		v.GroupReadSeq = c.ReadPos
	}
	if last := c.keptLast(); last != nil {
		m := last.forGame(user, c)
		v.HasLast, v.Last = true, &m
	}
	return v
}

// peerProfile is what the last message says of the other one.
func (c *conversation) peerProfile(user string) (name, face string) {
	if c.last == nil || c.last.Sender == user || c.last.SenderProfile == nil {
		return c.ID, ""
	}
	return cmp.Or(c.last.SenderProfile.Nick, c.ID), c.last.SenderProfile.FaceURL
}

// activeTime is the conversation's place in the list.
func (c *conversation) activeTime() int64 {
	if c.unsent != nil {
		return max(c.ActiveTime, c.unsent.ClientTime)
	}
	return c.ActiveTime
}

// inOrder sorts conversations as a list shows them: pinned ones first, then the most recent.
func inOrder(list []*conversation) {
	slices.SortFunc(list, func(a, b *conversation) int {
		return cmp.Or(
			-compareBool(a.PinnedAt != 0, b.PinnedAt != 0),
			-cmp.Compare(a.activeTime(), b.activeTime()),
			cmp.Compare(a.Type, b.Type),
			cmp.Compare(a.ID, b.ID))
	})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
