package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// SetMute is that of chat.Store.
func (s *Store) SetMute(ctx context.Context, app uint64, user string, c2c, group *time.Time) error {
	_, err := change(ctx, s, func(ctx context.Context, tx querier) (struct{}, error) {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO mutes (app, user_id, c2c_until, group_until) VALUES ($1, $2, 0, 0)
			ON CONFLICT (app, user_id) DO NOTHING`, int64(app), user); err != nil {
			return struct{}{}, err
		}
		var err error
		if c2c != nil {
			_, err = tx.ExecContext(ctx, `UPDATE mutes SET c2c_until = $1 WHERE app = $2 AND user_id = $3`,
				untilOf(*c2c), int64(app), user)
		}
		if err == nil && group != nil {
			_, err = tx.ExecContext(ctx, `UPDATE mutes SET group_until = $1 WHERE app = $2 AND user_id = $3`,
				untilOf(*group), int64(app), user)
		}
		return struct{}{}, err
	})
	return err
}

// Mute is that of chat.Store.
func (s *Store) Mute(ctx context.Context, app uint64, user string) (chat.Mute, error) {
	var c2c, group int64
	err := s.db.reader().QueryRowContext(ctx, `
		SELECT c2c_until, group_until FROM mutes WHERE app = $1 AND user_id = $2`, int64(app), user).Scan(&c2c, &group)
	if errors.Is(err, sql.ErrNoRows) {
		return chat.Mute{}, nil
	}
	return chat.Mute{C2C: muteOf(c2c), Group: muteOf(group)}, err
}

func untilOf(t time.Time) int64 {
	if t.Equal(chat.Forever) {
		return math.MaxInt64
	}
	return millis(t)
}

func muteOf(until int64) time.Time {
	if until == math.MaxInt64 {
		return chat.Forever
	}
	return momentOf(until)
}
