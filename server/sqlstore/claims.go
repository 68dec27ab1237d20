package sqlstore

import (
	"context"
	"hash/fnv"
	"time"
)

// outboxParts is into how many parts an app's events fall. More nodes than that cannot
// share them.
const outboxParts = 32

// partOf returns the part of a user's events. It must never change while events wait.
func partOf(user string) int64 {
	sum := fnv.New32a()
	sum.Write([]byte(user))
	return int64(sum.Sum32() % outboxParts)
}

// Claim is that of chat.Outbox.
func (s *Store) Claim(ctx context.Context, app uint64, node string, good time.Duration) (int, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (int, error) {
		now, err := clock(ctx, tx)
		if err != nil {
			return 0, err
		}
		c := claim{app: int64(app), node: node, now: now, until: now + good.Milliseconds()}
		share, err := c.share(ctx, tx)
		if err != nil {
			return 0, err
		}
		held, err := c.renew(ctx, tx)
		if err != nil {
			return 0, err
		}
		if len(held) > share {
			return share, c.giveUp(ctx, tx, held[share])
		}
		taken, err := c.take(ctx, tx, share-len(held))
		return len(held) + taken, err
	})
}

// claim is one node's, at one time.
type claim struct {
	app        int64
	node       string
	now, until int64
}

// share notes that the node is one of the app's senders, and returns how many parts it
// should have.
func (c claim) share(ctx context.Context, tx querier) (int, error) {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO outbox_senders (app, node, until) VALUES ($1, $2, $3)
		ON CONFLICT (app, node) DO UPDATE SET until = excluded.until`, c.app, c.node, c.until); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM outbox_senders WHERE app = $1 AND until < $2 AND node <> $3`, c.app, c.now, c.node); err != nil {
		return 0, err
	}
	var senders int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM outbox_senders WHERE app = $1`, c.app).Scan(&senders)
	return (outboxParts + senders - 1) / max(senders, 1), err // rounded up
}

// renew renews the node's claims, also those that ran out and that nobody took, and
// returns their parts in order.
func (c claim) renew(ctx context.Context, tx querier) ([]int64, error) {
	if _, err := tx.ExecContext(ctx, `
		UPDATE outbox_claims SET until = $1 WHERE app = $2 AND node = $3`, c.until, c.app, c.node); err != nil {
		return nil, err
	}
	return queryNumbers(ctx, tx, `
		SELECT part FROM outbox_claims WHERE app = $1 AND node = $2 ORDER BY part`, c.app, c.node)
}

// giveUp leaves the node's parts from a certain one on to others.
func (c claim) giveUp(ctx context.Context, tx querier, from int64) error {
	_, err := tx.ExecContext(ctx, `
		DELETE FROM outbox_claims WHERE app = $1 AND node = $2 AND part >= $3`, c.app, c.node, from)
	return err
}

// take claims up to so many parts that nobody has, and returns how many it got: another
// node may be as quick.
func (c claim) take(ctx context.Context, tx querier, want int) (taken int, err error) {
	if want <= 0 {
		return 0, nil
	}
	others, err := queryNumbers(ctx, tx, `
		SELECT part FROM outbox_claims WHERE app = $1 AND until >= $2`, c.app, c.now)
	if err != nil {
		return 0, err
	}
	var held [outboxParts]bool
	for _, part := range others {
		held[part] = true
	}
	for part := 0; part < outboxParts && taken < want; part++ {
		if held[part] {
			continue
		}
		n, err := execCount(ctx, tx, `
			INSERT INTO outbox_claims (app, part, node, until) VALUES ($1, $2, $3, $4)
			ON CONFLICT (app, part) DO UPDATE SET node = excluded.node, until = excluded.until
			WHERE outbox_claims.until < $5`, c.app, part, c.node, c.until, c.now)
		if err != nil {
			return taken, err
		}
		taken += n
	}
	return taken, nil
}

// Leave is that of chat.Outbox.
func (s *Store) Leave(ctx context.Context, app uint64, node string) error {
	return s.db.change(ctx, func(ctx context.Context, tx querier) error {
		if _, err := tx.ExecContext(ctx, `
			DELETE FROM outbox_claims WHERE app = $1 AND node = $2`, int64(app), node); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			DELETE FROM outbox_senders WHERE app = $1 AND node = $2`, int64(app), node)
		return err
	})
}

func queryNumbers(ctx context.Context, tx querier, query string, args ...any) (numbers []int64, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	return numbers, rows.Err()
}
