package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/banter-im/banter/server/chat"
)

// reaction is a reaction's row. One that nobody has is remembered for a while.
type reaction struct {
	users           int
	nth, began, mod uint64
}

// React is that of chat.Store.
func (s *Store) React(ctx context.Context, conv chat.Conv, r chat.Reacting) (chat.Reaction, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (chat.Reaction, error) {
		c, m, err := lockMessage(ctx, tx, conv, r.User, r.Pos)
		if err == nil {
			err = r.May(m)
		}
		if err != nil {
			return chat.Reaction{}, err
		}
		var now reaction
		err = tx.QueryRowContext(ctx, `
			SELECT users, nth, began FROM message_reactions WHERE conv = $1 AND pos = $2 AND name = $3`,
			c.id, int64(r.Pos), r.Reaction).Scan(&now.users, &now.nth, &now.began)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return chat.Reaction{}, err
		}
		c.mod++
		c.changedAt = max(c.changedAt, r.At.UnixMilli())
		now.mod = c.mod
		if r.Remove {
			err = c.unreact(ctx, tx, &now, r)
		} else {
			err = c.react(ctx, tx, &now, r)
		}
		if err == nil {
			err = c.putReaction(ctx, tx, now, r)
		}
		if err == nil {
			err = c.save(ctx, tx)
		}
		if err != nil {
			return chat.Reaction{}, err
		}
		users, err := queryNames(ctx, tx, `
			SELECT user_id FROM reaction_users WHERE conv = $1 AND pos = $2 AND name = $3 ORDER BY nth`,
			c.id, int64(r.Pos), r.Reaction)
		return chat.Reaction{ID: r.Reaction, Users: users, Mod: c.mod}, err
	})
}

// react adds a user. That they have reacted so is said before that there is no room.
func (c *conversation) react(ctx context.Context, tx querier, now *reaction, r chat.Reacting) error {
	n, err := execCount(ctx, tx, `
		INSERT INTO reaction_users (conv, pos, name, user_id, nth) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (conv, pos, name, user_id) DO NOTHING`,
		c.id, int64(r.Pos), r.Reaction, r.User, int64(now.nth+1))
	if err != nil {
		return err
	}
	if n == 0 {
		return chat.ErrReacted
	}
	if now.users == 0 {
		var there int
		if err := tx.QueryRowContext(ctx, `
			SELECT COUNT(*) FROM message_reactions WHERE conv = $1 AND pos = $2 AND users > 0`,
			c.id, int64(r.Pos)).Scan(&there); err != nil {
			return err
		}
		if there >= r.MostReactions {
			return chat.ErrTooManyReactions
		}
		now.began = now.mod
	}
	now.nth++
	if now.users++; now.users > r.MostBy {
		return chat.ErrTooManyReactionUsers
	}
	return nil
}

func (c *conversation) unreact(ctx context.Context, tx querier, now *reaction, r chat.Reacting) error {
	if now.users == 0 {
		return chat.ErrNoReaction
	}
	n, err := execCount(ctx, tx, `
		DELETE FROM reaction_users WHERE conv = $1 AND pos = $2 AND name = $3 AND user_id = $4`,
		c.id, int64(r.Pos), r.Reaction, r.User)
	if err == nil && n == 0 {
		err = chat.ErrNotReacted
	}
	now.users--
	return err
}

func (c *conversation) putReaction(ctx context.Context, tx querier, now reaction, r chat.Reacting) error {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO message_reactions (conv, pos, name, users, nth, began, mod)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (conv, pos, name) DO UPDATE SET users = excluded.users, nth = excluded.nth,
			began = excluded.began, mod = excluded.mod`,
		c.id, int64(r.Pos), r.Reaction, now.users, int64(now.nth), int64(now.began), int64(now.mod)); err != nil {
		return err
	}
	if c.mod <= rememberedWrites {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM message_reactions WHERE conv = $1 AND pos = $2 AND users = 0 AND mod <= $3`,
		c.id, int64(r.Pos), int64(c.mod-rememberedWrites))
	return err
}

// Reactions is that of chat.Store.
func (s *Store) Reactions(ctx context.Context, conv chat.Conv, user string, pos uint64) ([]chat.Reaction, error) {
	g, err := s.glanceAt(ctx, conv, user, pos)
	if err != nil {
		return nil, err
	}
	return queryReactions(ctx, s.db.reader(), `
		SELECT r.name, r.mod, u.user_id FROM message_reactions r
		JOIN reaction_users u ON u.conv = r.conv AND u.pos = r.pos AND u.name = r.name
		WHERE r.conv = $1 AND r.pos = $2 ORDER BY r.began, r.name, u.nth`, g.id, int64(pos))
}

// queryReactions returns what query finds: names, mods and users, a row for each user.
func queryReactions(ctx context.Context, tx querier, query string, args ...any) (found []chat.Reaction, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, user string
		var mod uint64
		if err := rows.Scan(&name, &mod, &user); err != nil {
			return nil, err
		}
		if len(found) == 0 || found[len(found)-1].ID != name {
			found = append(found, chat.Reaction{ID: name, Mod: mod})
		}
		last := &found[len(found)-1]
		last.Users = append(last.Users, user)
	}
	return found, rows.Err()
}

// ReactionUsers is that of chat.Store.
func (s *Store) ReactionUsers(ctx context.Context, conv chat.Conv, user string, pos uint64, name string, after uint64, limit int) (users []string, last uint64, more bool, err error) {
	g, err := s.glanceAt(ctx, conv, user, pos)
	if err != nil {
		return nil, 0, false, err
	}
	rows, err := s.db.reader().QueryContext(ctx, `
		SELECT user_id, nth FROM reaction_users WHERE conv = $1 AND pos = $2 AND name = $3 AND nth > $4
		ORDER BY nth LIMIT $5`, g.id, int64(pos), name, int64(after), limit+1)
	if err != nil {
		return nil, 0, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		var nth uint64
		if err := rows.Scan(&one, &nth); err != nil {
			return nil, 0, false, err
		}
		if len(users) == limit {
			return users, last, true, nil
		}
		users, last = append(users, one), nth
	}
	return users, last, false, rows.Err()
}
