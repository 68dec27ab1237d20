package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/banter-im/banter/server/chat"
)

// What one answer of ChangedExtras holds at most. All that one change can write fits.
const (
	maxChangedExtensions = 400
	maxChangedReactions  = 40
)

// changedRow is an extension or a reaction that has changed.
type changedRow struct {
	pos, mod  uint64
	extension *chat.Extension
	reaction  *chat.Reaction
}

// ChangedExtras is that of chat.Store.
func (s *Store) ChangedExtras(ctx context.Context, conv chat.Conv, user string, since, upTo uint64) ([]chat.ChangedExtras, uint64, error) {
	g, err := s.glance(ctx, conv, user)
	if errors.Is(err, chat.ErrNoConversation) {
		return nil, upTo, nil
	}
	if err != nil {
		return nil, 0, err
	}
	rows, whole, err := s.changedRows(ctx, conv, user, g, since, upTo)
	if err != nil {
		return nil, 0, err
	}
	var found []chat.ChangedExtras
	at := map[uint64]int{}
	for _, r := range rows {
		if r.mod > whole {
			continue
		}
		i, there := at[r.pos]
		if !there {
			i = len(found)
			at[r.pos] = i
			m, err := scanMessage(s.db.reader().QueryRowContext(ctx, `
				SELECT `+messageColumns+` FROM messages m WHERE m.conv = $1 AND m.pos = $2`, g.id, int64(r.pos)))
			if err != nil {
				return nil, 0, err
			}
			found = append(found, chat.ChangedExtras{Message: m})
		}
		r.addTo(&found[i])
	}
	slices.SortFunc(found, func(a, b chat.ChangedExtras) int { return cmp.Compare(a.Mod, b.Mod) })
	return found, whole, nil
}

func (r changedRow) addTo(one *chat.ChangedExtras) {
	one.Mod = max(one.Mod, r.mod)
	if r.extension != nil {
		one.Extensions = append(one.Extensions, *r.extension)
	}
	if r.reaction != nil {
		one.Reactions = append(one.Reactions, *r.reaction)
	}
}

// changedRows returns rows by their mods, and up to which mod these are all.
func (s *Store) changedRows(ctx context.Context, conv chat.Conv, user string, g glance, since, upTo uint64) ([]changedRow, uint64, error) {
	db, whole := s.db.reader(), upTo
	const where = notHidden + ` AND m.conv = $3 AND m.mod > $4 AND m.mod <= $5 AND m.pos > $6 ORDER BY m.mod LIMIT $7`
	args := []any{int64(conv.App), user, g.id, int64(since), int64(upTo), int64(g.clearPos)}
	found, err := queryChanged(ctx, db, func(r row) (c changedRow, err error) {
		var e chat.Extension
		var deleted int64
		err = r.Scan(&c.pos, &c.mod, &e.Key, &e.Value, &e.Seq, &deleted)
		e.Deleted, c.extension = deleted != 0, &e
		return c, err
	}, `SELECT m.pos, m.mod, `+extensionColumns+` FROM message_extensions m WHERE `+where, append(args, maxChangedExtensions)...)
	if err != nil {
		return nil, 0, err
	}
	if len(found) == maxChangedExtensions { // the last change may have more
		whole = found[len(found)-1].mod - 1
	}
	reactions, err := queryChanged(ctx, db, func(r row) (c changedRow, err error) {
		c.reaction = &chat.Reaction{}
		err = r.Scan(&c.pos, &c.mod, &c.reaction.ID)
		c.reaction.Mod = c.mod
		return c, err
	}, `SELECT m.pos, m.mod, m.name FROM message_reactions m WHERE `+where, append(args, maxChangedReactions)...)
	if err != nil {
		return nil, 0, err
	}
	if len(reactions) == maxChangedReactions {
		whole = min(whole, reactions[len(reactions)-1].mod)
	}
	for _, r := range reactions {
		r.reaction.Users, err = queryNames(ctx, db, `
			SELECT user_id FROM reaction_users WHERE conv = $1 AND pos = $2 AND name = $3 ORDER BY nth`,
			g.id, int64(r.pos), r.reaction.ID)
		if err != nil {
			return nil, 0, err
		}
	}
	return append(found, reactions...), whole, nil
}

func queryChanged(ctx context.Context, tx querier, scan func(row) (changedRow, error), query string, args ...any) (found []changedRow, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}
