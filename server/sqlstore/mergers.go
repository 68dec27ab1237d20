package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/banter-im/banter/server/chat"
)

// KeepMerger is that of chat.Store.
func (s *Store) KeepMerger(ctx context.Context, m chat.Merger) error {
	_, err := change(ctx, s, func(ctx context.Context, tx querier) (struct{}, error) {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO mergers (app, merger_key, owner, layers, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			int64(m.App), m.Key, m.Owner, m.Layers, string(m.Body), m.At.UnixMilli())
		return struct{}{}, err
	})
	return err
}

// Merger is that of chat.Store.
func (s *Store) Merger(ctx context.Context, app uint64, key string) (chat.Merger, error) {
	m := chat.Merger{App: app, Key: key}
	var at int64
	err := s.db.reader().QueryRowContext(ctx, `
		SELECT owner, layers, body, created_at FROM mergers WHERE app = $1 AND merger_key = $2`,
		int64(app), key).Scan(&m.Owner, &m.Layers, &m.Body, &at)
	if errors.Is(err, sql.ErrNoRows) {
		err = chat.ErrNoMerger
	}
	m.At = momentOf(at)
	return m, err
}
