package sqlstore

import (
	"context"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// reapAtOnce is how many sessions one transaction reaps: others wait for it.
const reapAtOnce = 500

// Reap is that of chat.Store.
func (s *Store) Reap(ctx context.Context, lostBefore, keptBefore time.Time) ([]chat.Session, error) {
	gone, err := s.giveUp(ctx, lostBefore)
	if err != nil {
		return gone, err
	}
	for _, old := range []string{
		`DELETE FROM sessions WHERE state = 'gone' AND lost_at < $1`,
		`DELETE FROM sessions WHERE state = 'ended' AND node = '' AND ended_at < $1`,
	} {
		if err := s.db.change(ctx, func(ctx context.Context, tx querier) error {
			_, err := tx.ExecContext(ctx, old, keptBefore.UnixMilli())
			return err
		}); err != nil {
			return gone, err
		}
	}
	return gone, nil
}

// giveUp makes the sessions gone that were lost before a time, and returns them as they were.
func (s *Store) giveUp(ctx context.Context, lostBefore time.Time) ([]chat.Session, error) {
	var all []chat.Session
	for {
		candidates, err := querySessions(ctx, s.db.reader(), `
			SELECT `+sessionColumns+` FROM sessions
			WHERE state = 'lost' AND lost_at < $1
			ORDER BY app, user_id LIMIT $2`, lostBefore.UnixMilli(), reapAtOnce)
		if err != nil {
			return all, err
		}
		gone, err := change(ctx, s, func(ctx context.Context, tx querier) (gone []chat.Session, err error) {
			for _, c := range candidates {
				if gone, err = s.reapOne(ctx, tx, c, gone); err != nil {
					return nil, err
				}
			}
			return gone, nil
		})
		if err != nil {
			return all, err
		}
		all = append(all, gone...)
		for _, g := range gone {
			s.wakeFor(g.App)
		}
		if len(candidates) < reapAtOnce {
			return all, nil
		}
	}
}

// reapOne gives a session up if it is still lost, and adds it to gone. Its account is
// locked before it, as everywhere.
func (s *Store) reapOne(ctx context.Context, tx querier, c chat.Session, gone []chat.Session) ([]chat.Session, error) {
	if _, err := lockAccount(ctx, tx, c.App, c.User); err != nil {
		return nil, err
	}
	n, err := execCount(ctx, tx, `
		UPDATE sessions SET state = 'gone', reported = 1
		WHERE app = $1 AND user_id = $2 AND session = $3 AND number = $4 AND state = 'lost'`,
		int64(c.App), c.User, c.Session, c.Number)
	if err != nil || n == 0 {
		return gone, err
	}
	gone = append(gone, c)
	if c.Reported {
		return gone, nil
	}
	return gone, s.tell(ctx, tx, c.App, func() chat.Event { return chat.EndEvent(c, chat.TimedOut, time.Now()) })
}
