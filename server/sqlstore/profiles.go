package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/banter-im/banter/server/chat"
)

// Profiles is that of chat.Store.
func (s *Store) Profiles(ctx context.Context, app uint64, users []string) (map[string]chat.NewAccount, error) {
	found := map[string]chat.NewAccount{}
	for _, user := range users {
		one := chat.NewAccount{User: user}
		err := s.db.reader().QueryRowContext(ctx, `
			SELECT nick, face_url FROM accounts WHERE app = $1 AND user_id = $2 AND deleted_at IS NULL`,
			int64(app), user).Scan(&one.Nick, &one.FaceURL)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found[user] = one
	}
	return found, nil
}
