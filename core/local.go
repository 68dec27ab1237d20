package core

import (
	"encoding/json"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/timerr"
)

// SetLocalCustomData keeps a number and a string beside a message, on this device alone.
func (c *Client) SetLocalCustomData(message string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) { done(m.setLocal(message), "") })
}

func (m *messenger) setLocal(text string) error {
	var given struct {
		ConvID   string  `json:"message_conv_id"`
		ConvType int     `json:"message_conv_type"`
		MsgID    string  `json:"message_msg_id"`
		Int      *uint32 `json:"message_custom_int"`
		Str      *string `json:"message_custom_str"`
	}
	if err := decode(text, &given); err != nil {
		return err
	}
	c := m.conversation(convKey{given.ConvType, given.ConvID})
	if c == nil && given.ConvID == "" {
		c = m.conversationWith(given.MsgID)
	}
	k, err := m.located(c, json.RawMessage(text), "json_msg_param")
	if err != nil {
		return err
	}
	row, found, err := m.cache.At(c.Number, k.place)
	if err != nil {
		return timerr.Wrap(timerr.SDKInternalError, err)
	}
	if !found {
		return timerr.Newf(timerr.InvalidParameters, "json_msg_param is not on this device")
	}
	if k, err = keptOf(row); err != nil {
		return timerr.Wrap(timerr.SDKInternalError, err)
	}
	if given.Int != nil {
		k.local.CustomInt = *given.Int
	}
	if given.Str != nil {
		k.local.CustomStr = *given.Str
	}
	m.keepLocal(c, k)
	return nil
}

// keepLocal keeps a message whose local data has changed, wherever it is.
func (m *messenger) keepLocal(c *conversation, k kept) {
	if f := m.flights[k.MsgID]; f != nil && f.conversation == c {
		f.kept.local = k.local
	}
	m.update(func() error {
		err := m.cache.PutMessage(c.Number, k.row())
		if c.unsent != nil && c.unsent.place == k.place {
			c.unsent.local = k.local
		}
		if c.last != nil && c.last.Pos == k.Pos && k.place.Nth == 0 {
			c.last.local = k.local
			err = first(err, m.keep(c))
		}
		return err
	})
}

// conversationWith returns a conversation that has a message of an id, nil when there is none.
func (m *messenger) conversationWith(id string) *conversation {
	numbers, _, err := m.cache.FindAnywhere(id)
	if err != nil || len(numbers) == 0 || id == "" {
		return nil
	}
	for _, c := range m.conversations {
		if c.Number == numbers[0] {
			return c
		}
	}
	return nil
}

// FindMessages reads the messages of ids that are on this device, in the order of the ids.
func (c *Client) FindMessages(ids string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		var list []string
		if err := decode(ids, &list); err != nil {
			done(err, "")
			return
		}
		found, err := m.find(list)
		if err != nil {
			done(timerr.Wrap(timerr.SDKInternalError, err), "")
			return
		}
		done(nil, messagesText(found))
	})
}

func (m *messenger) find(ids []string) ([]message, error) {
	byNumber := map[int64]*conversation{}
	for _, c := range m.conversations {
		byNumber[c.Number] = c
	}
	list := []message{}
	for _, id := range ids {
		numbers, rows, err := m.cache.FindAnywhere(id)
		if err != nil {
			return nil, err
		}
		for i, row := range rows {
			c := byNumber[numbers[i]]
			if c == nil {
				continue // it was not kept: the disk has failed
			}
			k, err := keptOf(row)
			if err != nil {
				return nil, err
			}
			list = append(list, k.forGame(m.user, c))
		}
	}
	return list, nil
}

// sought is a locator as a game gives it back.
type sought struct {
	Time     int64  `json:"message_locator_time"`
	Seq      uint64 `json:"message_locator_seq"`
	Rand     uint64 `json:"message_locator_rand"`
	UniqueID uint64 `json:"message_locator_unique_id"`
	MsgID    string `json:"message_msg_id"`
}

// FindByLocators reads the messages of a conversation that locators name, in their order:
// from this device, or from the server if there is a link.
func (c *Client) FindByLocators(kind int, conversation, locators string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		var list []sought
		err := decode(locators, &list)
		if err == nil && len(list) > maxHistory {
			err = timerr.Newf(timerr.InvalidParameters, "json_msg_Locator_array has %d locators, at most %d can be looked for at once", len(list), maxHistory)
		}
		if err != nil {
			done(err, "")
			return
		}
		m.readSought(convKey{kind, conversation}, list, done)
	})
}

// readSought answers with the messages that are found, once the server was asked for the
// places that are not known here.
func (m *messenger) readSought(key convKey, list []sought, done Done) {
	c := m.begin(key)
	var places []uint64
	for _, s := range list {
		if s.UniqueID != 0 && s.UniqueID <= c.Pos {
			places = append(places, s.UniqueID)
		}
	}
	m.fetch(c, places, func() {
		found := []message{}
		for _, s := range list {
			row, there, err := m.seek(c, s)
			if err == nil && !there {
				continue
			}
			k, failed := keptOf(row)
			if err = first(err, failed); err != nil {
				done(timerr.Wrap(timerr.SDKInternalError, err), "")
				return
			}
			found = append(found, k.forGame(m.user, c))
		}
		done(nil, messagesText(found))
	})
}

// seek finds a message by the most telling of what a locator says.
func (m *messenger) seek(c *conversation, s sought) (cache.Message, bool, error) {
	switch {
	case s.MsgID != "":
		return m.cache.Find(c.Number, s.MsgID)
	case s.UniqueID != 0:
		return m.cache.At(c.Number, cache.Place{Pos: min(s.UniqueID, cache.Newest)})
	case s.Seq != 0:
		return m.cache.FindNumbered(c.Number, s.Seq, s.Rand, s.Time)
	}
	return cache.Message{}, false, nil
}
