package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// account is an account's row, locked until the transaction ends.
type account struct {
	number    int64
	voidUntil sql.NullInt64 // UNIX seconds
}

// check refuses tickets that were issued when the account's were made void, or before.
func (a account) check(issued time.Time) error {
	if a.voidUntil.Valid && issued.Unix() <= a.voidUntil.Int64 {
		return &chat.VoidTicketError{Until: time.Unix(a.voidUntil.Int64, 0).UTC()}
	}
	return nil
}

// takeNumber takes the account's next number for a login, which makes the account if it
// is not there, with the number 1.
func takeNumber(ctx context.Context, tx querier, app uint64, user string, at time.Time) (a account, err error) {
	err = tx.QueryRowContext(ctx, `
		INSERT INTO accounts (app, user_id, number, created_at) VALUES ($1, $2, 1, $3)
		ON CONFLICT (app, user_id) DO UPDATE SET number = accounts.number + 1
		RETURNING number, void_until`,
		int64(app), user, at.UnixMilli()).Scan(&a.number, &a.voidUntil)
	return a, err
}

// takeNextNumber takes the next number of an account that is there, or ErrNoAccount.
func takeNextNumber(ctx context.Context, tx querier, app uint64, user string) (account, error) {
	return scanAccount(tx.QueryRowContext(ctx, `
		UPDATE accounts SET number = number + 1 WHERE app = $1 AND user_id = $2
		RETURNING number, void_until`, int64(app), user))
}

// lockAccount locks an account that is there, or returns ErrNoAccount.
func lockAccount(ctx context.Context, tx querier, app uint64, user string) (account, error) {
	return scanAccount(tx.QueryRowContext(ctx, `
		UPDATE accounts SET number = number WHERE app = $1 AND user_id = $2
		RETURNING number, void_until`, int64(app), user))
}

func scanAccount(r row) (a account, err error) {
	err = r.Scan(&a.number, &a.voidUntil)
	if errors.Is(err, sql.ErrNoRows) {
		err = chat.ErrNoAccount
	}
	return a, err
}

// VoidTickets is that of chat.Store.
func (s *Store) VoidTickets(ctx context.Context, app uint64, user string, until time.Time, end chat.End) ([]chat.Session, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) ([]chat.Session, error) {
		n, err := execCount(ctx, tx, `
			UPDATE accounts SET void_until = CASE
				WHEN void_until >= $1 THEN void_until
				ELSE $1
			END
			WHERE app = $2 AND user_id = $3`, until.Unix(), int64(app), user)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, chat.ErrNoAccount
		}
		open, err := openSessions(ctx, tx, app, user)
		if err != nil {
			return nil, err
		}
		var live []chat.Session
		for _, one := range open {
			if err := endSession(ctx, tx, one.Ref, end); err != nil {
				return nil, err
			}
			if one.State == chat.Live {
				live = append(live, one)
			}
		}
		return live, nil
	})
}
