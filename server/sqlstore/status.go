package sqlstore

import (
	"context"

	"github.com/banter-im/banter/server/chat"
)

// keepCustomStatus is what a login leaves of the custom status: nothing, if no device of
// the account had a link.
const keepCustomStatus = `custom_status = CASE
		WHEN accounts.custom_status = '' THEN ''
		WHEN EXISTS (SELECT 1 FROM sessions WHERE sessions.app = accounts.app
			AND sessions.user_id = accounts.user_id AND sessions.state = 'live') THEN accounts.custom_status
		ELSE '' END`

// SetCustomStatus is that of chat.Store.
func (s *Store) SetCustomStatus(ctx context.Context, ref chat.Ref, text string) (bool, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (bool, error) {
		n, err := execCount(ctx, tx, `
			UPDATE accounts SET custom_status = $1
			WHERE app = $2 AND user_id = $3 AND EXISTS (
				SELECT 1 FROM sessions WHERE sessions.app = accounts.app AND sessions.user_id = accounts.user_id
					AND sessions.session = $4 AND sessions.number = $5 AND sessions.state = 'live')`,
			text, int64(ref.App), ref.User, ref.Session, ref.Number)
		return n > 0, err
	})
}
