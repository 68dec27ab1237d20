package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/banter-im/banter/server/chat"
)

// checkAttempt is ErrOvertaken if a row says that o's run has gone on: that a later login or
// resume of it was done, or this one. Rows that have ended count too.
//
// It is a statement of its own, after the one that locks the account: on PostgreSQL a
// statement sees what was committed before it began, and the other one may have waited.
func checkAttempt(ctx context.Context, tx querier, o chat.Opening) error {
	if o.Attempt.Run == "" {
		return nil
	}
	var one int
	err := tx.QueryRowContext(ctx, `
		SELECT 1 FROM sessions WHERE app = $1 AND user_id = $2 AND run = $3 AND attempt >= $4 LIMIT 1`,
		int64(o.App), o.User, o.Attempt.Run, o.Attempt.Number).Scan(&one)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return chat.ErrOvertaken
}
