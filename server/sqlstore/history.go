package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math/bits"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// notHidden leaves out of messages m what a user has deleted: $1 is the app, $2 the user.
const notHidden = `NOT EXISTS (SELECT 1 FROM hidden h
	WHERE h.app = $1 AND h.user_id = $2 AND h.conv = m.conv AND h.pos = m.pos)`

// glance is what reading begins with. Of what is committed later a reader may see more.
type glance struct {
	id       int64
	pos, mod uint64
	clearPos uint64
	firstPos uint64 // older ones were removed
}

func (s *Store) glance(ctx context.Context, conv chat.Conv, user string) (glance, error) {
	var g glance
	err := s.db.reader().QueryRowContext(ctx, `
		SELECT c.conv, c.pos, c.mod, COALESCE(v.clear_pos, 0), c.first_pos FROM conversations c
		LEFT JOIN views v ON v.app = c.app AND v.user_id = $1 AND v.conv = c.conv
		WHERE c.app = $2 AND c.type = $3 AND c.name = $4`, user, int64(conv.App), int64(conv.Type), conv.Name).
		Scan(&g.id, &g.pos, &g.mod, &g.clearPos, &g.firstPos)
	if errors.Is(err, sql.ErrNoRows) {
		return glance{}, chat.ErrNoConversation
	}
	return g, err
}

// Messages is that of chat.Store.
func (s *Store) Messages(ctx context.Context, conv chat.Conv, user string, part chat.Part) (chat.Page, error) {
	g, err := s.glance(ctx, conv, user)
	if errors.Is(err, chat.ErrNoConversation) {
		return chat.Page{From: 1, First: 1}, nil
	}
	if err != nil {
		return chat.Page{}, err
	}
	page := chat.Page{First: max(g.clearPos+1, g.firstPos), Pos: g.pos, Mod: g.mod}
	page.From, page.To = max(part.From, page.First), g.pos
	if part.To > 0 {
		page.To = min(part.To, g.pos)
	}
	db := s.db.reader()
	if err := beginInTime(ctx, db, g, part, &page); err != nil {
		return chat.Page{}, err
	}
	order := ""
	if part.NewestFirst {
		order = "DESC"
	}
	page.Messages, err = queryMessages(ctx, db, part.Bytes, `
		SELECT `+messageColumns+` FROM messages m
		WHERE `+notHidden+` AND m.conv = $3 AND m.pos BETWEEN $4 AND $5
		ORDER BY m.pos `+order+` LIMIT $6`,
		int64(conv.App), user, g.id, int64(page.From), int64(page.To), part.Limit)
	if err != nil {
		return chat.Page{}, err
	}
	return cut(endInTime(page, part), part), nil
}

// cut ends a page where its messages were enough.
func cut(page chat.Page, part chat.Part) chat.Page {
	if len(page.Messages) == 0 || len(page.Messages) < part.Limit && bytesOf(page.Messages) < part.Bytes {
		return page // there are no more
	}
	end := page.Messages[len(page.Messages)-1].Pos
	if part.NewestFirst {
		page.From = end
	} else {
		page.To = end
	}
	page.More = true
	return page
}

// beginInTime narrows a page to what was sent in part's time, at the end from which it is read. Each
// search for a time costs as much as the page, and endInTime does without.
func beginInTime(ctx context.Context, tx querier, g glance, part chat.Part, page *chat.Page) error {
	switch {
	case part.NewestFirst && !part.Latest.IsZero():
		next, err := firstAt(ctx, tx, g.id, g.pos, part.Latest.Add(time.Millisecond))
		page.To = min(page.To, next-1)
		return err
	case !part.NewestFirst && !part.Earliest.IsZero():
		first, err := firstAt(ctx, tx, g.id, g.pos, part.Earliest)
		page.From = max(page.From, first)
		return err
	}
	return nil
}

// endInTime ends a page before the first message that is not of part's time: times do not fall, so
// none of those behind it is.
func endInTime(page chat.Page, part chat.Part) chat.Page {
	for i, m := range page.Messages {
		switch {
		case part.NewestFirst && m.At.Before(part.Earliest):
			page.From = m.Pos + 1
		case !part.NewestFirst && !part.Latest.IsZero() && m.At.After(part.Latest):
			page.To = m.Pos - 1
		default:
			continue
		}
		page.Messages = page.Messages[:i]
		return page
	}
	return page
}

// firstAt returns the place of the first message that was sent at a time or later, or the
// place after the last one. Times do not fall, so it is found by halving, for which the database
// is asked once: twenty round trips would take longer than to read the page.
func firstAt(ctx context.Context, tx querier, conv int64, pos uint64, at time.Time) (uint64, error) {
	if pos == 0 {
		return 1, nil
	}
	var before int64 // the last place that is known to be from earlier; where none is left was such a one
	err := tx.QueryRowContext(ctx, `
		WITH RECURSIVE search (before, step) AS (
			SELECT CAST(0 AS BIGINT), CAST($1 AS BIGINT)
			UNION ALL
			SELECT CASE WHEN before + step <= $2 AND COALESCE((
					SELECT m.sent_at FROM messages m WHERE m.conv = $3 AND m.pos <= before + step
					ORDER BY m.pos DESC LIMIT 1), 0) < $4 THEN before + step ELSE before END,
				step / 2
			FROM search WHERE step > 0
		)
		SELECT before FROM search WHERE step = 0`,
		int64(1)<<(bits.Len64(pos)-1), int64(pos), conv, at.UnixMilli()).Scan(&before)
	return uint64(before) + 1, err
}

// Changes is that of chat.Store.
func (s *Store) Changes(ctx context.Context, conv chat.Conv, user string, mod uint64, limit int) (chat.Changed, error) {
	g, err := s.glance(ctx, conv, user)
	if errors.Is(err, chat.ErrNoConversation) {
		return chat.Changed{Mod: mod}, nil
	}
	if err != nil {
		return chat.Changed{}, err
	}
	messages, err := queryMessages(ctx, s.db.reader(), changesBytes, `
		SELECT `+messageColumns+` FROM messages m
		WHERE `+notHidden+` AND m.conv = $3 AND m.version > 0 AND m.version > $4 AND m.pos > $5
		ORDER BY m.version LIMIT $6`,
		int64(conv.App), user, g.id, int64(mod), int64(g.clearPos), limit)
	if err != nil {
		return chat.Changed{}, err
	}
	if len(messages) == limit || bytesOf(messages) >= changesBytes {
		return chat.Changed{Messages: messages, Mod: messages[len(messages)-1].Version, More: true}, nil
	}
	return chat.Changed{Messages: messages, Mod: max(mod, g.mod)}, nil
}

// changesBytes ends an answer of Changes.
const changesBytes = 512 << 10

func bytesOf(messages []chat.Message) (size int) {
	for _, m := range messages {
		size += len(m.Body)
	}
	return size
}
