package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// Report is that of chat.Store.
func (s *Store) Report(wanted func(app uint64) bool) { s.report.Store(&wanted) }

// Told is that of chat.Store.
func (s *Store) Told() <-chan struct{} { return s.told }

func (s *Store) reports(app uint64) bool {
	wanted := s.report.Load()
	return wanted != nil && (*wanted)(app)
}

// tell keeps an event, if the app's backend wants any. The number that it takes locks
// the account, so that a user's events are numbered in the order in which they commit.
func (s *Store) tell(ctx context.Context, tx querier, app uint64, event func() chat.Event) error {
	if !s.reports(app) {
		return nil
	}
	return s.keepEvent(ctx, tx, event())
}

// keepEvent is tell, of an event that somebody wants.
func (s *Store) keepEvent(ctx context.Context, tx querier, e chat.Event) error {
	var seq int64
	if err := ask(ctx, tx, question{query: `
		UPDATE accounts SET events = CASE WHEN events >= $1 THEN events + 1 ELSE $1 END
		WHERE app = $2 AND user_id = $3
		RETURNING events`, args: []any{e.At.UnixMilli(), int64(e.App), e.User},
		read: func(r row) error { return r.Scan(&seq) }}); err != nil {
		return err
	}
	if seq == 0 {
		return sql.ErrNoRows
	}
	return later(ctx, tx, `
		INSERT INTO outbox (app, user_id, seq, part, command, platform, address, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		int64(e.App), e.User, seq, partOf(e.User), e.Command, e.Platform, e.Address, string(e.Body))
}

// wakeFor is wake, if the app's backend hears of logins and ends.
func (s *Store) wakeFor(app uint64) {
	if s.reports(app) {
		s.wake()
	}
}

// wake says, after a commit, that the outbox may hold something new.
func (s *Store) wake() {
	select {
	case s.told <- struct{}{}:
	default: // it is said already
	}
}

// Due is that of chat.Outbox. A user's events of two parts are from before and after the
// parts were made another way: the earlier ones go first, whoever has their part.
func (s *Store) Due(ctx context.Context, app uint64, node string, now time.Time, limit int) ([]chat.Event, error) {
	rows, err := s.db.reader().QueryContext(ctx, `
		SELECT user_id, seq, command, platform, address, body, attempts FROM outbox
		WHERE app = $1 AND part IN (SELECT part FROM outbox_claims WHERE app = $1 AND node = $2) AND NOT EXISTS (
			SELECT 1 FROM outbox AS waiting
			WHERE waiting.app = outbox.app AND waiting.user_id = outbox.user_id AND
				(waiting.retry_at > $3 OR waiting.seq < outbox.seq AND waiting.part <> outbox.part))
		ORDER BY seq, user_id LIMIT $4`, int64(app), node, now.UnixMilli(), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var due []chat.Event
	for rows.Next() {
		e := chat.Event{App: app}
		if err := rows.Scan(&e.User, &e.Seq, &e.Command, &e.Platform, &e.Address, &e.Body, &e.Attempts); err != nil {
			return nil, err
		}
		e.At = instant(e.Seq)
		due = append(due, e)
	}
	return due, rows.Err()
}

// Settle is that of chat.Store.
func (s *Store) Settle(ctx context.Context, delivered []chat.Event, failed []chat.Retry) error {
	return s.db.change(ctx, func(ctx context.Context, tx querier) error {
		for _, e := range delivered {
			if _, err := tx.ExecContext(ctx, `
				DELETE FROM outbox WHERE app = $1 AND user_id = $2 AND seq = $3`,
				int64(e.App), e.User, e.Seq); err != nil {
				return err
			}
		}
		for _, e := range failed {
			if _, err := tx.ExecContext(ctx, `
				UPDATE outbox SET attempts = attempts + 1, retry_at = $1
				WHERE app = $2 AND user_id = $3 AND seq = $4`,
				e.At.UnixMilli(), int64(e.App), e.User, e.Seq); err != nil {
				return err
			}
		}
		return nil
	})
}

// Trim is that of chat.Outbox.
func (s *Store) Trim(ctx context.Context, before time.Time, keep int) (int, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (int, error) {
		dropped, err := execCount(ctx, tx, `DELETE FROM outbox WHERE seq < $1`, before.UnixMilli())
		if err != nil {
			return 0, err
		}
		full, err := queryNumbers(ctx, tx, `
			SELECT app FROM outbox GROUP BY app HAVING COUNT(*) > $1`, keep)
		if err != nil {
			return 0, err
		}
		for _, app := range full {
			n, err := execCount(ctx, tx, `
				DELETE FROM outbox WHERE app = $1 AND (user_id, seq) IN (
					SELECT user_id, seq FROM outbox WHERE app = $1 ORDER BY seq DESC, user_id DESC LIMIT $2 OFFSET $3)`,
				app, allRows, keep)
			if err != nil {
				return 0, err
			}
			dropped += n
		}
		return dropped, nil
	})
}

// allRows is a LIMIT that is none: SQLite has no OFFSET without one.
const allRows = 1 << 40
