package cache

import (
	"encoding/json"
	"strings"
)

// Search says which messages of a conversation are wanted. Recalled ones never are.
type Search struct {
	Words   []string // any of them, or all; none: whatever the text is
	All     bool
	Kinds   uint     // with an element of one of these
	Senders []string // of one of these; none: of anybody
	Times   Span
}

// Found is a message that a search has found.
type Found struct {
	Place
	Time int64
}

// Search returns what a conversation has in the places of r, oldest first. It looks at each of
// these messages: there is no index that every message kept would have to pay for.
func (c *Cache) Search(conversation int64, r Range, s Search) ([]Found, error) {
	text := `SELECT pos, nth, time FROM messages WHERE conversation = ? AND pos BETWEEN ? AND ? AND kinds & ? <> 0
		AND flags & ? = 0 AND (? = 0 OR time >= ?) AND (? = 0 OR time <= ?)`
	args := []any{conversation, int64(r.First), int64(r.Last), int64(s.Kinds), Revoked, s.Times.First, s.Times.First, s.Times.Last, s.Times.Last}
	if len(s.Senders) > 0 {
		senders, err := json.Marshal(s.Senders)
		if err != nil {
			return nil, err
		}
		text += " AND sender IN (SELECT value FROM json_each(?))"
		args = append(args, string(senders))
	}
	if len(s.Words) > 0 {
		between := " OR "
		if s.All {
			between = " AND "
		}
		text += " AND (" + strings.TrimPrefix(strings.Repeat(between+"instr(text, ?) > 0", len(s.Words)), between) + ")"
		for _, word := range s.Words {
			args = append(args, word)
		}
	}
	var list []Found
	err := c.all(func(row scanner) error {
		var f Found
		err := row.Scan(&f.Pos, &f.Nth, &f.Time)
		list = append(list, f)
		return err
	}, text+" ORDER BY pos, nth", args...)
	return list, err
}
