package core

import (
	"encoding/json"
	"math"

	"github.com/banter-im/banter/internal/jsontext"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// filter is a TIMConversationListFilter: what is not set does not filter.
type filter struct {
	Type   *uint32 `json:"conversation_list_filter_conv_type,omitempty"` // 0 does not filter either
	Group  *string `json:"conversation_list_filter_conversation_group,omitempty"`
	Mark   *uint64 `json:"conversation_list_filter_mark_type,omitempty"`
	Unread *bool   `json:"conversation_list_filter_has_unread_count,omitempty"`
	At     *bool   `json:"conversation_list_filter_has_group_at_info,omitempty"`
}

func parseFilter(text string) (filter, error) {
	var f filter
	err := decode(text, &f)
	if err == nil && f.Type != nil && *f.Type > uint32(tim.ConvTypeSystem) {
		err = timerr.Newf(timerr.InvalidParameters, "conversation_list_filter_conv_type is %d, not 0 to 3", *f.Type)
	}
	return f, err
}

// holds says whether a conversation that is there is one of those meant. A group "" is no
// group, a mark 0 no mark; of several marks it has all.
func (f filter) holds(c *conversation, m *messenger) bool {
	if f.Type != nil && *f.Type != 0 && int(*f.Type) != c.Type {
		return false
	}
	if f.Group != nil && !m.isIn(c, *f.Group) {
		return false
	}
	if f.Mark != nil && (*f.Mark == 0 && c.extra.Marks != 0 || c.extra.Marks&*f.Mark != *f.Mark) {
		return false
	}
	if f.Unread != nil && *f.Unread != (c.Unread > 0) {
		return false
	}
	return f.At == nil || !*f.At // nobody is mentioned in a one-to-one conversation
}

// isIn says whether a conversation is in the group of a name, or, for "", in none.
func (m *messenger) isIn(c *conversation, name string) bool {
	names := m.namesOf(c.extra.Groups)
	for _, one := range names {
		if one == name {
			return true
		}
	}
	return name == "" && len(names) == 0
}

// list is conversations as the game reads them in pages: what it began to read does not change
// its order.
type list struct {
	number uint64
	keys   []convKey
}

const (
	maxLists   = 4  // that the game may be reading at the same time
	cursorBits = 24 // of a cursor for the place in a list; the others for its number
)

// ConversationsByFilter reads a page of the conversations that a filter means, in their order.
// The cursor is 0, or the last page's: the pages are of the list as it was with the first.
func (c *Client) ConversationsByFilter(text string, cursor uint64, count uint32, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		f, err := parseFilter(text)
		if err == nil && count == 0 {
			err = timerr.Newf(timerr.InvalidParameters, "count is 0")
		}
		if err != nil {
			done(err, "")
			return
		}
		done(nil, m.page(f, cursor, count))
	})
}

// page is a TIMConversationListResult.
func (m *messenger) page(f filter, cursor uint64, count uint32) string {
	from := cursor & (1<<cursorBits - 1)
	l := m.listOf(cursor >> cursorBits)
	if l == nil { // it begins, or it is an old one: then from as far in the list of now
		l = m.newList(f)
	}
	var some []*conversation
	at := min(from, uint64(len(l.keys)))
	for ; at < uint64(len(l.keys)) && uint32(len(some)) < count; at++ {
		if c := m.conversation(l.keys[at]); c != nil && c.visible() {
			some = append(some, c)
		}
	}
	next, finished := uint64(0), at == uint64(len(l.keys))
	if !finished {
		next = l.number<<cursorBits | at
	}
	o := jsontext.Begin(nil)
	o.JSON("conversation_list_result_conv_list", json.RawMessage(m.conversationsText(some)))
	o.Uint("conversation_list_result_next_seq", next)
	o.Bool("conversation_list_result_is_finished", finished)
	return string(o.End())
}

func (m *messenger) listOf(number uint64) *list {
	for i := range m.lists {
		if m.lists[i].number == number {
			return &m.lists[i]
		}
	}
	return nil
}

func (m *messenger) newList(f filter) *list {
	var found []*conversation
	for _, c := range m.conversations {
		if c.visible() && f.holds(c, m) {
			found = append(found, c)
		}
	}
	inOrder(found)
	m.listNumber = m.listNumber%math.MaxUint16 + 1
	l := list{number: m.listNumber}
	for _, c := range found {
		l.keys = append(l.keys, c.key())
	}
	if m.lists = append(m.lists, l); len(m.lists) > maxLists {
		m.lists = m.lists[1:]
	}
	return &m.lists[len(m.lists)-1]
}

// unreadCount is a GetTotalUnreadNumberResult.
type unreadCount struct {
	Count uint64 `json:"conv_get_total_unread_message_count_result_unread_count"`
}

// UnreadByFilter reads how many messages are unread in the conversations that a filter means.
func (c *Client) UnreadByFilter(text string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		f, err := parseFilter(text)
		if err != nil {
			done(err, "")
			return
		}
		watched := watchedFilter{filter: f}
		watched.countAll(m)
		done(nil, textOf(unreadCount{watched.total}))
	})
}

// maxFilters bounds those that a game can watch.
const maxFilters = 100

// watchedFilter is a filter whose unread count the game hears of.
type watchedFilter struct {
	filter
	text    string // as the game gave it
	counted map[*conversation]uint64
	total   uint64
	told    uint64 // or known to the game
}

// WatchUnread has the game hear when the unread count of a filter changes, until
// UnwatchUnread.
func (c *Client) WatchUnread(text string, done Done) {
	c.watchUnread(text, done, func(m *messenger, f filter) {
		if m.watched(f) >= 0 {
			return
		}
		if len(m.filters) == maxFilters {
			m.client.log.Warn("the unread count of a filter is not watched: too many are", "most", maxFilters)
			return
		}
		one := &watchedFilter{filter: f, text: text}
		one.countAll(m)
		one.told = one.total
		m.filters = append(m.filters, one)
	})
}

// UnwatchUnread ends WatchUnread.
func (c *Client) UnwatchUnread(text string, done Done) {
	c.watchUnread(text, done, func(m *messenger, f filter) {
		if at := m.watched(f); at >= 0 {
			m.filters = append(m.filters[:at:at], m.filters[at+1:]...)
		}
	})
}

func (c *Client) watchUnread(text string, done Done, do func(*messenger, filter)) {
	c.chat(done, false, func(m *messenger, done Done) {
		f, err := parseFilter(text)
		if err != nil {
			m.client.log.Warn("a filter of unread counts is of no use", "error", err)
		} else {
			do(m, f)
		}
		done(err, "")
	})
}

// watched returns the place of a filter among those that are watched, or -1.
func (m *messenger) watched(f filter) int {
	same := textOf(f)
	for i, one := range m.filters {
		if textOf(one.filter) == same {
			return i
		}
	}
	return -1
}

// count brings the total up to date with a conversation.
func (f *watchedFilter) count(c *conversation, m *messenger) {
	unread := uint64(0)
	if c.counted > 0 && f.holds(c, m) {
		unread = c.counted
	}
	f.total += unread - f.counted[c]
	if unread == 0 {
		delete(f.counted, c)
	} else {
		f.counted[c] = unread
	}
}

func (f *watchedFilter) countAll(m *messenger) {
	f.total, f.counted = 0, map[*conversation]uint64{}
	for _, c := range m.conversations {
		f.count(c, m)
	}
}

// tellFilters tells the unread counts that are others.
func (m *messenger) tellFilters() bool {
	for _, f := range m.filters {
		if f.total == f.told {
			continue
		}
		if !m.push(func() bool { return m.client.game.UnreadByFilter(f.text, int64(f.total)) }) {
			return false
		}
		f.told = f.total
	}
	return true
}
