package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// ImportAccounts is that of chat.Store. It takes the accounts in the order of their
// names, so that two imports of the same ones do not wait for each other in a circle.
func (s *Store) ImportAccounts(ctx context.Context, app uint64, accounts []chat.NewAccount, at time.Time) error {
	accounts = slices.SortedFunc(slices.Values(accounts), func(a, b chat.NewAccount) int { return cmp.Compare(a.User, b.User) })
	return s.db.change(ctx, func(ctx context.Context, tx querier) error {
		made := map[string]int64{}
		for _, a := range accounts {
			n, err := execCount(ctx, tx, `
				INSERT INTO accounts (app, user_id, number, created_at, born, nick, face_url)
				VALUES ($1, $2, 0, $3, 0, $4, $5)
				ON CONFLICT (app, user_id) DO UPDATE SET deleted_at = NULL, born = accounts.number,
					created_at = excluded.created_at, nick = excluded.nick, face_url = excluded.face_url
				WHERE accounts.deleted_at IS NOT NULL`, int64(app), a.User, at.UnixMilli(), a.Nick, a.FaceURL)
			if err != nil {
				return err
			}
			made[usagePart(a.User)] += int64(n)
		}
		for _, part := range slices.Sorted(maps.Keys(made)) {
			figure := chat.Figure{App: app, Name: chat.Registered, Period: chat.DayOf(at), Part: part, Value: made[part]}
			if err := addFigure(ctx, tx, figure); err != nil {
				return err
			}
		}
		return nil
	})
}

// KnownAccounts is that of chat.Store.
func (s *Store) KnownAccounts(ctx context.Context, app uint64, users []string) (map[string]bool, error) {
	known := map[string]bool{}
	err := s.eachOf(ctx, app, users, `user_id FROM accounts WHERE deleted_at IS NULL AND `, func(r row) error {
		var user string
		err := r.Scan(&user)
		known[user] = true
		return err
	})
	return known, err
}

// Presence is that of chat.Store.
func (s *Store) Presence(ctx context.Context, app uint64, users []string) (map[string]chat.Presence, error) {
	all := map[string]chat.Presence{}
	err := s.eachOf(ctx, app, users, `user_id, custom_status FROM accounts WHERE deleted_at IS NULL AND `, func(r row) error {
		var user string
		var p chat.Presence
		err := r.Scan(&user, &p.Custom)
		all[user] = p
		return err
	})
	if err != nil {
		return nil, err
	}
	err = s.eachOf(ctx, app, users, `user_id, platform, state, lost_at FROM sessions WHERE state <> 'ended' AND `, func(r row) error {
		var user string
		var platform session.Platform
		var state chat.State
		var lostAt sql.NullInt64
		if err := r.Scan(&user, &platform, &state, &lostAt); err != nil {
			return err
		}
		p, known := all[user]
		if !known { // it came between the two queries
			return nil
		}
		p.Add(platform, state, optionalInstant(lostAt))
		all[user] = p
		return nil
	})
	return all, err
}

// eachOf reads the rows of the users. Query is a SELECT without its first word, which
// ends where a condition may follow.
func (s *Store) eachOf(ctx context.Context, app uint64, users []string, query string, read func(row) error) error {
	if len(users) == 0 {
		return nil
	}
	args := []any{int64(app)}
	var marks strings.Builder
	for i, user := range users {
		if i > 0 {
			marks.WriteString(", ")
		}
		args = append(args, user)
		marks.WriteString("$" + strconv.Itoa(len(args)))
	}
	rows, err := s.db.reader().QueryContext(ctx, `SELECT `+query+`app = $1 AND user_id IN (`+marks.String()+`)`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// VoidUntil is that of chat.Store.
func (s *Store) VoidUntil(ctx context.Context, app uint64, user string) (time.Time, error) {
	var until sql.NullInt64
	err := s.db.reader().QueryRowContext(ctx, `
		SELECT void_until FROM accounts WHERE app = $1 AND user_id = $2`, int64(app), user).Scan(&until)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !until.Valid {
		return time.Time{}, nil
	}
	return time.Unix(until.Int64, 0).UTC(), err
}
