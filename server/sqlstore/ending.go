package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// endSession marks an open session as ended by somebody else. The instance is that of its install,
// or "" if that knows. Its number is of no matter: the transaction holds the account.
func endSession(ctx context.Context, tx querier, ref chat.Ref, end chat.End, instance string) error {
	return later(ctx, tx, `
		UPDATE sessions SET state = 'ended', lost_at = NULL, reported = 0,
			end_reason = $1, end_platform = $2, end_instance = $3, ended_at = $4, instance = $5
		WHERE app = $6 AND user_id = $7 AND session = $8`,
		end.Reason, string(end.Platform), end.Instance, end.At.UnixMilli(), instance,
		int64(ref.App), ref.User, ref.Session)
}

// removeSession leaves nothing of an open session. Its number is of no matter, as above.
func removeSession(ctx context.Context, tx querier, ref chat.Ref) error {
	return later(ctx, tx, `
		DELETE FROM sessions WHERE app = $1 AND user_id = $2 AND session = $3`,
		int64(ref.App), ref.User, ref.Session)
}

// EndSession is that of chat.Store.
func (s *Store) EndSession(ctx context.Context, ref chat.Ref, how chat.Ending, at time.Time) (bool, error) {
	end, err := ownEnd(ref, how, at)
	if err != nil {
		return false, err
	}
	about, way := aboutAccount(ref.App, ref.User), s.db.changeAbout
	if how == chat.LinkClosed || how == chat.LinkLost { // nobody waits: the client has left
		if !s.reports(ref.App) {
			n, err := s.execSoon(ctx, about, end.query, end.args...)
			return n > 0, err
		}
		way = s.db.changeSoon
	}
	changed, err := changeBy(func(op operation) error { return way(ctx, about, op) }, func(ctx context.Context, tx querier) (bool, error) {
		ended, err := s.endOwn(ctx, tx, ref, end)
		if err != nil || len(ended) == 0 {
			return false, err
		}
		if how == chat.LinkLost || how != chat.LinkClosed && ended[0].Reported {
			return true, nil
		}
		return true, s.tell(ctx, tx, ref.App, func() chat.Event { return chat.EndEvent(ended[0], how, at) })
	})
	if changed {
		s.wakeFor(ref.App)
	}
	return changed, err
}

// endOwn ends a session from its own side, and returns it if there was one to end.
func (s *Store) endOwn(ctx context.Context, tx querier, ref chat.Ref, end question) (ended []chat.Session, err error) {
	end.query += ` RETURNING ` + sessionColumns
	end.read = readSessions(&ended)
	if !s.reports(ref.App) {
		return ended, ask(ctx, tx, end)
	}
	// The account first, as every change that locks it. Without one there is no session either.
	lock := question{query: lockAccountQuery, args: []any{int64(ref.App), ref.User}}
	err = ask(ctx, tx, lock, end)
	return ended, err
}

// ownEnd is the statement that ends a session from its own side.
func ownEnd(ref chat.Ref, how chat.Ending, at time.Time) (question, error) {
	switch how {
	case chat.LoggedOut, chat.Expired:
		return question{query: `
			DELETE FROM sessions
			WHERE app = $1 AND user_id = $2 AND session = $3 AND number = $4 AND state <> 'ended'`,
			args: []any{int64(ref.App), ref.User, ref.Session, ref.Number}}, nil
	case chat.LinkClosed, chat.LinkLost:
		reported := int64(0)
		if how == chat.LinkClosed {
			reported = 1
		}
		return question{query: `
			UPDATE sessions SET state = 'lost', lost_at = $1, node = '', reported = $2
			WHERE app = $3 AND user_id = $4 AND session = $5 AND number = $6 AND state = 'live'`,
			args: []any{at.UnixMilli(), reported, int64(ref.App), ref.User, ref.Session, ref.Number}}, nil
	}
	return question{}, fmt.Errorf("a session cannot end as %q", how)
}

// RenewTicket is that of chat.Store.
func (s *Store) RenewTicket(ctx context.Context, ref chat.Ref, issued, expires time.Time) (bool, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (bool, error) {
		account, err := lockAccount(ctx, tx, ref.App, ref.User)
		if errors.Is(err, chat.ErrNoAccount) {
			return false, nil // so there is no session either
		}
		if err != nil {
			return false, err
		}
		if err := account.check(issued); err != nil {
			return false, err
		}
		n, err := execCount(ctx, tx, `
			UPDATE sessions SET ticket_issued = $1, ticket_expires = $2
			WHERE app = $3 AND user_id = $4 AND session = $5 AND number = $6 AND state = 'live'`,
			issued.UnixMilli(), expires.UnixMilli(), int64(ref.App), ref.User, ref.Session, ref.Number)
		if err != nil || n > 0 {
			return n > 0, err
		}
		ended, err := querySessions(ctx, tx, `
			SELECT `+sessionColumns+` FROM sessions
			WHERE app = $1 AND user_id = $2 AND session = $3 AND state = 'ended'`, int64(ref.App), ref.User, ref.Session)
		if err == nil && len(ended) > 0 {
			err = &chat.EndedError{End: ended[0].End}
		}
		return false, err
	})
}

// EndedOf is that of chat.Store.
func (s *Store) EndedOf(ctx context.Context, node string) ([]chat.Session, error) {
	return querySessions(ctx, s.db.reader(), `
		SELECT `+sessionColumns+` FROM sessions
		WHERE state = 'ended' AND node <> '' AND node = $1
		ORDER BY ended_at`, node)
}

// LiveOf is that of chat.Store. It reads the whole table: an index would cost every
// login and every closed link a write.
func (s *Store) LiveOf(ctx context.Context, node string) ([]chat.Session, error) {
	return querySessions(ctx, s.db.reader(), `
		SELECT `+sessionColumns+` FROM sessions
		WHERE state = 'live' AND node = $1
		ORDER BY app, user_id, login`, node)
}

// ReleaseSession is that of chat.Store.
func (s *Store) ReleaseSession(ctx context.Context, ref chat.Ref) error {
	_, err := s.execSoon(ctx, aboutAccount(ref.App, ref.User), `
		UPDATE sessions SET node = ''
		WHERE app = $1 AND user_id = $2 AND session = $3 AND state = 'ended'`,
		int64(ref.App), ref.User, ref.Session)
	return err
}

// ForgetSession is that of chat.Store.
func (s *Store) ForgetSession(ctx context.Context, ref chat.Ref) error {
	_, err := s.execSoon(ctx, aboutAccount(ref.App, ref.User), `
		DELETE FROM sessions
		WHERE app = $1 AND user_id = $2 AND session = $3 AND state = 'ended'`,
		int64(ref.App), ref.User, ref.Session)
	return err
}
