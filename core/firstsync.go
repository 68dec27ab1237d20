package core

import (
	"maps"
	"slices"

	"github.com/banter-im/banter/core/cache"
)

// firstList is what the first sync of a device has of a conversation: messages up to a place, which
// are history. But what comes on the link was sent after the login, and is news, also when the
// list has it already.
type firstList struct {
	of    *catchUp
	upTo  uint64
	heard map[uint64]bool // of those that came on the link
}

// has says whether a message that came on the link is one that the list has, and new all the same. Once another
// sync has begun, it is not: then what comes may be a copy of what was told.
func (l *firstList) has(m *messenger, pos uint64) bool {
	return l != nil && l.of == m.firstSync && pos <= l.upTo && !l.heard[pos]
}

// acceptEarlier takes what came on the link before the list that has it.
func (m *messenger) acceptEarlier(c *conversation) {
	var list []kept
	for _, pos := range slices.Sorted(maps.Keys(c.early)) {
		if c.listed.has(m, pos) {
			list = append(list, c.early[pos])
			delete(c.early, pos)
		}
	}
	if len(list) > 0 {
		m.acceptListed(c, list)
	}
}

// acceptListed takes messages that came on the link and that the first list has: the count of what is
// unread, and the last message, are the list's.
func (m *messenger) acceptListed(c *conversation, list []kept) {
	list = slices.DeleteFunc(list, func(k kept) bool { return c.lost(k.Pos) })
	m.update(func() error {
		err := m.keep(c)
		for i := range list {
			k := &list[i]
			c.listed.heard[k.Pos] = true
			m.recognise(c, k)
			err = first(err, m.put(c, k), m.cache.AddRange(c.Number, cache.Range{First: k.Pos, Last: k.Pos}))
			c.met(*k)
			if k.isNews() {
				c.fresh = append(c.fresh, *k)
				c.told = min(c.told, k.Pos-1) // until it is told
			}
		}
		return first(err, m.keep(c))
	})
	c.sortFresh()
	m.news.hasMessages(c)
}
