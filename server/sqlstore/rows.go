package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// sessionColumns are what scanSession reads, in its order.
const sessionColumns = `app, user_id, session, number, login, platform, instance, node, opened_at,
	ticket_issued, ticket_expires, state, lost_at, end_reason, end_platform, end_instance, ended_at, address, reported,
	run, attempt`

type row interface{ Scan(...any) error }

func scanSession(r row) (chat.Session, error) {
	var s chat.Session
	var app, openedAt, issued, expires int64
	var lostAt, endedAt sql.NullInt64
	var reported int64 // the database's driver for questions makes no bool of it
	err := r.Scan(&app, &s.User, &s.Session, &s.Number, &s.Login, &s.Platform, &s.Instance, &s.Node, &openedAt,
		&issued, &expires, &s.State, &lostAt, &s.End.Reason, &s.End.Platform, &s.End.Instance, &endedAt,
		&s.Address, &reported, &s.Attempt.Run, &s.Attempt.Number)
	if err != nil {
		return chat.Session{}, err
	}
	s.App, s.Reported = uint64(app), reported != 0
	s.OpenedAt, s.TicketIssued, s.TicketExpires = instant(openedAt), instant(issued), instant(expires)
	s.LostAt, s.End.At = optionalInstant(lostAt), optionalInstant(endedAt)
	return s, nil
}

// querySessions returns the sessions that query, which selects sessionColumns, finds. It
// reads them all before it returns, so that tx is free for the next statement.
func querySessions(ctx context.Context, tx querier, query string, args ...any) (found []chat.Session, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		s, err := scanSession(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, rows.Err()
}

// readSessions is a question's: it adds what is found.
func readSessions(found *[]chat.Session) func(row) error {
	return func(r row) error {
		s, err := scanSession(r)
		*found = append(*found, s)
		return err
	}
}

// execCount runs a statement and returns how many rows it changed.
func execCount(ctx context.Context, tx querier, query string, args ...any) (int, error) {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// instant is the reverse of time.Time.UnixMilli.
func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func optionalInstant(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return instant(ms.Int64)
}

// kept is t as it comes back from the store.
func kept(t time.Time) time.Time { return instant(t.UnixMilli()) }
