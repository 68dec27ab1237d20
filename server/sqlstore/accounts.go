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
	number       int64
	voidUntil    sql.NullInt64 // UNIX seconds
	born         int64         // the number it was made with
	activeBefore int64         // the day of its login or resume before this one
	custom       string        // what its user says of themselves
}

// check refuses tickets that were issued when the account's were made void, or before.
func (a account) check(issued time.Time) error {
	if a.voidUntil.Valid && issued.Unix() <= a.voidUntil.Int64 {
		return &chat.VoidTicketError{Until: time.Unix(a.voidUntil.Int64, 0).UTC()}
	}
	return nil
}

// takeNumber takes the account's next number for a login, which makes the account if it
// is not there, with the number 1, or anew if it was deleted.
func takeNumber(o chat.Opening, into *account) question {
	return question{query: takeNumberQuery,
		args: []any{int64(o.App), o.User, o.At.UnixMilli(), chat.DayOf(o.At)}, read: into.scanActive}
}

// takeNextNumber takes the next number of an account, if it is there: else it stays 0.
func takeNextNumber(o chat.Opening, into *account) question {
	return question{query: takeNextNumberQuery,
		args: []any{chat.DayOf(o.At), int64(o.App), o.User}, read: into.scanActive}
}

var (
	takeNumberQuery = `
		INSERT INTO accounts (app, user_id, number, created_at, active_day) VALUES ($1, $2, 1, $3, $4)
		ON CONFLICT (app, user_id) DO UPDATE SET number = accounts.number + 1,
			born = CASE WHEN accounts.deleted_at IS NULL THEN accounts.born ELSE accounts.number + 1 END,
			created_at = CASE WHEN accounts.deleted_at IS NULL THEN accounts.created_at ELSE excluded.created_at END,
			deleted_at = NULL,
			` + keepCustomStatus + `, ` + noteActive("excluded.active_day") + `
		RETURNING number, void_until, born, active_before, custom_status`

	takeNextNumberQuery = `
		UPDATE accounts SET number = number + 1, ` + noteActive("$1") + `
		WHERE app = $2 AND user_id = $3
		RETURNING number, void_until, born, active_before, custom_status`
)

// noteActive notes the day, and which day was noted before: that is how the first login of
// a day is known. A day never moves back.
func noteActive(day string) string {
	return `active_before = accounts.active_day,
			active_day = CASE WHEN accounts.active_day > ` + day + ` THEN accounts.active_day ELSE ` + day + ` END`
}

func (a *account) scanActive(r row) error {
	return r.Scan(&a.number, &a.voidUntil, &a.born, &a.activeBefore, &a.custom)
}

// lockAccount locks an account that is there, or returns ErrNoAccount.
func lockAccount(ctx context.Context, tx querier, app uint64, user string) (account, error) {
	return scanAccount(tx.QueryRowContext(ctx, lockAccountQuery, int64(app), user))
}

const lockAccountQuery = `
	UPDATE accounts SET number = number WHERE app = $1 AND user_id = $2
	RETURNING number, void_until`

func scanAccount(r row) (a account, err error) {
	err = r.Scan(&a.number, &a.voidUntil)
	if errors.Is(err, sql.ErrNoRows) {
		err = chat.ErrNoAccount
	}
	return a, err
}

// VoidTickets is that of chat.Store.
func (s *Store) VoidTickets(ctx context.Context, app uint64, user string, until time.Time, end chat.End) ([]chat.Session, error) {
	return s.endAccount(ctx, app, user, `
		UPDATE accounts SET `+voidUntil+`
		WHERE app = $2 AND user_id = $3 AND deleted_at IS NULL`, until, end)
}

// DeleteAccount is that of chat.Store. The row stays, for its number and for the sessions
// that are still to be closed.
func (s *Store) DeleteAccount(ctx context.Context, app uint64, user string, until time.Time, end chat.End) ([]chat.Session, error) {
	return s.endAccount(ctx, app, user, `
		UPDATE accounts SET `+voidUntil+`, deleted_at = $1, nick = '', face_url = ''
		WHERE app = $2 AND user_id = $3 AND deleted_at IS NULL`, until, end)
}

// voidUntil makes tickets void until the second $1.
const voidUntil = `void_until = CASE WHEN void_until >= $1 THEN void_until ELSE $1 END`

// endAccount runs an update of the account, and ends what is open.
func (s *Store) endAccount(ctx context.Context, app uint64, user, update string, until time.Time, end chat.End) ([]chat.Session, error) {
	live, err := change(ctx, s, func(ctx context.Context, tx querier) ([]chat.Session, error) {
		n, err := execCount(ctx, tx, update, until.Unix(), int64(app), user)
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
			if err := s.endByForce(ctx, tx, one, end); err != nil {
				return nil, err
			}
			if one.State == chat.Live {
				live = append(live, one)
			}
		}
		return live, nil
	})
	if err == nil {
		s.wakeFor(app)
	}
	return live, err
}

// endByForce ends a session with its account's login state.
func (s *Store) endByForce(ctx context.Context, tx querier, one chat.Session, end chat.End) error {
	if err := endSession(ctx, tx, one.Ref, end, one.Instance); err != nil || one.Reported {
		return err
	}
	return s.tell(ctx, tx, one.App, func() chat.Event { return chat.EndEvent(one, chat.LoggedOut, end.At) })
}
