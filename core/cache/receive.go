package cache

// Receive is how the messages of a conversation are received, where that is not as usual.
type Receive struct {
	Option  int
	Unheard []byte // the places that were not received, as core has them
}

// Receives returns those that were set, by the numbers of their conversations.
func (c *Cache) Receives() (map[int64]Receive, error) {
	set := map[int64]Receive{}
	err := c.all(func(row scanner) error {
		var number int64
		var one Receive
		err := row.Scan(&number, &one.Option, &one.Unheard)
		set[number] = one
		return err
	}, "SELECT conversation, option, unheard FROM receives")
	return set, err
}

// SetReceive sets how a conversation's messages are received.
func (c *Cache) SetReceive(conversation int64, r Receive) error {
	return c.exec("INSERT OR REPLACE INTO receives (conversation, option, unheard) VALUES (?, ?, ?)",
		conversation, r.Option, r.Unheard)
}

// NotReceived returns the messages behind pos that have the flag Unheard and were not
// recalled, oldest first.
func (c *Cache) NotReceived(conversation int64, pos uint64) ([]Message, error) {
	var list []Message
	err := c.all(func(row scanner) error {
		m, err := scanMessage(row)
		list = append(list, m)
		return err
	}, "SELECT "+messageColumns+` FROM messages WHERE conversation = ? AND pos > ? AND nth = 0 AND flags & ? = ?
		ORDER BY pos`, conversation, int64(pos), Unheard|Revoked, Unheard)
	return list, err
}

// AllReceive says when the user is not notified, whoever writes.
type AllReceive struct {
	Level    int64
	Day      int64 // seconds of the day
	Start    int64 // UNIX seconds; 0: each day
	Duration int64
	Rev      int64
}

func (r *AllReceive) fields() map[string]*int64 {
	return map[string]*int64{"all_level": &r.Level, "all_day": &r.Day, "all_start": &r.Start, "all_duration": &r.Duration, "all_rev": &r.Rev}
}

// AllReceive returns what was set last.
func (c *Cache) AllReceive() (r AllReceive, err error) {
	for name, value := range r.fields() {
		if *value, err = c.number(name); err != nil {
			return r, err
		}
	}
	return r, nil
}

// SetAllReceive sets it.
func (c *Cache) SetAllReceive(r AllReceive) error {
	for name, value := range r.fields() {
		if err := c.setNumber(name, *value); err != nil {
			return err
		}
	}
	return nil
}
