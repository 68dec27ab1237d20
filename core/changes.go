package core

import (
	"slices"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/wire"
)

// changedLive takes a message that was changed. Of changes that came before it and are not
// known, the server is asked.
func (m *messenger) changedLive(v wire.Message) {
	c := m.conversation(keyOf(v, m.user))
	switch {
	case c == nil || v.Version <= c.Mod: // nothing is known of it, or this is
	case v.Version == c.Mod+1:
		m.update(func() error {
			c.Mod = v.Version
			return first(m.changed(c, fromServer(v, m.user)), m.keep(c))
		})
	case m.synced: // else the sync asks
		m.askChanges(c, c.Mod, func(error) { m.tell() })
	}
}

// askChanges asks for the changes behind since, and then runs then.
func (m *messenger) askChanges(c *conversation, since uint64, then func(error)) {
	body := wire.ChangesSince{ConvType: c.Type, ConvID: c.ID, Mod: since}
	askFor(m, wire.CmdGetChanges, body, true, func(page wire.ChangesPage, err error) {
		if err != nil {
			then(err)
			return
		}
		m.update(func() error {
			var err error
			for _, v := range page.Messages {
				err = first(err, m.changed(c, fromServer(v, m.user)))
			}
			for _, v := range page.Extras {
				if v.Mod > c.Mod { // else it was told
					err = first(err, m.takeExtras(c, v))
				}
			}
			c.Mod = max(c.Mod, page.Mod)
			return first(err, m.keep(c))
		})
		if page.More && page.Mod > since {
			m.askChanges(c, page.Mod, then)
			return
		}
		then(nil)
	})
}

// askAgain asks for changes that are known, because messages that were read before them have
// come after them. What fails is asked for with the next sync.
func (m *messenger) askAgain(c *conversation, since uint64) {
	if c.unsure != nil {
		since = min(since, *c.unsure)
	}
	c.unsure = &since
	m.askChanges(c, since, func(err error) {
		switch {
		case err != nil:
			m.after(syncAgainAfter, m.sync)
		case c.unsure != nil && *c.unsure >= since:
			c.unsure = nil
		}
		m.tell()
	})
}

// changed takes a changed message. One that has not come yet is still on its way, perhaps as it
// was before: it waits for its turn as it is now.
func (m *messenger) changed(c *conversation, k kept) error {
	if k.Pos > c.Pos {
		m.early(c, k)
	}
	return m.change(c, k)
}

// change puts a changed message in the old one's place, if that is known.
func (m *messenger) change(c *conversation, k kept) error {
	isLast := c.last != nil && c.last.Pos == k.Pos && c.last.Version < k.Version
	if isLast {
		k.inherit(*c.last)
		last := k
		c.last = &last
	}
	for i, new := range c.fresh {
		if new.Pos == k.Pos && new.Version < k.Version {
			c.fresh[i] = k
			c.fresh[i].inherit(new)
		}
	}
	if k.flags&cache.Revoked != 0 {
		if err := m.forgetExtras(c, k.Pos); err != nil {
			return err
		}
	}
	row, found, err := m.cache.At(c.Number, k.place)
	if err != nil || !found {
		if isLast {
			m.news.hasChanged(c)
		}
		return err
	}
	old, err := keptOf(row)
	if err != nil || old.Version >= k.Version {
		return err
	}
	k.inherit(old)
	c.mark(&k, m.user)
	if k.flags&cache.Revoked != 0 && row.Flags&cache.Revoked == 0 {
		m.revoked(c, k)
	} else if k.Pos <= c.told && !c.silent(k) {
		m.changedForGame(c, old, k)
	}
	if isLast {
		m.news.hasChanged(c)
	}
	return m.cache.PutMessage(c.Number, k.row())
}

// changedForGame tells what has become of a message that the game knows.
func (m *messenger) changedForGame(c *conversation, old, k kept) {
	if k.Edition > old.Edition {
		m.news.modified = append(m.news.modified, k.forGame(m.user, c))
	}
	if k.Readers > old.Readers && k.Sender == m.user {
		m.news.read = append(m.news.read, receiptOf(c, m.user, k))
	}
}

// revoked corrects the unread count, unless the server has told it since, and tells who has
// seen the message.
func (m *messenger) revoked(c *conversation, k kept) {
	if k.Version > c.countedMod && k.flags&(cache.Unread|cache.Unheard) == cache.Unread && k.Pos > c.ReadPos && k.Pos <= c.CountedPos && c.Unread > 0 {
		c.Unread--
		m.news.hasChanged(c)
	}
	if k.Pos <= c.told && !c.silent(k) {
		m.news.revoked = append(m.news.revoked, locatorOf(k, m.user, c))
	}
	c.fresh = slices.DeleteFunc(c.fresh, func(new kept) bool { return new.Pos == k.Pos && k.Pos != 0 })
}

// deleted takes what one of the user's devices has deleted.
func (m *messenger) deleted(v wire.DeletedMessages) {
	c := m.conversation(convKey{v.ConvType, v.ConvID})
	if c == nil {
		return
	}
	m.update(func() error {
		var err error
		for _, pos := range v.Positions {
			c.forget(pos)
			err = first(err, m.cache.Delete(c.Number, cache.Place{Pos: pos}))
			c.fresh = slices.DeleteFunc(c.fresh, func(k kept) bool { return k.Pos == pos })
		}
		if v.Rev > c.Rev {
			c.Rev = v.Rev
			if v.Pos > 0 {
				err = first(err, m.counted(c, v.Unread, v.Pos, v.Mod))
			}
			m.news.hasChanged(c)
		}
		if c.last != nil && slices.Contains(v.Positions, c.last.Pos) {
			err = first(err, m.findLast(c))
		}
		return first(err, m.keep(c))
	})
}

// forget notes that the user has deleted a message.
func (c *conversation) forget(pos uint64) {
	if c.deleted == nil {
		c.deleted = map[uint64]bool{}
	}
	c.deleted[pos] = true
}

// findLast finds the last message anew, of those that are known.
func (m *messenger) findLast(c *conversation) error {
	c.last = nil
	m.news.hasChanged(c)
	start := cache.Latest
	for {
		page, err := m.cache.History(c.Number, cache.Query{Start: start, Limit: 20, Gaps: true})
		if err != nil || len(page.Messages) == 0 {
			return err
		}
		for _, row := range page.Messages {
			start = row.Place
			if row.Pos <= c.gone() {
				return nil
			}
			if k, err := keptOf(row); err == nil && row.Nth == 0 && !k.NoLast && !c.misses(k, m.user) {
				c.last = &k
				return nil
			}
		}
	}
}

// merged takes a conversation as the server has it for the user.
func (m *messenger) merged(v wire.Conversation) *conversation {
	c := m.begin(convKey{v.ConvType, v.ConvID})
	m.update(func() error {
		return first(m.keep(c), m.merge(c, v), m.keep(c))
	})
	return c
}

// merge takes over what is newer in v.
func (m *messenger) merge(c *conversation, v wire.Conversation) error {
	before, last := *c.row(), c.last
	err := m.mergeMarks(c, v)
	m.mergeLast(c, v)
	m.sorted(c, wire.ConvLabels{Marks: v.Marks, Custom: v.Custom, Groups: v.Groups}, v.Rev)
	if v.Peer != nil {
		c.PeerNick, c.PeerFace = v.Peer.Nick, v.Peer.FaceURL
	}
	for _, by := range v.Others {
		m.readBy(c, by)
	}
	after := *c.row()
	if !slices.Equal(before.Last, after.Last) || last != nil != (c.last != nil) {
		m.news.hasChanged(c)
	}
	before.Last, after.Last = nil, nil
	before.Rev, after.Rev = 0, 0
	before.CountedPos, after.CountedPos = 0, 0
	if !sameRow(before, after) {
		m.news.hasChanged(c)
	}
	return err
}

func sameRow(a, b cache.Conversation) bool {
	return a.Unread == b.Unread && a.ReadPos == b.ReadPos && a.ClearPos == b.ClearPos && a.DeletedPos == b.DeletedPos &&
		a.PeerNick == b.PeerNick && a.PeerFace == b.PeerFace && slices.Equal(a.Extra, b.Extra) &&
		(a.PinnedAt != 0) == (b.PinnedAt != 0) && a.ActiveTime == b.ActiveTime && a.ReadTime == b.ReadTime
}

// mergeMarks takes over what the user did with the conversation, and the unread count.
func (m *messenger) mergeMarks(c *conversation, v wire.Conversation) (err error) {
	if v.Rev < c.Rev {
		return nil // it was overtaken
	}
	err = m.mergeReceiving(c, v)
	cleared, removed := v.ClearPos > c.ClearPos, v.DeletedPos > c.DeletedPos
	c.Rev, c.ReadPos, c.ReadTime, c.PinnedAt = v.Rev, v.ReadPos, v.ReadTime, v.PinnedAt
	c.ClearPos, c.DeletedPos = max(c.ClearPos, v.ClearPos), max(c.DeletedPos, v.DeletedPos)
	err = first(err, m.counted(c, v.Unread, v.Pos, v.Mod))
	if cleared || removed {
		gone := c.gone()
		if cleared {
			err = first(err, m.cache.Clear(c.Number, c.ClearPos))
		}
		c.fresh = slices.DeleteFunc(c.fresh, func(k kept) bool { return k.Pos <= gone })
		if c.last != nil && c.last.Pos <= gone {
			c.last = nil
		}
		m.refreshUnsent(c)
	}
	if removed {
		c.dropLocal()
	}
	if removed && c.last == nil {
		c.ActiveTime = 0
	}
	return err
}

// counted takes over the server's count of what is unread, which knows of places up to pos and of
// changes up to mod.
func (m *messenger) counted(c *conversation, unread, pos, mod uint64) (err error) {
	c.Unread, c.CountedPos, c.countedMod = unread, max(c.CountedPos, pos), mod
	if pos < c.CountedPos { // what came meanwhile counts too
		var more uint64
		more, err = m.cache.CountUnread(c.Number, max(pos, c.ReadPos), c.CountedPos)
		c.Unread += more
	}
	return err
}

// mergeLast takes over the last message, unless a newer one is known.
func (m *messenger) mergeLast(c *conversation, v wire.Conversation) {
	if c.last != nil && c.last.Pos > v.Pos {
		return
	}
	switch {
	case v.Last == nil:
		c.last = nil
	case c.last == nil || c.last.Pos != v.Last.Pos || c.last.Version < v.Last.Version:
		k := fromServer(*v.Last, m.user)
		if row, found, err := m.cache.At(c.Number, k.place); err == nil && found {
			if old, err := keptOf(row); err == nil {
				k.inherit(old)
			}
		}
		c.last = &k
		c.ActiveTime = max(c.ActiveTime, k.millis())
		c.met(k)
	}
}
