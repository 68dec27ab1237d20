package core

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// SetReceiveOption says how messages of users are received.
func (c *Client) SetReceiveOption(users string, option int, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		named, err := userList(users)
		if err != nil {
			done(err, "")
			return
		}
		body := wire.ReceiveOption{Users: named, Option: option}
		askFor(m, wire.CmdSetReceiveOption, body, true, func(list []wire.Conversation, err error) {
			for _, v := range list {
				m.merged(v)
			}
			done(err, "")
			m.tell()
		})
	})
}

// ReceiveOptions reads how messages of users are received.
func (c *Client) ReceiveOptions(users string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		named, err := userList(users)
		if err != nil {
			done(err, "")
			return
		}
		m.ask(wire.CmdGetReceiveOptions, wire.UserIDs{Users: named}, true, func(text string, err error) { done(err, text) })
	})
}

// userList reads user ids that a game names.
func userList(text string) ([]string, error) {
	var users []string
	if err := json.Unmarshal([]byte(text), &users); err != nil {
		return nil, timerr.Newf(timerr.InvalidParameters, "json_identifier_array is no array of user ids")
	}
	return users, nil
}

// receiving is how the messages of a conversation are received. Those in the places of unheard
// are in the history, and that is all.
type receiving struct {
	option  int            // a tim.ReceiveMessageOpt
	unheard []wire.Unheard // the oldest first
}

// deaf says whether what others send now is not received.
func (r receiving) deaf() bool { return len(r.unheard) > 0 && r.unheard[len(r.unheard)-1].Last == 0 }

// misses says whether a message was not received when it came.
func (r receiving) misses(k kept, user string) bool {
	return k.Sender != user && slices.ContainsFunc(r.unheard, func(one wire.Unheard) bool {
		return k.Pos >= one.First && (one.Last == 0 || k.Pos <= one.Last)
	})
}

// mark flags a message that is not received.
func (r receiving) mark(k *kept, user string) {
	if k.flags &^= cache.Unheard; r.misses(*k, user) {
		k.flags |= cache.Unheard
	}
}

// silent says whether nothing is told of what becomes of a message: it is not received now. Of
// those that were not received before the game may know by the history.
func (r receiving) silent(k kept) bool { return r.deaf() && k.flags&cache.Unheard != 0 }

// mergeReceiving takes over how the user receives a conversation. Its event may come before
// or after the messages that it is about.
func (m *messenger) mergeReceiving(c *conversation, v wire.Conversation) error {
	before := c.receiving
	if before.option == v.RecvOpt && slices.Equal(before.unheard, v.Unheard) {
		return nil
	}
	c.receiving = receiving{v.RecvOpt, v.Unheard}
	if before.option != c.option {
		m.news.hasChanged(c)
	}
	err := m.cache.SetReceive(c.Number, cache.Receive{Option: c.option, Unheard: []byte(textOf(c.unheard))})
	for _, one := range c.unheard {
		if !slices.Contains(before.unheard, one) {
			err = first(err, m.unhear(c, one))
		}
	}
	if before.deaf() {
		err = first(err, m.hearAgain(c, before.unheard[len(before.unheard)-1].First-1))
	}
	c.fresh = slices.DeleteFunc(c.fresh, func(k kept) bool { return c.misses(k, m.user) })
	if c.last != nil && c.misses(*c.last, m.user) {
		err = first(err, m.findLast(c))
		if c.ActiveTime = 0; c.last != nil {
			c.ActiveTime = c.last.ServerTime
		}
	}
	return err
}

// maxUnheard bounds the messages that are looked through when it turns out late that they
// were not to be received: those that came meanwhile.
const maxUnheard = 1000

// unhear flags the messages of places that turn out not to be received.
func (m *messenger) unhear(c *conversation, places wire.Unheard) error {
	rows, err := m.cache.Received(c.Number, places.First-1, cmp.Or(places.Last, cache.Newest), maxUnheard)
	for _, row := range rows {
		k, failed := keptOf(row)
		if failed == nil && k.Sender != m.user {
			k.flags |= cache.Unheard
			failed = m.cache.PutMessage(c.Number, k.row())
		}
		err = first(err, failed)
	}
	return err
}

// hearAgain tells of messages behind a place that turn out to be received after all.
func (m *messenger) hearAgain(c *conversation, pos uint64) error {
	rows, err := m.cache.NotReceived(c.Number, pos)
	for _, row := range rows {
		k, failed := keptOf(row)
		if failed == nil && !c.misses(k, m.user) {
			k.flags &^= cache.Unheard
			failed = m.cache.PutMessage(c.Number, k.row())
			c.fresh = append(c.fresh, k)
			c.putLast(k)
			m.news.hasMessages(c)
			m.news.hasChanged(c)
		}
		err = first(err, failed)
	}
	c.sortFresh()
	return err
}

// counts is what the conversation adds to the unread total: nothing, when the user is not to
// be notified.
func (c *conversation) counts() uint64 {
	if !c.visible() || c.option != 0 {
		return 0
	}
	return c.Unread
}

// loadReceiving takes what the cache has kept, the zero value where that is nothing.
func (c *conversation) loadReceiving(r cache.Receive) error {
	if c.option = r.Option; r.Unheard == nil {
		return nil
	}
	return json.Unmarshal(r.Unheard, &c.unheard)
}
