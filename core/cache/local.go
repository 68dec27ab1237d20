package cache

import (
	"database/sql"
	"errors"
	"slices"
)

// FindAnywhere returns the messages of an id, of whichever conversation and sender.
func (c *Cache) FindAnywhere(id string) (conversations []int64, messages []Message, err error) {
	err = c.all(func(row scanner) error {
		var number int64
		var m Message
		err := row.Scan(&number, &m.Pos, &m.Nth, &m.ID, &m.Time, &m.Flags, &m.Status, &m.Body)
		conversations, messages = append(conversations, number), append(messages, m)
		return err
	}, "SELECT conversation, "+messageColumns+" FROM messages INDEXED BY messages_by_id WHERE id = ? ORDER BY conversation, pos, nth", id)
	return conversations, messages, err
}

// FindNumbered returns the message that its sender has numbered, at a time: 0 is any. Of
// several that are alike it returns the oldest.
func (c *Cache) FindNumbered(conversation int64, seq, random uint64, time int64) (m Message, found bool, err error) {
	return found1(scanMessage(c.row("SELECT "+messageColumns+` FROM messages WHERE conversation = ? AND (? = 0 OR time = ?)
		AND CAST(body AS TEXT) ->> '$.message_seq' = ? AND (? = 0 OR CAST(body AS TEXT) ->> '$.message_rand' = ?) ORDER BY pos, nth LIMIT 1`,
		conversation, time, time, int64(seq), int64(random), int64(random))))
}

// PosAt returns the place of the last message that the server has from no later than a time,
// 0 when none is known. The times of a conversation never fall.
func (c *Cache) PosAt(conversation, time int64) (uint64, error) {
	var best, low, high int64 = 0, 1, 0
	if err := c.row("SELECT coalesce(max(pos), 0) FROM messages WHERE conversation = ?", conversation).Scan(&high); err != nil {
		return 0, err
	}
	for low <= high {
		middle := low + (high-low)/2
		var pos, at int64
		err := c.row("SELECT pos, time FROM messages WHERE conversation = ? AND pos BETWEEN ? AND ? AND nth = 0 ORDER BY pos DESC LIMIT 1",
			conversation, low, middle).Scan(&pos, &at)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			low = middle + 1
		case err != nil:
			return 0, err
		case at <= time:
			best, low = pos, middle+1
		default:
			high = pos - 1
		}
	}
	return uint64(best), nil
}

// Insert puts messages that the server does not have behind pos, among those that stand there
// already, each behind the last that is not from later; the messages are in the order of their
// times. It returns which numbers those have now that had to make room.
func (c *Cache) Insert(conversation int64, pos uint64, messages []Message) (moved map[int64]int64, err error) {
	if len(messages) == 0 {
		return nil, nil
	}
	before, later, err := c.laterAt(conversation, pos, messages[0].Time)
	if err != nil {
		return nil, err
	}
	if err := c.exec("DELETE FROM messages WHERE conversation = ? AND pos = ? AND nth > ?", conversation, int64(pos), before); err != nil {
		return nil, err
	}
	all := later
	for _, m := range messages {
		i := len(all)
		for i > 0 && all[i-1].Time > m.Time {
			i--
		}
		m.Nth = 0
		all = slices.Insert(all, i, m)
	}
	moved = map[int64]int64{}
	for i, m := range all {
		nth := before + int64(i) + 1
		if m.Nth > 0 {
			moved[m.Nth] = nth
		}
		m.Place = Place{pos, nth}
		if err := c.PutMessage(conversation, m); err != nil {
			return nil, err
		}
	}
	return moved, nil
}

// laterAt returns the messages behind pos that stand after all that are from a time or before,
// and the number of the last of these, 0 for none.
func (c *Cache) laterAt(conversation int64, pos uint64, time int64) (before int64, later []Message, err error) {
	enough := errors.New("enough")
	err = c.all(func(row scanner) error {
		m := Message{Place: Place{Pos: pos}}
		if err := row.Scan(&m.Nth, &m.ID, &m.Time, &m.Flags, &m.Status, &m.Body, &m.Sender, &m.Kinds, &m.Text); err != nil {
			return err
		}
		if m.Time <= time {
			before = m.Nth
			return enough
		}
		later = append(later, m)
		return nil
	}, `SELECT nth, id, time, flags, status, body, sender, kinds, text FROM messages
		WHERE conversation = ? AND pos = ? AND nth > 0 ORDER BY nth DESC`, conversation, int64(pos))
	if errors.Is(err, enough) {
		err = nil
	}
	slices.Reverse(later)
	return before, later, err
}
