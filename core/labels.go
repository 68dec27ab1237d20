package core

import (
	"math/bits"
	"slices"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/wire"
)

// extra is what few conversations have: labels, which the server keeps too, and what is on
// this device alone.
type extra struct {
	Marks     uint64   `json:"marks,omitempty"`
	Custom    string   `json:"custom,omitempty"`
	Groups    []uint64 `json:"groups,omitempty"` // ids, in their order
	Draft     *draft   `json:"draft,omitempty"`
	DraftAt   int64    `json:"draft_at,omitempty"` // UNIX milliseconds, as the two orders are
	CreatedAt int64    `json:"created_at,omitempty"`

	rev uint64 // of the user's change that the labels are of
}

// setExtra changes what few conversations have.
func (c *conversation) setExtra(change func(*extra)) {
	change(&c.extra)
	e := c.extra
	if e.Marks == 0 && e.Custom == "" && len(e.Groups) == 0 && e.Draft == nil && e.CreatedAt == 0 {
		c.Extra = nil
		return
	}
	c.Extra = []byte(textOf(e))
}

// dropLocal takes from a conversation what is on this device alone.
func (c *conversation) dropLocal() {
	if c.extra.Draft != nil || c.extra.CreatedAt != 0 {
		c.setExtra(func(e *extra) { e.Draft, e.DraftAt, e.CreatedAt = nil, 0, 0 })
	}
}

// bitsOf is a mask as the single bits in it.
func bitsOf(mask uint64) []uint64 {
	list := []uint64{}
	for ; mask != 0; mask &= mask - 1 {
		list = append(list, 1<<bits.TrailingZeros64(mask))
	}
	return list
}

// listName is a conversation as the C API's lists of conversations name it.
func (k convKey) listName() string {
	if k.kind == int(tim.ConvTypeC2C) {
		return "c2c_" + k.id
	}
	return "group_" + k.id
}

func (m *messenger) loadGroups(from *cache.Cache) (err error) {
	if m.groups, err = from.Groups(); err == nil {
		m.groupsRev, err = from.GroupsRev()
	}
	return err
}

// namesOf returns the names of groups. One that is not known any more has none.
func (m *messenger) namesOf(ids []uint64) []string {
	names := []string{}
	for _, id := range ids {
		if name, known := m.groups[id]; known {
			names = append(names, name)
		}
	}
	return names
}

// sorted takes how the user has sorted a conversation at a rev, unless a later one is known.
// Whoever calls keeps the conversation.
func (m *messenger) sorted(c *conversation, v wire.ConvLabels, rev uint64) {
	if rev < c.extra.rev {
		return
	}
	before := c.extra
	c.extra.rev = rev
	if before.Marks == v.Marks && before.Custom == v.Custom && slices.Equal(before.Groups, v.Groups) {
		return
	}
	c.setExtra(func(e *extra) { e.Marks, e.Custom, e.Groups = v.Marks, v.Custom, v.Groups })
	for _, id := range v.Groups {
		if !slices.Contains(before.Groups, id) {
			m.news.groups.of(id).move(c.key(), true)
		}
	}
	for _, id := range before.Groups {
		if !slices.Contains(v.Groups, id) {
			left := m.news.groups.of(id)
			left.move(c.key(), false)
			left.full = left.full || slices.Contains(v.Dropped, id)
		}
	}
	m.news.hasChanged(c)
}

// labelsChanged takes what has become of labels.
func (m *messenger) labelsChanged(v wire.LabelsChange) {
	if v.GroupsChanged {
		m.groupsChanged(v.Groups, v.Rev, false)
	}
	if len(v.Conversations) == 0 {
		return
	}
	m.update(func() error {
		var err error
		for _, one := range v.Conversations {
			c := m.begin(convKey{one.ConvType, one.ConvID})
			m.sorted(c, one, v.Rev)
			err = first(err, m.keep(c))
		}
		return err
	})
}

// groupsChanged takes which conversation groups there are at a rev, unless a later one is
// known. What there was before this device is no news.
func (m *messenger) groupsChanged(list []wire.ConvGroup, rev uint64, quiet bool) {
	if rev <= m.groupsRev {
		return
	}
	before, now := m.groups, map[uint64]string{}
	for _, g := range list {
		now[g.ID] = g.Name
		if quiet {
			m.news.groups.of(g.ID).quiet = true
		} else if old, known := before[g.ID]; !known {
			m.news.groups.of(g.ID).created = true
		} else if old != g.Name {
			m.news.groups.of(g.ID).rename(old)
		}
	}
	for id, name := range before {
		if _, there := now[id]; !there {
			m.news.groups.of(id).end(name)
		}
	}
	m.groups, m.groupsRev = now, rev
	m.update(func() error {
		err := m.cache.SetGroups(now, rev)
		for _, c := range m.conversations {
			if len(c.extra.Groups) == 0 {
				continue
			}
			left := slices.DeleteFunc(slices.Clone(c.extra.Groups), func(id uint64) bool { _, there := now[id]; return !there })
			if len(left) < len(c.extra.Groups) {
				c.setExtra(func(e *extra) { e.Groups = left })
				err = first(err, m.keep(c))
			}
			m.news.hasChanged(c)
		}
		return err
	})
	for _, f := range m.filters {
		f.countAll(m)
	}
}

// groupNews is what the game is to hear of conversation groups, by id.
type groupNews struct {
	order []uint64
	by    map[uint64]*groupMoves
}

// groupMoves is what became of one group.
type groupMoves struct {
	quiet   bool   // the group was there before this device
	created bool   // since the game heard of it last
	oldName string // which the game knows, when it is another now; or of a group that ended
	ended   bool
	full    bool // some left because it was too full
	joined  keySet
	left    keySet
}

func (n *groupNews) of(id uint64) *groupMoves {
	if n.by == nil {
		n.by = map[uint64]*groupMoves{}
	}
	if n.by[id] == nil {
		n.by[id] = &groupMoves{}
		n.order = append(n.order, id)
	}
	return n.by[id]
}

func (g *groupMoves) rename(old string) {
	if !g.created && g.oldName == "" {
		g.oldName = old
	}
}

func (g *groupMoves) end(name string) {
	g.rename(name)
	g.ended = true
}

// move notes that a conversation joined or left. What it did before and took back is no news.
func (g *groupMoves) move(key convKey, in bool) {
	to, from := &g.joined, &g.left
	if !in {
		to, from = from, to
	}
	if from.has[key] {
		from.remove(key)
		return
	}
	to.add(key)
}

func (s *keySet) remove(key convKey) {
	delete(s.has, key)
	s.list = slices.DeleteFunc(s.list, func(k convKey) bool { return k == key })
}

// tellGroups tells what became of conversation groups, when no sync is about to tell more.
func (m *messenger) tellGroups() bool {
	n := &m.news.groups
	if m.syncing != nil {
		return true
	}
	for len(n.order) > 0 {
		id := n.order[0]
		for _, change := range m.changesOf(id, n.by[id]) {
			if !m.push(func() bool { return m.client.game.ConversationGroup(change) }) {
				return false // and told again, from the first on
			}
		}
		delete(n.by, id)
		n.order = n.order[1:]
	}
	return true
}

// changesOf is what the game is told of a group.
func (m *messenger) changesOf(id uint64, g *groupMoves) []GroupChange {
	name, known := m.groups[id]
	switch {
	case g.ended && g.created || g.quiet:
		return nil
	case g.ended:
		return []GroupChange{{Kind: GroupDeleted, Name: g.oldName}}
	case !known:
		return nil
	case g.created:
		return []GroupChange{{Kind: GroupCreated, Name: name, Conversations: namesIn(g.joined)}}
	}
	var changes []GroupChange
	if g.oldName != "" && g.oldName != name {
		changes = append(changes, GroupChange{Kind: GroupRenamed, Name: g.oldName, NewName: name})
	}
	if len(g.joined.list) > 0 {
		changes = append(changes, GroupChange{Kind: GroupJoined, Name: name, Conversations: namesIn(g.joined)})
	}
	if len(g.left.list) > 0 {
		reason := int64(0)
		if g.full {
			reason = 1
		}
		changes = append(changes, GroupChange{Kind: GroupLeft, Name: name, Conversations: namesIn(g.left), Reason: reason})
	}
	return changes
}

func namesIn(s keySet) string {
	names := []string{}
	for _, key := range s.list {
		names = append(names, key.listName())
	}
	return textOf(names)
}
