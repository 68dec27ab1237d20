package sqlstore

import (
	"context"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/server/chat"
)

// ClaimTask is that of chat.Store.
func (s *Store) ClaimTask(ctx context.Context, app uint64, name, node string, good time.Duration) (bool, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (bool, error) {
		now, err := clock(ctx, tx)
		if err != nil {
			return false, err
		}
		n, err := execCount(ctx, tx, `
			INSERT INTO tasks (app, name, node, until) VALUES ($1, $2, $3, $4)
			ON CONFLICT (app, name) DO UPDATE SET node = excluded.node, until = excluded.until
			WHERE tasks.until < $5 OR tasks.node = excluded.node`,
			int64(app), name, node, now+good.Milliseconds(), now)
		return n > 0, err
	})
}

// ExpireMessages is that of chat.Store.
func (s *Store) ExpireMessages(ctx context.Context, app uint64, before time.Time, limit int) (removed int, more bool, err error) {
	conv, found, err := s.oldestConversation(ctx, app, before)
	if err != nil || !found {
		return 0, false, err
	}
	removed, err = change(ctx, s, func(ctx context.Context, tx querier) (int, error) {
		c, err := lockConversation(ctx, tx, conv)
		if err != nil {
			return 0, err
		}
		return c.expire(ctx, tx, conv, before, limit)
	})
	return removed, err == nil, err
}

// ofMessages are the tables with rows of messages. What a user has hidden stays: a device that
// was away for long still has to learn of it.
var ofMessages = []string{"messages", "receipts", "extended_messages", "message_extensions", "message_reactions", "reaction_users"}

// oldestConversation returns a conversation of which something is older than before.
func (s *Store) oldestConversation(ctx context.Context, app uint64, before time.Time) (conv chat.Conv, found bool, err error) {
	rows, err := s.db.reader().QueryContext(ctx, `
		SELECT type, name FROM conversations WHERE app = $1 AND first_at > 0 AND first_at < $2
		ORDER BY first_at LIMIT 1`, int64(app), before.UnixMilli())
	if err != nil {
		return conv, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind int64
		conv.App = app
		if err := rows.Scan(&kind, &conv.Name); err != nil {
			return conv, false, err
		}
		conv.Type, found = tim.ConvType(kind), true
	}
	return conv, found, rows.Err()
}

// expire removes the conversation's messages that were sent before a time, the oldest first,
// and at most so many.
func (c *conversation) expire(ctx context.Context, tx querier, conv chat.Conv, before time.Time, limit int) (int, error) {
	old, next, err := c.oldest(ctx, tx, before, limit)
	if err != nil || old == 0 {
		return 0, err
	}
	last := c.firstPos + uint64(old) - 1
	touched := c.lastPos >= c.firstPos && c.lastPos <= last // the last message goes too
	for _, user := range conv.Pair() {
		settled, err := c.settleExpired(ctx, tx, conv, user, last)
		if err != nil {
			return 0, err
		}
		touched = touched || settled
	}
	for _, table := range ofMessages {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE conv = $1 AND pos BETWEEN $2 AND $3`,
			c.id, int64(c.firstPos), int64(last)); err != nil {
			return 0, err
		}
	}
	changedAt := c.changedAt
	if touched { // what clients have of it is no longer right
		changedAt = max(changedAt, time.Now().UnixMilli())
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE conversations SET first_pos = $1, first_at = $2, changed_at = $3 WHERE conv = $4`,
		int64(last+1), next, changedAt, c.id)
	return old, err
}

// oldest counts the messages at the beginning that are older than before, up to limit, and
// returns when the next one was sent, or 0 if there is none.
func (c *conversation) oldest(ctx context.Context, tx querier, before time.Time, limit int) (old int, next int64, err error) {
	times, err := queryNumbers(ctx, tx, `
		SELECT sent_at FROM messages WHERE conv = $1 AND pos >= $2 ORDER BY pos LIMIT $3`,
		c.id, int64(c.firstPos), limit+1)
	if err != nil {
		return 0, 0, err
	}
	for old < min(len(times), limit) && times[old] < before.UnixMilli() {
		old++
	}
	if old < len(times) {
		next = times[old]
	}
	return old, next, nil
}

// settleExpired settles what a member has not read up to a place, and says whether there was
// something.
func (c *conversation) settleExpired(ctx context.Context, tx querier, conv chat.Conv, user string, last uint64) (bool, error) {
	var unread int64
	err := tx.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM messages m
		WHERE NOT EXISTS (SELECT 1 FROM unheard u
				WHERE u.app = $1 AND u.user_id = $2 AND u.conv = $3 AND m.pos BETWEEN u.first_pos AND u.last_pos)
			AND m.pos > (SELECT v.read_pos FROM views v WHERE v.app = $1 AND v.user_id = $2 AND v.conv = $3)
			AND m.conv = $3 AND m.pos BETWEEN $4 AND $5 AND (m.flags & 1) = 1 AND m.sender <> $2 AND `+notHidden,
		int64(conv.App), user, c.id, int64(c.firstPos), int64(last)).Scan(&unread)
	if err != nil || unread == 0 {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE views SET settled = settled + $1 WHERE app = $2 AND user_id = $3 AND conv = $4`,
		unread, int64(conv.App), user, c.id)
	return true, err
}
