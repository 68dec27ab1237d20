package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// rememberedWrites is for how many writes to a message a deleted extension is remembered, and
// for how many changes of a conversation a reaction that is gone: so long a device that was
// away hears of it.
const rememberedWrites = 1000

// extended is the row of a message that has had extensions.
type extended struct {
	seq, cleared   uint64
	live           int
	minute, writes int64
}

// visibleMessage returns a message that user has, of a conversation that is locked.
func visibleMessage(ctx context.Context, tx querier, conv chat.Conv, user string, id int64, pos uint64) (chat.Message, error) {
	m, err := scanMessage(tx.QueryRowContext(ctx, `
		SELECT `+messageColumns+` FROM messages m
		LEFT JOIN views v ON v.app = $1 AND v.user_id = $2 AND v.conv = m.conv
		WHERE `+notHidden+` AND m.conv = $3 AND m.pos = $4 AND m.pos > COALESCE(v.clear_pos, 0)`,
		int64(conv.App), user, id, int64(pos)))
	if errors.Is(err, sql.ErrNoRows) {
		err = chat.ErrNoMessage
	}
	return m, err
}

// lockMessage locks the conversation of a message that user has.
func lockMessage(ctx context.Context, tx querier, conv chat.Conv, user string, pos uint64) (conversation, chat.Message, error) {
	c, err := lockConversation(ctx, tx, conv)
	if errors.Is(err, chat.ErrNoConversation) {
		err = chat.ErrNoMessage
	}
	if err != nil {
		return c, chat.Message{}, err
	}
	m, err := visibleMessage(ctx, tx, conv, user, c.id, pos)
	return c, m, err
}

// WriteExtensions is that of chat.Store.
func (s *Store) WriteExtensions(ctx context.Context, conv chat.Conv, user string, w chat.ExtensionsWrite) (chat.ExtensionsWritten, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (chat.ExtensionsWritten, error) {
		c, m, err := lockMessage(ctx, tx, conv, user, w.Pos)
		if err == nil {
			err = w.May(m)
		}
		if err != nil {
			return chat.ExtensionsWritten{}, err
		}
		log, err := readExtended(ctx, tx, c.id, w.Pos)
		if err != nil {
			return chat.ExtensionsWritten{}, err
		}
		var written chat.ExtensionsWritten
		if w.Clear {
			written, err = c.clearExtensions(ctx, tx, &log, w)
		} else {
			written, err = c.writeExtensions(ctx, tx, &log, w)
		}
		if err != nil || written.Mod == 0 {
			return written, err
		}
		if err := log.spend(w); err != nil {
			return chat.ExtensionsWritten{}, err
		}
		if err := log.save(ctx, tx, c.id, w.Pos); err != nil {
			return chat.ExtensionsWritten{}, err
		}
		c.mod, c.changedAt = written.Mod, max(c.changedAt, w.At.UnixMilli())
		return written, c.save(ctx, tx)
	})
}

func readExtended(ctx context.Context, tx querier, conv int64, pos uint64) (e extended, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT seq, cleared_seq, live, minute, writes FROM extended_messages WHERE conv = $1 AND pos = $2`,
		conv, int64(pos)).Scan(&e.seq, &e.cleared, &e.live, &e.minute, &e.writes)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return e, err
}

// spend counts a write in its minute, and refuses what is too much.
func (e *extended) spend(w chat.ExtensionsWrite) error {
	if minute := w.At.Unix() / int64(time.Minute/time.Second); minute != e.minute {
		e.minute, e.writes = minute, 0
	}
	e.writes++
	switch {
	case e.live > w.Most:
		return chat.ErrTooManyExtensions
	case e.writes > int64(w.PerMinute):
		return chat.ErrTooManyWrites
	}
	return nil
}

func (e *extended) save(ctx context.Context, tx querier, conv int64, pos uint64) error {
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO extended_messages (conv, pos, seq, cleared_seq, live, minute, writes)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (conv, pos) DO UPDATE SET seq = excluded.seq, cleared_seq = excluded.cleared_seq,
			live = excluded.live, minute = excluded.minute, writes = excluded.writes`,
		conv, int64(pos), int64(e.seq), int64(e.cleared), e.live, e.minute, e.writes); err != nil {
		return err
	}
	if e.seq <= rememberedWrites {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM message_extensions WHERE conv = $1 AND pos = $2 AND deleted = 1 AND seq <= $3`,
		conv, int64(pos), int64(e.seq-rememberedWrites))
	return err
}

const extensionColumns = `m.name, m.value, m.seq, m.deleted`

func scanExtension(r row) (e chat.Extension, err error) {
	var deleted int64
	err = r.Scan(&e.Key, &e.Value, &e.Seq, &deleted)
	e.Deleted = deleted != 0
	return e, err
}

// writeExtensions writes extensions one by one.
func (c *conversation) writeExtensions(ctx context.Context, tx querier, log *extended, w chat.ExtensionsWrite) (written chat.ExtensionsWritten, err error) {
	for _, e := range w.Extensions {
		now, err := scanExtension(tx.QueryRowContext(ctx, `
			SELECT `+extensionColumns+` FROM message_extensions m WHERE m.conv = $1 AND m.pos = $2 AND m.name = $3`,
			c.id, int64(w.Pos), e.Key))
		if errors.Is(err, sql.ErrNoRows) {
			now, err = chat.Extension{Key: e.Key, Deleted: true}, nil
		}
		if err != nil {
			return written, err
		}
		result := outcomeOf(now, e, w.Force)
		if result.Outcome == chat.Written {
			log.seq++
			log.live += liveOf(e) - liveOf(now)
			result.Extension = chat.Extension{Key: e.Key, Value: e.Value, Seq: log.seq, Deleted: e.Deleted}
			written.Mod = c.mod + 1
			if err := c.putExtension(ctx, tx, w.Pos, result.Extension, written.Mod); err != nil {
				return written, err
			}
		}
		written.Results = append(written.Results, result)
	}
	return written, nil
}

// outcomeOf decides about a write of wanted over what is there now.
func outcomeOf(now, wanted chat.Extension, force bool) chat.ExtensionWritten {
	known := now.Seq
	if now.Deleted {
		known = 0
	}
	result := chat.ExtensionWritten{Extension: now}
	switch {
	case wanted.Deleted && now.Deleted:
		result.Outcome = chat.Missing
	case !wanted.Deleted && !now.Deleted && wanted.Value == now.Value:
		result.Outcome = chat.Unchanged
	case !force && wanted.Seq != known:
		result.Outcome = chat.Conflict
	}
	return result
}

func liveOf(e chat.Extension) int {
	if e.Deleted {
		return 0
	}
	return 1
}

func (c *conversation) putExtension(ctx context.Context, tx querier, pos uint64, e chat.Extension, mod uint64) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO message_extensions (conv, pos, name, value, seq, deleted, mod)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (conv, pos, name) DO UPDATE SET value = excluded.value, seq = excluded.seq,
			deleted = excluded.deleted, mod = excluded.mod`,
		c.id, int64(pos), e.Key, e.Value, int64(e.Seq), 1-liveOf(e), int64(mod))
	return err
}

// clearExtensions deletes all extensions, with one write.
func (c *conversation) clearExtensions(ctx context.Context, tx querier, log *extended, w chat.ExtensionsWrite) (written chat.ExtensionsWritten, err error) {
	live, err := queryExtensions(ctx, tx, `
		SELECT `+extensionColumns+` FROM message_extensions m
		WHERE m.conv = $1 AND m.pos = $2 AND m.deleted = 0 ORDER BY m.seq`, c.id, int64(w.Pos))
	if err != nil || len(live) == 0 {
		return written, err
	}
	log.seq++
	log.cleared, log.live = log.seq, 0
	written.Mod = c.mod + 1
	for _, e := range live {
		gone := chat.Extension{Key: e.Key, Seq: log.seq, Deleted: true}
		written.Results = append(written.Results, chat.ExtensionWritten{Extension: gone})
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE message_extensions SET value = '', seq = $1, deleted = 1, mod = $2
		WHERE conv = $3 AND pos = $4 AND deleted = 0`, int64(log.seq), int64(written.Mod), c.id, int64(w.Pos))
	return written, err
}

func queryExtensions(ctx context.Context, tx querier, query string, args ...any) (found []chat.Extension, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanExtension(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, rows.Err()
}

// glanceAt finds the conversation of a message that user has.
func (s *Store) glanceAt(ctx context.Context, conv chat.Conv, user string, pos uint64) (glance, error) {
	g, err := s.glance(ctx, conv, user)
	if errors.Is(err, chat.ErrNoConversation) {
		err = chat.ErrNoMessage
	}
	if err == nil {
		_, err = visibleMessage(ctx, s.db.reader(), conv, user, g.id, pos)
	}
	return g, err
}

// Extensions is that of chat.Store. The row of the message is read first: what is written
// meanwhile has a higher seq than it says.
func (s *Store) Extensions(ctx context.Context, conv chat.Conv, user string, pos, from uint64, limit int) (chat.ExtensionsPage, error) {
	g, err := s.glanceAt(ctx, conv, user, pos)
	if err != nil {
		return chat.ExtensionsPage{}, err
	}
	log, err := readExtended(ctx, s.db.reader(), g.id, pos)
	if err != nil {
		return chat.ExtensionsPage{}, err
	}
	page := chat.ExtensionsPage{Seq: log.seq, ClearedSeq: log.cleared}
	page.Extensions, err = queryExtensions(ctx, s.db.reader(), `
		SELECT `+extensionColumns+` FROM message_extensions m
		WHERE m.conv = $1 AND m.pos = $2 AND m.deleted = 0 AND m.seq >= $3 ORDER BY m.seq LIMIT $4`,
		g.id, int64(pos), int64(from), limit+1)
	if len(page.Extensions) > limit {
		page.Extensions, page.More = page.Extensions[:limit], true
	}
	return page, err
}

// strip takes extensions and reactions from a message.
func (c *conversation) strip(ctx context.Context, tx querier, pos uint64) error {
	for _, table := range []string{"extended_messages", "message_extensions", "message_reactions", "reaction_users"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE conv = $1 AND pos = $2`, c.id, int64(pos)); err != nil {
			return err
		}
	}
	return nil
}
