package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// notCleared leaves out of messages m what a user has cleared: $1 is the app, $2 the user.
const notCleared = `m.pos > COALESCE((SELECT v.clear_pos FROM views v
	WHERE v.app = $1 AND v.user_id = $2 AND v.conv = m.conv), 0)`

// MessagesAt is that of chat.Store.
func (s *Store) MessagesAt(ctx context.Context, conv chat.Conv, user string, places []uint64) ([]chat.Message, error) {
	g, err := s.glance(ctx, conv, user)
	if errors.Is(err, chat.ErrNoConversation) || len(places) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	args := []any{int64(conv.App), user, g.id, int64(g.clearPos)}
	marks := make([]string, len(places))
	for i, pos := range places {
		args = append(args, int64(pos))
		marks[i] = fmt.Sprint("$", len(args))
	}
	found, err := queryMessages(ctx, s.db.reader(), maxBytes, `
		SELECT `+messageColumns+` FROM messages m
		WHERE `+notHidden+` AND m.conv = $3 AND m.pos > $4 AND m.pos IN (`+strings.Join(marks, ", ")+`)`, args...)
	slices.SortFunc(found, func(a, b chat.Message) int {
		return slices.Index(places, a.Pos) - slices.Index(places, b.Pos)
	})
	return found, err
}

// maxBytes does not bound an answer that is bounded otherwise.
const maxBytes = 1 << 30

// AddReceipts is that of chat.Store.
func (s *Store) AddReceipts(ctx context.Context, conv chat.Conv, user string, places []uint64, at time.Time,
	note func(*chat.Message) (bool, error)) ([]chat.Message, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) ([]chat.Message, error) {
		c, err := lockConversation(ctx, tx, conv)
		if err != nil {
			return nil, err
		}
		var noted []chat.Message
		for _, pos := range places {
			m, new, err := c.addReceipt(ctx, tx, conv, user, pos, at, note)
			if err != nil {
				return nil, err
			}
			if new {
				noted = append(noted, m)
			}
		}
		if len(noted) == 0 {
			return nil, nil
		}
		c.changedAt = max(c.changedAt, at.UnixMilli())
		return noted, c.save(ctx, tx)
	})
}

// addReceipt notes that user has read one message, and says whether that is news.
func (c *conversation) addReceipt(ctx context.Context, tx querier, conv chat.Conv, user string, pos uint64, at time.Time,
	note func(*chat.Message) (bool, error)) (chat.Message, bool, error) {
	m, err := scanMessage(tx.QueryRowContext(ctx, `
		SELECT `+messageColumns+` FROM messages m
		WHERE `+notHidden+` AND `+notCleared+` AND m.conv = $3 AND m.pos = $4`,
		int64(conv.App), user, c.id, int64(pos)))
	if errors.Is(err, sql.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, err
	}
	if wanted, err := note(&m); err != nil || !wanted {
		return m, false, err
	}
	n, err := execCount(ctx, tx, `
		INSERT INTO receipts (conv, pos, user_id, read_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (conv, pos, user_id) DO NOTHING`, c.id, int64(pos), user, at.UnixMilli())
	if err != nil || n == 0 {
		return m, false, err
	}
	c.mod++
	m.Version = c.mod
	return m, true, c.rewrite(ctx, tx, m)
}
