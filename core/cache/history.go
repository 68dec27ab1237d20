package cache

import "slices"

// Query asks for messages of a conversation beside a place, that one not included.
type Query struct {
	Start Place
	Newer bool // oldest first from Start on; else newest first
	Limit int
	Whole Range // the places that can be there at all
	Times Span  // of the messages' times; the zero one is all
	Gaps  bool  // reads on behind a hole
}

// Span is UNIX seconds from First to Last, both included; 0 is no bound.
type Span struct{ First, Last int64 }

// Oldest and Latest are the starts of queries that begin at either end.
var (
	Oldest = Place{0, -1}
	Latest = Place{Newest, 1 << 62}
)

// Page answers a query. A Hole is what the cache does not know and what comes next, behind
// the messages: whoever fills it asks again.
type Page struct {
	Messages []Message
	Hole     *Range
}

// History reads messages up to the first hole, or as many as there are.
func (c *Cache) History(conversation int64, q Query) (Page, error) {
	low, high := uint64(0), Newest
	var hole *Range
	if !q.Gaps {
		asked := q.asked()
		holes, err := c.Holes(conversation, asked)
		if err != nil {
			return Page{}, err
		}
		if len(holes) > 0 && q.Newer {
			hole = &holes[0]
			high = hole.First - 1
		} else if len(holes) > 0 {
			hole = &holes[len(holes)-1]
			low = hole.Last + 1
		}
	}
	list, err := c.between(conversation, q, low, high)
	if err != nil || len(list) == q.Limit {
		hole = nil // there is enough before it
	}
	return Page{list, hole}, err
}

// asked is the places that the query goes through.
func (q Query) asked() Range {
	r := q.Whole
	if q.Newer {
		from := q.Start.Pos
		if q.Start.Nth >= 0 { // else the start itself is asked for
			from++
		}
		r.First = max(r.First, from)
		return r
	}
	last := q.Start.Pos
	if q.Start.Nth <= 0 { // else the message before it may stand at its Pos
		if last == 0 {
			return Range{1, 0}
		}
		last--
	}
	r.Last = min(r.Last, last)
	return r
}

const (
	older = " AND (pos, nth) < (?, ?) ORDER BY pos DESC, nth DESC LIMIT ?"
	newer = " AND (pos, nth) > (?, ?) ORDER BY pos, nth LIMIT ?"
)

// between reads what stands at or behind the places from low to high.
func (c *Cache) between(conversation int64, q Query, low, high uint64) ([]Message, error) {
	text := "SELECT " + messageColumns + ` FROM messages WHERE conversation = ? AND pos BETWEEN ? AND ?
		AND (? = 0 OR time >= ?) AND (? = 0 OR time <= ?)`
	if q.Newer { // the bounds are where the database starts to look
		text += newer
		low = max(low, q.Start.Pos)
	} else {
		text += older
		high = min(high, q.Start.Pos)
	}
	var list []Message
	err := c.all(func(row scanner) error {
		m, err := scanMessage(row)
		list = append(list, m)
		return err
	}, text, conversation, int64(low), int64(high), q.Times.First, q.Times.First, q.Times.Last, q.Times.Last,
		int64(q.Start.Pos), q.Start.Nth, q.Limit)
	return list, err
}

// Received returns the messages behind pos that were received from elsewhere and that are not
// recalled, oldest first: of more than most the newest.
func (c *Cache) Received(conversation int64, pos, last uint64, most int) ([]Message, error) {
	var list []Message
	err := c.all(func(row scanner) error {
		m, err := scanMessage(row)
		list = append(list, m)
		return err
	}, "SELECT "+messageColumns+` FROM messages WHERE conversation = ? AND pos > ? AND pos <= ? AND nth = 0
		AND flags & ? = 0 ORDER BY pos DESC LIMIT ?`, conversation, int64(pos), int64(last), Here|Revoked|Unheard, most)
	slices.Reverse(list)
	return list, err
}
