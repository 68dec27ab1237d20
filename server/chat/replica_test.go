package chat_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// replica is a client as the wire's document describes it: it keeps what it was told, and asks
// for what it finds that it lacks.
type replica struct {
	*player
	rev    uint64
	since  int64
	known  map[string]*known // by conv_id
	all    wire.AllReceiveOption
	groups []wire.ConvGroup
}

// known is a conversation as a device has it.
type known struct {
	wire.Conversation
	messages map[uint64]wire.Message
	extras   map[extraKey]any // extensions and reactions that are there
}

func (d *replica) conv(id string) *known {
	if d.known[id] == nil {
		d.known[id] = &known{messages: map[uint64]wire.Message{}, extras: map[extraKey]any{}}
		d.known[id].ConvType, d.known[id].ConvID = 1, id
	}
	return d.known[id]
}

// settle takes events until there are none.
func (d *replica) settle() {
	for {
		synctest.Wait()
		d.mu.Lock()
		events := d.events
		d.events = nil
		d.mu.Unlock()
		if len(events) == 0 {
			return
		}
		for _, one := range events {
			d.take(one)
		}
	}
}

func bodyOf[T any](d *replica, notice chat.Notice) (body T) {
	text, err := json.Marshal(notice.Body)
	require.NoError(d.t, err)
	require.NoError(d.t, json.Unmarshal(text, &body))
	return body
}

func (d *replica) take(notice chat.Notice) {
	switch notice.Event {
	case wire.EventMessage:
		m := bodyOf[wire.Message](d, notice)
		d.placed(d.idOf(m), m)
	case wire.EventMessageChanged:
		m := bodyOf[wire.Message](d, notice)
		d.changed(d.idOf(m), m)
	case wire.EventReceipts:
		d.receipts(bodyOf[wire.Receipts](d, notice))
	case wire.EventExtras:
		d.extrasChanged(bodyOf[wire.Extras](d, notice))
	case wire.EventConversation:
		if c := bodyOf[wire.Conversation](d, notice); c.Rev == d.rev+1 {
			d.rev = c.Rev
			d.viewed(c)
		} else if c.Rev > d.rev {
			d.sync()
		}
	case wire.EventAllReceiveOption:
		if r := bodyOf[wire.AllReceiveOption](d, notice); r.Rev == d.rev+1 {
			d.rev, d.all = r.Rev, r
		} else if r.Rev > d.rev {
			d.sync()
		}
	case wire.EventConversationsSorted:
		if sorted := bodyOf[wire.LabelsChange](d, notice); sorted.Rev == d.rev+1 {
			d.rev = sorted.Rev
			d.sorted(sorted)
		} else if sorted.Rev > d.rev {
			d.sync()
		}
	case wire.EventMessagesDeleted:
		if gone := bodyOf[wire.DeletedMessages](d, notice); gone.Rev == d.rev+1 {
			d.rev = gone.Rev
			d.removed(gone)
		} else if gone.Rev > d.rev {
			d.sync()
		}
	case wire.EventSync:
		d.sync()
	}
}

// idOf is what this user calls the conversation of a message.
func (d *replica) idOf(m wire.Message) string {
	if m.Sender == d.name {
		return m.ConvID
	}
	return m.Sender
}

// placed takes a new message, and asks for those before it that are missing.
func (d *replica) placed(id string, m wire.Message) {
	switch c := d.conv(id); {
	case m.Pos == c.Pos+1:
		c.Pos, c.messages[m.Pos] = m.Pos, m
	case m.Pos > c.Pos:
		d.pull(c)
	}
}

func (d *replica) pull(c *known) {
	for {
		page := asks(d.player, d.s.Messages, wire.MessagesRange{ConvType: 1, ConvID: c.ConvID, FromPos: c.Pos + 1, Count: 3})
		for _, m := range page.Messages {
			c.messages[m.Pos] = m
		}
		if c.Pos = max(c.Pos, page.WholeTo, page.FirstPos-1); c.Pos >= page.Pos {
			return
		}
	}
}

// changed takes a message that was changed, and asks for changes before it.
func (d *replica) changed(id string, m wire.Message) {
	c := d.conv(id)
	if m.Pos > c.Pos { // its own event is still on its way, and will be an old copy
		d.pull(c)
	}
	if m.Version > c.Mod+1 {
		d.pullChanges(c)
	} else if m.Version == c.Mod+1 {
		c.Mod = m.Version
		c.rewrite(m)
	}
}

// receipts takes what was said of messages that were read.
func (d *replica) receipts(news wire.Receipts) {
	id := news.ConvID
	if news.User != d.name {
		id = news.User
	}
	c := d.conv(id)
	for _, r := range news.Receipts {
		m, here := c.messages[r.Pos]
		switch {
		case r.Version <= c.Mod: // it is known
		case r.Version > c.Mod+1 || r.Pos > c.Pos: // something lacks
			d.pullChanges(c)
		default:
			if c.Mod = r.Version; here {
				m.Version, m.Readers, m.ReadTime = r.Version, r.Readers, r.ReadTime
				c.rewrite(m)
			}
		}
	}
}

func (d *replica) pullChanges(c *known) {
	for more := true; more; {
		page := asks(d.player, d.s.Changes, wire.ChangesSince{ConvType: 1, ConvID: c.ConvID, Mod: c.Mod})
		for _, m := range page.Messages {
			if m.Pos > c.Pos {
				d.pull(c)
			}
			c.rewrite(m)
		}
		for _, v := range page.Extras {
			d.takeExtras(c, v)
		}
		c.Mod, more = page.Mod, page.More
	}
}

func (c *known) rewrite(m wire.Message) {
	if before, here := c.messages[m.Pos]; here && before.Version < m.Version {
		c.messages[m.Pos] = m
	}
	if m.Status == 6 {
		c.forgetExtras(func(pos uint64) bool { return pos == m.Pos })
	}
}

// viewed takes what the user's devices did with a conversation.
func (d *replica) viewed(c wire.Conversation) {
	mine := d.conv(c.ConvID)
	mine.ReadPos, mine.ClearPos, mine.DeletedPos = c.ReadPos, c.ClearPos, c.DeletedPos
	mine.RecvOpt, mine.Unheard = c.RecvOpt, c.Unheard
	mine.Marks, mine.Custom, mine.Groups = c.Marks, c.Custom, c.Groups
	maps.DeleteFunc(mine.messages, func(pos uint64, _ wire.Message) bool { return pos <= c.ClearPos })
	mine.forgetExtras(func(pos uint64) bool { return pos <= c.ClearPos })
}

func (d *replica) removed(gone wire.DeletedMessages) {
	for _, pos := range gone.Positions {
		delete(d.conv(gone.ConvID).messages, pos)
		d.conv(gone.ConvID).forgetExtras(func(at uint64) bool { return at == pos })
	}
}

// sync asks what has changed.
func (d *replica) sync() {
	asked := wire.ConversationsSince{Rev: d.rev, Since: d.since, Count: 2}
	var first wire.ConversationsPage
	for {
		page := asks(d.player, d.s.Conversations, asked)
		if asked.After == "" {
			first = page
		}
		if page.GroupsChanged {
			d.grouped(page.Groups)
		}
		for _, c := range page.Conversations {
			mine := d.conv(c.ConvID)
			if c.Pos > mine.Pos {
				d.pull(mine)
			}
			if c.Mod > mine.Mod {
				d.pullChanges(mine)
			}
			d.viewed(c)
		}
		if asked.After = page.Next; page.Next == "" {
			break
		}
	}
	for _, gone := range first.Deleted {
		d.removed(gone)
	}
	if d.rev, d.since = first.Rev, first.Since; first.AllReceive != nil {
		d.all = *first.AllReceive
	}
}

// unread counts as a client does that has the whole history.
func (c *known) unread(user string) (n uint64) {
	for pos, m := range c.messages {
		if pos > c.ReadPos && m.Sender != user && !m.NoUnread && m.Status != 6 && !c.misses(user, m) {
			n++
		}
	}
	return n
}

// lines are the messages in their order.
func (c *known) lines() []wire.Message {
	var list []wire.Message
	for _, pos := range slices.Sorted(maps.Keys(c.messages)) {
		list = append(list, c.messages[pos])
	}
	return list
}
