package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/server/chat"
)

// changeView runs apply on a member's view, with its conversation locked, and keeps what it
// changed under the account's next rev. Apply returns false when there is nothing to do.
func (s *Store) changeView(ctx context.Context, conv chat.Conv, user string,
	apply func(context.Context, querier, *conversation, *viewRow) (bool, error)) (viewRow, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (viewRow, error) {
		c, v, err := lockView(ctx, tx, conv, user)
		if err != nil {
			return viewRow{}, err
		}
		if v.changed, err = apply(ctx, tx, &c, &v); err != nil {
			return viewRow{}, err
		}
		if v.changed {
			if err := v.save(ctx, tx); err != nil {
				return viewRow{}, err
			}
			if v.tell != nil {
				if err := s.tellOf(ctx, tx, conv.App, user, func(n uint64) (chat.Event, error) { return v.tell(v.View, n) }); err != nil {
					return viewRow{}, err
				}
			}
		}
		v.Unread = uint64(max(0, v.counted-v.settled))
		if err := v.groups(ctx, tx); err != nil {
			return viewRow{}, err
		}
		return v, v.fill(ctx, tx)
	})
}

func lockView(ctx context.Context, tx querier, conv chat.Conv, user string) (conversation, viewRow, error) {
	c, err := lockConversation(ctx, tx, conv)
	if err != nil {
		return c, viewRow{}, err
	}
	v, err := scanView(tx.QueryRowContext(ctx, `
		SELECT `+viewColumns+` FROM views v JOIN conversations c ON c.conv = v.conv
		WHERE v.app = $1 AND v.user_id = $2 AND v.conv = $3`, int64(conv.App), user, c.id), conv.App, user)
	if errors.Is(err, sql.ErrNoRows) {
		err = chat.ErrNoConversation
	}
	return c, v, err
}

// save writes a view under the account's next rev.
func (v *viewRow) save(ctx context.Context, tx querier) error {
	if err := tx.QueryRowContext(ctx, `
		UPDATE accounts SET rev = rev + 1 WHERE app = $1 AND user_id = $2 RETURNING rev`,
		int64(v.App), v.User).Scan(&v.Rev); err != nil {
		return err
	}
	var marks int64
	err := tx.QueryRowContext(ctx, `
		UPDATE views SET rev = $1, read_pos = $2, read_at = $3, settled = $4, clear_pos = $5, deleted_pos = $6,
			pinned_at = $7
		WHERE app = $8 AND user_id = $9 AND conv = $10 RETURNING marks, custom`,
		int64(v.Rev), int64(v.ReadPos), millis(v.ReadAt), v.settled, int64(v.ClearPos), int64(v.DeletedPos),
		millis(v.PinnedAt), int64(v.App), v.User, v.id).Scan(&marks, &v.Custom)
	v.Marks = uint64(marks) // they may have changed until the account was locked
	return err
}

// ReadConversation is that of chat.Store.
func (s *Store) ReadConversation(ctx context.Context, conv chat.Conv, user string, to chat.ReadTo, at time.Time) (chat.View, bool, error) {
	v, err := s.changeView(ctx, conv, user, func(ctx context.Context, tx querier, c *conversation, v *viewRow) (bool, error) {
		pos := c.pos
		if to.Pos > 0 {
			pos = min(to.Pos, c.pos)
		} else if !to.At.IsZero() {
			next, err := firstAt(ctx, tx, c.id, c.pos, to.At.Add(time.Millisecond))
			if err != nil {
				return false, err
			}
			pos = next - 1
		}
		if pos <= v.ReadPos {
			return false, nil
		}
		if err := v.readTo(ctx, tx, c, pos); err != nil {
			return false, err
		}
		v.tell = to.Tell
		if conv.Type != tim.ConvTypeC2C {
			return true, nil // nobody else is told
		}
		c.changedAt = max(c.changedAt, at.UnixMilli())
		return true, c.save(ctx, tx)
	})
	if err == nil && v.tell != nil {
		s.wake()
	}
	return v.View, v.changed, err
}

// readTo settles everything up to a place: all that counts but what stands after it.
func (v *viewRow) readTo(ctx context.Context, tx querier, c *conversation, pos uint64) error {
	var after, readAt int64
	if pos < c.pos {
		if err := tx.QueryRowContext(ctx, `
			SELECT COUNT(*) FROM messages m
			WHERE `+notHidden+` AND `+heard+` AND m.conv = $3 AND m.pos > $4 AND (m.flags & 1) = 1 AND m.sender <> $2`,
			int64(v.App), v.User, c.id, int64(pos)).Scan(&after); err != nil {
			return err
		}
	}
	if err := tx.QueryRowContext(ctx, `
		SELECT COALESCE(MAX(sent_at), 0) FROM messages WHERE conv = $1 AND pos = $2`,
		c.id, int64(pos)).Scan(&readAt); err != nil {
		return err
	}
	if readAt == 0 && pos == c.pos { // it was too old to be kept
		readAt = c.sentAt
	}
	v.ReadPos, v.ReadAt, v.settled = pos, momentOf(readAt), v.counted-after
	return nil
}

// ClearConversation is that of chat.Store.
func (s *Store) ClearConversation(ctx context.Context, conv chat.Conv, user string, what chat.Clearing) (chat.View, bool, error) {
	v, err := s.changeView(ctx, conv, user, func(ctx context.Context, tx querier, c *conversation, v *viewRow) (bool, error) {
		clear, remove := what.Messages && v.ClearPos < c.pos, what.Conversation && v.DeletedPos < c.pos
		if !clear && !remove {
			return false, nil
		}
		if remove {
			v.DeletedPos, v.PinnedAt = c.pos, time.Time{}
			if err := v.unlabel(ctx, tx); err != nil {
				return false, err
			}
		}
		if err := v.readTo(ctx, tx, c, c.pos); err != nil || !clear {
			return true, err
		}
		v.ClearPos = c.pos
		_, err := tx.ExecContext(ctx, `
			DELETE FROM hidden WHERE app = $1 AND user_id = $2 AND conv = $3`, int64(conv.App), user, c.id)
		if err != nil {
			return false, err
		}
		return true, v.forgetUnheard(ctx, tx)
	})
	return v.View, v.changed, err
}

// PinConversation is that of chat.Store.
func (s *Store) PinConversation(ctx context.Context, conv chat.Conv, user string, at time.Time, limit int) (chat.View, bool, error) {
	v, err := s.changeView(ctx, conv, user, func(ctx context.Context, tx querier, _ *conversation, v *viewRow) (bool, error) {
		if at.IsZero() == v.PinnedAt.IsZero() {
			return false, nil
		}
		if v.PinnedAt = at; at.IsZero() {
			return true, nil
		}
		var pinned int
		err := tx.QueryRowContext(ctx, `
			SELECT COUNT(*) FROM views WHERE app = $1 AND user_id = $2 AND pinned_at > 0`,
			int64(conv.App), user).Scan(&pinned)
		if err == nil && pinned >= limit {
			err = chat.ErrTooManyPinned
		}
		return true, err
	})
	return v.View, v.changed, err
}

// HideMessages is that of chat.Store.
func (s *Store) HideMessages(ctx context.Context, conv chat.Conv, user string, places []uint64) ([]uint64, chat.View, error) {
	v, err := s.changeView(ctx, conv, user, func(ctx context.Context, tx querier, c *conversation, v *viewRow) (bool, error) {
		// Nobody else may take the rev that is written here: the row is locked until it is counted up.
		if _, err := tx.ExecContext(ctx, `UPDATE accounts SET rev = rev WHERE app = $1 AND user_id = $2`, int64(conv.App), user); err != nil {
			return false, err
		}
		for _, pos := range places {
			m, err := scanMessage(tx.QueryRowContext(ctx, `
				SELECT `+messageColumns+` FROM messages m
				WHERE `+notHidden+` AND m.conv = $3 AND m.pos = $4 AND m.pos > $5`,
				int64(conv.App), user, c.id, int64(pos), int64(v.ClearPos)))
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err == nil {
				_, err = tx.ExecContext(ctx, `
					INSERT INTO hidden (app, user_id, conv, pos, rev)
					SELECT app, user_id, CAST($1 AS BIGINT), CAST($2 AS BIGINT), rev + 1 FROM accounts WHERE app = $3 AND user_id = $4`,
					c.id, int64(pos), int64(conv.App), user)
			}
			if err != nil {
				return false, err
			}
			v.hidden = append(v.hidden, pos)
			if m.Counts && m.Sender != user && pos > v.ReadPos {
				heard, err := v.hears(ctx, tx, pos)
				if err != nil {
					return false, err
				}
				if heard {
					v.settled++
				}
			}
		}
		return len(v.hidden) > 0, nil
	})
	return v.hidden, v.View, err
}
