package core

import (
	"slices"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
)

// The most of what is told at once, and of what is kept for a game that has no room for it.
const (
	maxMissed      = 250 // messages of a conversation; the others are its history
	maxToldAtOnce  = 500 // conversations
	maxNewsWaiting = 4096
)

// news is what the game is to hear, in this order: messages, what became of older ones,
// conversations, the unread total. What it has no room for is told later, as it is then.
type news struct {
	received keySet // conversations with messages that are new
	revoked  []any
	modified []any
	read     []any
	changed  keySet
	groups   groupNews
	total    uint64 // unread, in all
	told     uint64 // as the game was told last, or could read
	sync     []tim.ConvEvent
	syncing  bool // the game was told that a sync has begun
	waiting  bool // for room

	allReceive bool // there is another one

	extras    []extrasNews
	reactions []any // changes that were in extras
}

func (n *news) hasMessages(c *conversation) { n.received.add(c.key()) }

func (n *news) hasChanged(c *conversation) { n.changed.add(c.key()) }

// keySet is conversations, each once, in the order in which they came.
type keySet struct {
	list []convKey
	has  map[convKey]bool
}

func (s *keySet) add(key convKey) {
	if s.has[key] {
		return
	}
	if s.has == nil {
		s.has = map[convKey]bool{}
	}
	s.list, s.has[key] = append(s.list, key), true
}

// tell tells the game what is new.
func (m *messenger) tell() {
	n := &m.news
	room := m.tellSync(tim.ConvEventStart)
	room = room && m.tellReceived()
	room = room && m.tellList(&n.revoked, m.client.game.MessagesRevoked)
	room = room && m.tellList(&n.modified, m.client.game.MessagesModified)
	room = room && m.tellExtras()
	room = room && m.tellList(&n.read, m.client.game.MessagesRead)
	room = room && m.tellAllReceive()
	room = room && m.tellGroups() && m.tellConversations() && m.tellTotal() && m.tellFilters() && m.tellSync(tim.ConvEventFinish)
	if !room && !n.waiting {
		n.waiting = true
		m.after(roomAfter, func() {
			n.waiting = false
			m.tell()
		})
	}
}

// push has the loop tell the game, and says whether there was room.
func (m *messenger) push(f func() bool) bool {
	room := true
	m.post(func() { room = f() })
	return room
}

// tellReceived tells of all new messages.
func (m *messenger) tellReceived() bool {
	var untold keySet
	for _, key := range m.news.received.list {
		if len(untold.list) > 0 || !m.tellMessages(m.conversation(key)) {
			untold.add(key)
		}
	}
	m.news.received = untold
	return len(untold.list) == 0
}

// tellMessages tells of a conversation's new messages.
func (m *messenger) tellMessages(c *conversation) bool {
	if c.skipped {
		m.readSkipped(c)
	}
	list := make([]message, 0, len(c.fresh))
	for _, k := range c.fresh {
		list = append(list, k.forGame(m.user, c))
	}
	if len(list) > 0 && !m.push(func() bool { return m.client.game.Messages(messagesText(list)) }) {
		c.fresh, c.skipped = nil, true
		return false
	}
	c.told, c.fresh, c.skipped = c.Pos, nil, false
	return true
}

// readSkipped reads what the game had no room for.
func (m *messenger) readSkipped(c *conversation) {
	rows, err := m.cache.Received(c.Number, c.told, c.Pos, maxMissed)
	if err != nil {
		m.client.log.Warn("messages that were not told cannot be read", "error", err)
	}
	c.fresh = nil
	for _, row := range rows {
		if k, err := keptOf(row); err == nil && !k.Imported {
			c.fresh = append(c.fresh, k)
		}
	}
}

// tellList tells all of a list, and empties it. Of too many that wait, the oldest go.
func (m *messenger) tellList(list *[]any, to func(string) bool) bool {
	if len(*list) == 0 {
		return true
	}
	if !m.push(func() bool { return to(textOf(*list)) }) {
		*list = (*list)[max(0, len(*list)-maxNewsWaiting):]
		return false
	}
	*list = nil
	return true
}

// tellConversations tells which conversations came, changed and went.
func (m *messenger) tellConversations() bool {
	events := map[tim.ConvEvent][]*conversation{}
	for _, key := range m.news.changed.list {
		c := m.conversation(key)
		m.count(c)
		switch visible := c.visible(); {
		case visible && !c.shown:
			events[tim.ConvEventAdd] = append(events[tim.ConvEventAdd], c)
		case visible:
			events[tim.ConvEventUpdate] = append(events[tim.ConvEventUpdate], c)
		case c.shown:
			events[tim.ConvEventDel] = append(events[tim.ConvEventDel], c)
		}
	}
	for _, event := range []tim.ConvEvent{tim.ConvEventAdd, tim.ConvEventUpdate, tim.ConvEventDel} {
		inOrder(events[event])
		for some := range slices.Chunk(events[event], maxToldAtOnce) {
			if !m.push(func() bool { return m.client.game.ConversationEvent(event, m.conversationsText(some)) }) {
				return false // what was told is told again, as it is then
			}
			for _, c := range some {
				c.shown = event != tim.ConvEventDel
			}
		}
	}
	m.news.changed = keySet{}
	return true
}

// info is a conversation as the game has it, with the names of its groups.
func (m *messenger) info(c *conversation, room *message) convInfo {
	info := c.forGame(m.user, room)
	info.Groups = m.namesOf(c.extra.Groups)
	return info
}

// count brings the unread total up to date with a conversation.
func (m *messenger) count(c *conversation) {
	unread := c.counts()
	m.news.total += unread - c.counted
	c.counted = unread
	for _, f := range m.filters {
		f.count(c, m)
	}
}

// tellTotal tells the unread total, when it is another one.
func (m *messenger) tellTotal() bool {
	n := &m.news
	if n.total == n.told {
		return true
	}
	if !m.push(func() bool { return m.client.game.TotalUnread(int64(n.total)) }) {
		return false
	}
	n.told = n.total
	return true
}

// tellSync tells that the sync has begun or has ended, if that is what comes next.
func (m *messenger) tellSync(event tim.ConvEvent) bool {
	n := &m.news
	for len(n.sync) > 0 && n.sync[0] == event {
		if !m.push(func() bool { return m.client.game.ConversationEvent(event, "") }) {
			return false
		}
		n.sync = n.sync[1:]
	}
	return true
}

// locator names a message that was recalled.
type locator struct {
	ConvID         string `json:"message_locator_conv_id"`
	ConvType       int    `json:"message_locator_conv_type"`
	IsRevoked      bool   `json:"message_locator_is_revoked"`
	Time           int64  `json:"message_locator_time"`
	Seq            uint64 `json:"message_locator_seq"`
	IsSelf         bool   `json:"message_locator_is_self"`
	Rand           uint64 `json:"message_locator_rand"`
	UniqueID       uint64 `json:"message_locator_unique_id"`
	MsgID          string `json:"message_msg_id"`
	RevokerUserID  string `json:"message_revoker_user_id"`
	RevokerNick    string `json:"message_revoker_nick_name"`
	RevokerFaceURL string `json:"message_revoker_face_url"`
	RevokeReason   string `json:"message_revoke_reason"`
}

func locatorOf(k kept, user string, c *conversation) locator {
	return locator{
		ConvID: c.ID, ConvType: c.Type, IsRevoked: k.flags&cache.Revoked != 0, Time: k.ServerTime, Seq: k.Seq, IsSelf: k.Sender == user,
		Rand: k.Rand, UniqueID: k.Pos, MsgID: k.MsgID, RevokerUserID: k.RevokerUserID, RevokeReason: k.RevokeReason,
	}
}

// receipt says that the other one has read a conversation or, if it has an id, a message.
type receipt struct {
	ConvID      string `json:"msg_receipt_conv_id"`
	ConvType    int    `json:"msg_receipt_conv_type"`
	MsgID       string `json:"msg_receipt_msg_id"`
	Time        int64  `json:"msg_receipt_time_stamp"`
	IsPeerRead  bool   `json:"msg_receipt_is_peer_read"`
	ReadCount   uint64 `json:"msg_receipt_read_count"`
	UnreadCount uint64 `json:"msg_receipt_unread_count"`
}
