package core

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/wire"
)

// gapAfter is how long what lacks before an event may take to come by itself.
const gapAfter = 100 * time.Millisecond

// receive takes an event of the server about messages or conversations.
func (m *messenger) receive(f wire.Frame) {
	var err error
	switch f.Event {
	case wire.EventMessage:
		err = eventOf(f, func(v wire.Message) { m.arrived(fromServer(v, m.user)) })
	case wire.EventMessageChanged:
		err = eventOf(f, m.changedLive)
	case wire.EventReceipts:
		err = eventOf(f, m.receiptsLive)
	case wire.EventExtras:
		err = eventOf(f, m.extrasLive)
	case wire.EventRead:
		err = eventOf(f, m.peerRead)
	case wire.EventConversation:
		err = eventOf(f, func(v wire.Conversation) { m.merged(v) })
	case wire.EventConversationsSorted:
		err = eventOf(f, m.labelsChanged)
	case wire.EventMessagesDeleted:
		err = eventOf(f, m.deleted)
	case wire.EventAllReceiveOption:
		err = eventOf(f, m.mergeAllReceive)
	case wire.EventSync:
		m.sync()
	}
	if err != nil {
		m.client.log.Warn("an event of the server has a bad body", "event", f.Event)
		return
	}
	m.tell()
}

func eventOf[T any](f wire.Frame, take func(T)) error {
	var body T
	if err := json.Unmarshal(f.Body, &body); err != nil {
		return err
	}
	take(body)
	return nil
}

// arrived takes a new message: in its turn, and once.
func (m *messenger) arrived(k kept) {
	key := keyOf(k.Message, m.user)
	if k.Pos == 0 {
		m.arrivedOnline(key, k)
		return
	}
	c := m.begin(key)
	k = c.newest(k)
	switch {
	case c.listed.has(m, k.Pos):
		m.acceptListed(c, []kept{k})
	case k.Pos <= c.Pos: // it is known
	case k.Pos > c.Pos+1:
		m.early(c, k)
	default:
		m.accept(c, []kept{k}, k.Pos)
		m.drain(c)
	}
}

// arrivedOnline takes a message that is kept nowhere.
func (m *messenger) arrivedOnline(key convKey, k kept) {
	c := m.conversation(key)
	switch {
	case c == nil:
		c = m.newConversation(key)
	case c.deaf() && k.Sender != m.user:
		return
	}
	list := []message{k.forGame(m.user, c)}
	m.push(func() bool { return m.client.game.Messages(messagesText(list)) })
}

// early keeps a message until what comes before it is there. What does not come by itself is
// asked for: by the sync, if there is one.
func (m *messenger) early(c *conversation, k kept) {
	if c.early == nil {
		c.early = map[uint64]kept{}
	}
	if _, there := c.early[k.Pos]; there || len(c.early) < maxMissed {
		c.early[k.Pos] = c.newest(k)
	}
	if m.synced && !c.pulling {
		c.pulling = true
		m.after(gapAfter, func() { m.fillGap(c) })
	}
}

// newest is a message, or what it has become since, if that came before it.
func (c *conversation) newest(k kept) kept {
	if changed, there := c.early[k.Pos]; there && changed.Version > k.Version {
		return changed
	}
	return k
}

// fillGap asks for what lacks before the messages that came early.
func (m *messenger) fillGap(c *conversation) {
	c.pulling = false
	if len(c.early) == 0 || !m.synced {
		return
	}
	if _, isNext := c.early[c.Pos+1]; isNext {
		m.drain(c)
		m.tell()
		return
	}
	first, last := cache.Newest, uint64(0)
	for pos := range c.early {
		first, last = min(first, pos), max(last, pos)
	}
	if len(c.early) == maxMissed || last-c.Pos > maxMissed {
		m.sync()
		return
	}
	c.pulling = true
	m.pull(c, c.Pos+1, first-1, func(list []kept, err error) {
		c.pulling = false
		if err != nil {
			m.client.log.Info("messages that lack cannot be had just now", "error", err)
			return // the next link brings a sync
		}
		m.accept(c, list, first-1)
		m.drain(c)
		m.tell()
	})
}

// drain accepts what came early and is next, and asks for what lacks before the rest.
func (m *messenger) drain(c *conversation) {
	var list []kept
	last := c.Pos
	for {
		k, there := c.early[last+1]
		if !there {
			break
		}
		list = append(list, k)
		last++
	}
	m.accept(c, list, last)
	for pos := range c.early {
		if pos <= c.Pos {
			delete(c.early, pos)
		}
	}
	if len(c.early) > 0 && m.synced && !c.pulling {
		c.pulling = true
		m.after(gapAfter, func() { m.fillGap(c) })
	}
}

// accept takes the conversation's next messages, oldest first. Up to last nothing lacks, or
// it is left for the history.
func (m *messenger) accept(c *conversation, list []kept, last uint64) {
	if last <= c.Pos {
		return
	}
	list = slices.DeleteFunc(list, func(k kept) bool { return k.Pos <= c.Pos || c.lost(k.Pos) }) // which came, or went, meanwhile
	m.update(func() error {
		err := m.number(c)
		for i := range list {
			list[i] = c.newest(list[i])
			m.recognise(c, &list[i])
			err = first(err, m.put(c, &list[i]))
		}
		from := max(c.Pos, c.DeletedPos) + 1 // before it messages may be left that nobody listed
		if c.Pos == 0 && len(list) > 0 && list[0].Sender == m.user {
			m.askPeer(c)
		}
		for _, k := range list {
			c.put(k)
			if k.isNews() {
				c.fresh = append(c.fresh, k)
			}
		}
		c.Pos = last
		if len(list) < int(last-from)+1 && len(list) > 0 {
			from = list[0].Pos // what lacks before it is not known to be nothing
		}
		return first(err, m.cache.AddRange(c.Number, cache.Range{First: from, Last: last}), m.keep(c))
	})
	m.news.hasMessages(c)
	if len(list) == 0 || slices.ContainsFunc(list, func(k kept) bool { return k.flags&cache.Unheard == 0 }) {
		m.news.hasChanged(c)
	}
}

// isNews says whether the game is to hear of a message of the server that has just come.
func (k kept) isNews() bool {
	return k.flags&(cache.Here|cache.Revoked|cache.Unheard) == 0 && !k.Imported
}

// sortFresh puts what the game has not heard of into the order of places.
func (c *conversation) sortFresh() {
	slices.SortFunc(c.fresh, func(a, b kept) int { return cmp.Compare(a.Pos, b.Pos) })
}

// put keeps a message of the server. Of two copies the one with the last change is the newer:
// if that is here already, k becomes it, and else its change is told.
func (m *messenger) put(c *conversation, k *kept) error {
	c.mark(k, m.user)
	row, found, err := m.cache.At(c.Number, k.place)
	if err == nil && found {
		if old, failed := keptOf(row); failed == nil {
			if old.Version > k.Version {
				*k = old
				return nil
			}
			if k.inherit(old); old.Version < k.Version {
				return m.change(c, *k)
			}
		}
	}
	return first(err, m.cache.PutMessage(c.Number, k.row()))
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// recognise finds out whether a message was sent from this device, in whichever of its
// lives. What stood for it until the server had it goes.
func (m *messenger) recognise(c *conversation, k *kept) {
	if k.Sender != m.user {
		return
	}
	if m.flights[k.MsgID] != nil {
		k.flags |= cache.Here
	}
	row, found, err := m.cache.Find(c.Number, k.MsgID)
	if err != nil || !found {
		return
	}
	if old, err := keptOf(row); err == nil {
		k.inherit(old)
	}
	if row.Nth > 0 {
		k.flags |= cache.Here
		if err := m.cache.Delete(c.Number, row.Place); err != nil {
			m.client.log.Warn("a change was not kept on this device", "error", err)
		}
		m.refreshUnsent(c)
	}
}

// refreshUnsent finds the conversation's newest message that the server does not have.
func (m *messenger) refreshUnsent(c *conversation) {
	c.unsent = nil
	row, found, err := m.cache.Unsent(c.Number)
	if err != nil || !found {
		return
	}
	if k, err := keptOf(row); err == nil {
		c.setUnsent(k)
	}
}

// peerRead takes how far the other one has read a conversation.
func (m *messenger) peerRead(v wire.ReadEvent) {
	c := m.conversation(convKey{v.ConvType, v.User})
	if v.ConvType != int(tim.ConvTypeC2C) || v.User == m.user || c == nil {
		return
	}
	if m.readBy(c, wire.Reader{User: v.User, ReadPos: v.ReadPos, ReadTime: v.ReadTime}) {
		m.update(func() error { return m.keep(c) })
	}
}

// readBy notes how far the other one has read, and says whether that is news.
func (m *messenger) readBy(c *conversation, by wire.Reader) bool {
	if by.ReadPos <= c.PeerReadPos {
		return false
	}
	c.PeerReadPos, c.PeerReadTime = by.ReadPos, by.ReadTime
	m.news.read = append(m.news.read, receipt{ConvID: c.ID, ConvType: c.Type, Time: by.ReadTime, IsPeerRead: true})
	if c.last != nil && c.last.Sender == m.user {
		m.news.hasChanged(c)
	}
	return true
}
