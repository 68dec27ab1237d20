package core

import (
	"math"
	"time"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

const (
	// syncAgainAfter is how long after the server could not tell what has changed it is
	// asked again.
	syncAgainAfter = 5 * time.Second
	// atOnce is how many conversations are caught up with at once.
	atOnce = 16
)

// catchUp is one sync: what has changed since the position of the last one.
type catchUp struct {
	since    cache.Position
	to       cache.Position
	waiting  []func(done func(error)) // of conversations that lack something
	running  int
	finished bool
}

// sync asks the server what has changed. A device that has never synced gets conversations
// and their unread counts: their messages are history, not news.
func (m *messenger) sync() {
	if m.syncing != nil {
		m.syncAgain = true
		return
	}
	if !m.online {
		return
	}
	s := &catchUp{since: m.position}
	m.syncing, m.syncAgain, m.firstSync = s, false, nil
	if s.fresh() {
		m.firstSync = s
	}
	if !m.news.syncing { // else the one before has failed, and this goes on with it
		m.news.syncing = true
		m.news.sync = append(m.news.sync, tim.ConvEventStart)
	}
	m.tell()
	m.askPage(s, "")
}

func (s *catchUp) fresh() bool { return s.since == cache.Position{} }

func (m *messenger) askPage(s *catchUp, after string) {
	body := wire.ConversationsSince{Rev: s.since.Rev, Since: s.since.Since, After: after, Count: wire.MaxConversationsPage}
	askFor(m, wire.CmdGetConversations, body, true, func(page wire.ConversationsPage, err error) {
		if err != nil {
			m.synchronised(s, err)
			return
		}
		if after == "" {
			s.to = cache.Position{Rev: page.Rev, Since: page.Since}
			if page.AllReceive != nil {
				m.mergeAllReceive(*page.AllReceive)
			}
		}
		if page.GroupsChanged {
			m.groupsChanged(page.Groups, page.Rev, s.fresh())
		}
		m.takePage(s, page)
		if page.Next != "" && len(page.Conversations) > 0 { // without any there would be no end
			m.askPage(s, page.Next)
			return
		}
		m.catchUpMore(s)
	})
}

// takePage takes over what the page says, and notes what is still to be asked for.
func (m *messenger) takePage(s *catchUp, page wire.ConversationsPage) {
	m.update(func() error {
		var err error
		for _, v := range page.Conversations {
			c := m.begin(convKey{v.ConvType, v.ConvID})
			err = first(err, m.keep(c), m.merge(c, v))
			m.note(s, c, v)
			err = first(err, m.keep(c))
		}
		return err
	})
	if s.fresh() {
		for _, v := range page.Conversations {
			m.acceptEarlier(m.conversation(convKey{v.ConvType, v.ConvID}))
		}
	}
	for _, v := range page.Deleted {
		m.deleted(v)
	}
}

// note notes what lacks of a conversation.
func (m *messenger) note(s *catchUp, c *conversation, v wire.Conversation) {
	if s.fresh() && v.Pos > c.Pos {
		c.Pos, c.told, c.Mod = v.Pos, v.Pos, max(c.Mod, v.Mod)
		c.listed = &firstList{of: s, upTo: c.Pos, heard: map[uint64]bool{}}
		return
	}
	known := c.Pos
	from := max(c.Pos, c.ClearPos, c.DeletedPos) + 1
	if known == 0 {
		c.Mod = max(c.Mod, v.Mod)
	}
	if v.Mod > c.Mod {
		s.waiting = append(s.waiting, func(done func(error)) { m.askChanges(c, c.Mod, done) })
	}
	switch {
	case v.Pos >= from:
		s.waiting = append(s.waiting, func(done func(error)) { m.catchUpWith(c, from, v.Pos, done) })
	case v.Pos > known: // and all of it was cleared meanwhile
		c.Pos, c.told = v.Pos, v.Pos
	}
}

// catchUpWith gets the messages that were missed.
func (m *messenger) catchUpWith(c *conversation, from, to uint64, done func(error)) {
	m.pull(c, from, to, func(list []kept, err error) {
		if err == nil {
			m.accept(c, list, to)
		}
		done(err)
	})
}

// catchUpMore goes on with what waits, and ends the sync when nothing does.
func (m *messenger) catchUpMore(s *catchUp) {
	for len(s.waiting) > 0 && s.running < atOnce && !s.finished {
		next := s.waiting[0]
		s.waiting = s.waiting[1:]
		s.running++
		next(func(err error) {
			s.running--
			if err != nil {
				m.synchronised(s, err)
				return
			}
			m.catchUpMore(s)
		})
	}
	if s.running == 0 && len(s.waiting) == 0 {
		m.synchronised(s, nil)
	}
}

// synchronised ends the sync.
func (m *messenger) synchronised(s *catchUp, err error) {
	if s.finished {
		return
	}
	s.finished = true
	m.syncing = nil
	if err != nil {
		m.syncFailed(err)
		return
	}
	m.position = s.to
	m.update(func() error { return m.cache.SetPosition(s.to) })
	m.synced = m.online
	for _, c := range m.conversations {
		if len(c.early) > 0 {
			m.drain(c)
		}
		if c.Pos == 0 {
			m.askPeer(c)
		}
		if c.unsure != nil {
			m.askAgain(c, *c.unsure)
		}
	}
	m.news.syncing = false
	m.news.sync = append(m.news.sync, tim.ConvEventFinish)
	m.tell()
	if m.syncAgain {
		m.sync()
	}
}

// syncFailed tries again in a while, unless the server has no messages at all.
func (m *messenger) syncFailed(err error) {
	m.tell()
	if timerr.CodeOf(err) == timerr.SDKInterfaceNotSupport {
		return
	}
	m.client.log.Info("what has changed cannot be had just now", "error", err)
	m.after(syncAgainAfter, m.sync)
}

// pull gets the newest messages of a range, at most those that the game is told of, and
// runs then with them, oldest first. They are not kept yet.
func (m *messenger) pull(c *conversation, from, to uint64, then func([]kept, error)) {
	mod := uint64(math.MaxUint64)
	m.pullMore(c, from, to, nil, &mod, func(list []kept, err error) {
		then(list, err)
		if err == nil && mod < c.Mod { // a change has overtaken the messages
			m.askAgain(c, mod)
		}
	})
}

// pullMore lowers mod to what the pages were read at.
func (m *messenger) pullMore(c *conversation, from, to uint64, have []kept, mod *uint64, then func([]kept, error)) {
	body := wire.MessagesRange{
		ConvType: c.Type, ConvID: c.ID, FromPos: from, ToPos: to,
		Count: min(maxMissed-len(have), wire.MaxMessagesPage), NewestFirst: true,
	}
	askFor(m, wire.CmdGetMessages, body, true, func(page wire.MessagesPage, err error) {
		if err != nil {
			then(nil, err)
			return
		}
		*mod = min(*mod, page.Mod)
		older := make([]kept, 0, len(page.Messages)+len(have))
		for i := len(page.Messages) - 1; i >= 0; i-- {
			older = append(older, fromServer(page.Messages[i], m.user))
		}
		have = append(older, have...)
		if page.WholeFrom > max(from, page.FirstPos) && page.WholeFrom <= to && page.WholeTo >= page.WholeFrom && len(have) < maxMissed {
			m.pullMore(c, from, page.WholeFrom-1, have, mod, then)
			return
		}
		then(have, nil)
	})
}
