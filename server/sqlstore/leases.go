package sqlstore

import (
	"cmp"
	"context"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// TakeLease is that of chat.Leases.
func (s *Store) TakeLease(ctx context.Context, node, holder string) (lost int, err error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (int, error) {
		now, err := clock(ctx, tx)
		if err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO leases (node, holder, renewed_at, steady_since) VALUES ($1, $2, $3, $3)
			ON CONFLICT (node) DO UPDATE SET holder = excluded.holder, renewed_at = excluded.renewed_at,
				steady_since = excluded.steady_since, reaped_at = NULL`, node, holder, now); err != nil {
			return 0, err
		}
		live, err := loseNode(ctx, tx, node, now)
		return len(live), err
	})
}

// RenewLease is that of chat.Leases.
func (s *Store) RenewLease(ctx context.Context, l chat.Lease) error {
	return s.db.change(ctx, func(ctx context.Context, tx querier) error {
		now, err := clock(ctx, tx)
		if err != nil {
			return err
		}
		n, err := execCount(ctx, tx, `
			UPDATE leases SET renewed_at = $1, steady_since = CASE WHEN renewed_at < $2 THEN $1 ELSE steady_since END
			WHERE node = $3 AND holder = $4 AND reaped_at IS NULL`,
			now, now-l.Gap.Milliseconds(), l.Node, l.Holder)
		if err != nil || n > 0 {
			return err
		}
		return whyLost(ctx, tx, l, now)
	})
}

// whyLost says what became of a lease that cannot be renewed. A name that another process
// has is free again when that process is gone.
func whyLost(ctx context.Context, tx querier, l chat.Lease, now int64) error {
	var taken bool
	err := tx.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM leases WHERE node = $1 AND reaped_at IS NULL AND renewed_at >= $2)`,
		l.Node, now-l.Good.Milliseconds()).Scan(&taken)
	if err == nil && taken {
		return chat.ErrLeaseTaken
	}
	return cmp.Or(err, chat.ErrLeaseLost)
}

// ReapNodes is that of chat.Leases.
func (s *Store) ReapNodes(ctx context.Context, l chat.Lease) ([]chat.Session, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) ([]chat.Session, error) {
		now, err := clock(ctx, tx)
		if err != nil {
			return nil, err
		}
		steady, err := isSteady(ctx, tx, l, now)
		if err != nil || !steady {
			return nil, err
		}
		gone, err := goneNodes(ctx, tx, l.Node, now, now-l.Good.Milliseconds())
		if err != nil {
			return nil, err
		}
		var lost []chat.Session
		for _, node := range gone {
			live, err := loseNode(ctx, tx, node, now)
			if err != nil {
				return nil, err
			}
			lost = append(lost, live...)
		}
		return lost, nil
	})
}

// isSteady says whether l was renewed for as long as a lease is good, up to now, so that
// the others could have been as well.
func isSteady(ctx context.Context, tx querier, l chat.Lease, now int64) (steady bool, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM leases
			WHERE node = $1 AND holder = $2 AND reaped_at IS NULL AND renewed_at >= $3 AND steady_since <= $4)`,
		l.Node, l.Holder, now-l.Gap.Milliseconds(), now-l.Good.Milliseconds()).Scan(&steady)
	return steady, err
}

// goneNodes returns the nodes but self whose lease ran out before deadline, and those that
// were reaped before it: these for the second and last time. Nobody else gets them.
func goneNodes(ctx context.Context, tx querier, self string, now, deadline int64) (gone []string, err error) {
	for _, statement := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM leases WHERE reaped_at < $1 AND node <> $2 RETURNING node`, []any{deadline, self}},
		{`UPDATE leases SET reaped_at = $1 WHERE reaped_at IS NULL AND renewed_at < $2 AND node <> $3
			RETURNING node`, []any{now, deadline, self}},
	} {
		found, err := queryNames(ctx, tx, statement.query, statement.args...)
		if err != nil {
			return nil, err
		}
		gone = append(gone, found...)
	}
	return gone, nil
}

func queryNames(ctx context.Context, tx querier, query string, args ...any) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// DropLease is that of chat.Leases.
func (s *Store) DropLease(ctx context.Context, node, holder string) error {
	return s.db.change(ctx, func(ctx context.Context, tx querier) error {
		n, err := execCount(ctx, tx, `
			DELETE FROM leases WHERE node = $1 AND holder = $2 AND reaped_at IS NULL`, node, holder)
		if err != nil || n == 0 {
			return err
		}
		now, err := clock(ctx, tx)
		if err != nil {
			return err
		}
		_, err = loseNode(ctx, tx, node, now)
		return err
	})
}

// LoseNode is that of chat.Store.
func (s *Store) LoseNode(ctx context.Context, node string, at time.Time) (int, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (int, error) {
		lost, err := loseNode(ctx, tx, node, at.UnixMilli())
		return len(lost), err
	})
}

// loseNode makes node's live sessions lost and returns them, and releases its ended ones.
func loseNode(ctx context.Context, tx querier, node string, at int64) ([]chat.Session, error) {
	if _, err := tx.ExecContext(ctx, `
		UPDATE sessions SET node = ''
		WHERE state = 'ended' AND node <> '' AND node = $1`, node); err != nil {
		return nil, err
	}
	return querySessions(ctx, tx, `
		UPDATE sessions SET state = 'lost', lost_at = $1, node = ''
		WHERE state = 'live' AND node = $2
		RETURNING `+sessionColumns, at, node)
}
