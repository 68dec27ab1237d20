package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/server/chat"
)

// SetAllReceive is that of chat.Store.
func (s *Store) SetAllReceive(ctx context.Context, app uint64, user string, r chat.AllReceive) (chat.AllReceive, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (chat.AllReceive, error) {
		err := tx.QueryRowContext(ctx, `
			UPDATE accounts SET rev = rev + 1 WHERE app = $1 AND user_id = $2 AND deleted_at IS NULL RETURNING rev`,
			int64(app), user).Scan(&r.Rev)
		if errors.Is(err, sql.ErrNoRows) {
			return r, chat.ErrNoAccount
		}
		if err != nil {
			return r, err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO receive_all (app, user_id, rev, recv_opt, day_start, zone, start_at, duration)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (app, user_id) DO UPDATE SET rev = excluded.rev, recv_opt = excluded.recv_opt,
				day_start = excluded.day_start, zone = excluded.zone, start_at = excluded.start_at, duration = excluded.duration`,
			int64(app), user, int64(r.Rev), int64(r.Option), r.DayStart, r.Zone, r.StartAt, r.Duration)
		return r, err
	})
}

// AllReceive is that of chat.Store.
func (s *Store) AllReceive(ctx context.Context, app uint64, user string) (chat.AllReceive, error) {
	var r chat.AllReceive
	var option int64
	err := s.db.reader().QueryRowContext(ctx, `
		SELECT rev, recv_opt, day_start, zone, start_at, duration FROM receive_all WHERE app = $1 AND user_id = $2`,
		int64(app), user).Scan(&r.Rev, &option, &r.DayStart, &r.Zone, &r.StartAt, &r.Duration)
	if errors.Is(err, sql.ErrNoRows) {
		return chat.AllReceive{}, nil
	}
	r.Option = tim.ReceiveMessageOpt(option)
	return r, err
}
