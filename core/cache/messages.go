package cache

import (
	"database/sql"
	"errors"
)

// Flags of a message, as its user has it.
const (
	Here    = 1 << iota // it was sent from this device
	Unread              // it counts as unread until it is read
	Revoked             // it was recalled
	Unheard             // it was not received, it only stands in the history
)

// Place orders the messages of a conversation on this device. What the server has stands at
// Pos with Nth 0; what it does not have stands behind Pos, by Nth.
type Place struct {
	Pos uint64
	Nth int64
}

// Message is a message of a conversation.
type Message struct {
	Place
	ID     string
	Time   int64 // UNIX seconds
	Flags  int
	Status int    // a tim.MsgStatus
	Body   []byte // as core has it

	// By these a message is found. They are not read again.
	Sender string
	Kinds  uint   // a bit for each kind of element: 1 << its number
	Text   string // in which words are looked for
}

const messageColumns = "pos, nth, id, time, flags, status, body"

func scanMessage(row scanner) (m Message, err error) {
	err = row.Scan(&m.Pos, &m.Nth, &m.ID, &m.Time, &m.Flags, &m.Status, &m.Body)
	return m, err
}

// PutMessage keeps m at its place.
func (c *Cache) PutMessage(conversation int64, m Message) error {
	return c.exec("INSERT OR REPLACE INTO messages (conversation, "+messageColumns+", sender, kinds, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		conversation, int64(m.Pos), m.Nth, m.ID, m.Time, m.Flags, m.Status, m.Body, m.Sender, int64(m.Kinds), m.Text)
}

// NextPlace returns the place of a next message that the server does not have.
func (c *Cache) NextPlace(conversation int64, pos uint64) (Place, error) {
	var nth int64
	err := c.row("SELECT coalesce(max(nth), 0) + 1 FROM messages WHERE conversation = ? AND pos = ?", conversation, int64(pos)).Scan(&nth)
	return Place{pos, nth}, err
}

// Find returns the message of an id; of several senders' that have the same one, any.
// SQLite would rather go through the whole conversation: it is told which index to take.
func (c *Cache) Find(conversation int64, id string) (m Message, found bool, err error) {
	return found1(scanMessage(c.row("SELECT "+messageColumns+" FROM messages INDEXED BY messages_by_id WHERE conversation = ? AND id = ?", conversation, id)))
}

// At returns the message of a place.
func (c *Cache) At(conversation int64, p Place) (m Message, found bool, err error) {
	return found1(scanMessage(c.row("SELECT "+messageColumns+" FROM messages WHERE conversation = ? AND pos = ? AND nth = ?",
		conversation, int64(p.Pos), p.Nth)))
}

func found1(m Message, err error) (Message, bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return Message{}, false, nil
	}
	return m, err == nil, err
}

// Unsent returns a conversation's newest message that the server does not have. SQLite would rather go
// through the whole conversation, backwards, to find that there is none: it is told which index to take.
func (c *Cache) Unsent(conversation int64) (m Message, found bool, err error) {
	return found1(scanMessage(c.row("SELECT "+messageColumns+` FROM messages INDEXED BY messages_unsent WHERE conversation = ? AND nth > 0
		ORDER BY pos DESC, nth DESC LIMIT 1`, conversation)))
}

// AllUnsent returns every conversation's newest message that the server does not have.
func (c *Cache) AllUnsent() (map[int64]Message, error) {
	newest := map[int64]Message{}
	err := c.each(func(v *values) {
		number := v.int()
		newest[number] = Message{Place: Place{Pos: v.uint(), Nth: v.int()}, ID: v.text(), Time: v.int(),
			Flags: int(v.int()), Status: int(v.int()), Body: v.blob()}
	}, "SELECT conversation, "+messageColumns+" FROM messages WHERE nth > 0 ORDER BY conversation, pos, nth")
	return newest, err
}

// GiveUp sets the status of all messages that the server does not have and that are in the
// status from.
func (c *Cache) GiveUp(from, to int) error {
	return c.exec("UPDATE messages SET status = ? WHERE nth > 0 AND status = ?", to, from)
}

// Delete deletes the message of a place.
func (c *Cache) Delete(conversation int64, p Place) error {
	if p.Nth == 0 {
		if err := c.PutExtensions(conversation, p.Pos, nil); err != nil {
			return err
		}
	}
	return c.exec("DELETE FROM messages WHERE conversation = ? AND pos = ? AND nth = ?", conversation, int64(p.Pos), p.Nth)
}

// Clear deletes all messages up to and with pos, also those that stand behind it. What is
// there is then known to be nothing.
func (c *Cache) Clear(conversation int64, pos uint64) error {
	if err := c.exec("DELETE FROM messages WHERE conversation = ? AND pos <= ?", conversation, int64(pos)); err != nil {
		return err
	}
	if err := c.clearExtensions(conversation, pos); err != nil {
		return err
	}
	return c.AddRange(conversation, Range{1, pos})
}

// CountUnread counts the messages behind pos, up to last, that count as unread.
func (c *Cache) CountUnread(conversation int64, pos, last uint64) (n uint64, err error) {
	err = c.row("SELECT count(*) FROM messages WHERE conversation = ? AND pos > ? AND pos <= ? AND flags & ? = ?",
		conversation, int64(pos), int64(last), Unread|Revoked|Unheard, Unread).Scan(&n)
	return n, err
}

// AddRange notes that the messages of r are all there.
func (c *Cache) AddRange(conversation int64, r Range) error {
	if r.Last < r.First {
		return nil
	}
	near, err := c.near(conversation, r)
	if err != nil {
		return err
	}
	sum := near.Add(r)
	if len(sum) == len(near) && len(near) == 1 && sum[0] == near[0] {
		return nil // as when history is read again
	}
	for _, old := range near {
		if err := c.exec("DELETE FROM ranges WHERE conversation = ? AND first = ?", conversation, int64(old.First)); err != nil {
			return err
		}
	}
	for _, new := range sum {
		if err := c.exec("INSERT INTO ranges (conversation, first, last) VALUES (?, ?, ?)", conversation, int64(new.First), int64(new.Last)); err != nil {
			return err
		}
	}
	return nil
}

// near returns the ranges that r overlaps or touches.
func (c *Cache) near(conversation int64, r Range) (Ranges, error) {
	var list Ranges
	err := c.all(func(row scanner) error {
		var r Range
		err := row.Scan(&r.First, &r.Last)
		list = append(list, r)
		return err
	}, "SELECT first, last FROM ranges WHERE conversation = ? AND last >= ? AND first <= ? ORDER BY first",
		conversation, int64(r.First)-1, int64(min(r.Last, Newest-1)+1))
	return list, err
}

// Holes returns what of r is not known to be there.
func (c *Cache) Holes(conversation int64, r Range) (Ranges, error) {
	known, err := c.near(conversation, r)
	return known.Holes(r), err
}
