package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/server/chat"
)

// A member who does not receive a conversation's messages has a span of places that goes on
// in unheard, and what counts for it stands still at what counted when that began. The span is
// closed when it receives again, and what came meanwhile is settled. So whoever sends touches
// nothing of it.

// goesOn is the end of a span that has none yet.
const goesOn = math.MaxInt64

// heard leaves out of messages m what came while a member did not receive: $1 is the app, $2
// the user.
const heard = `NOT EXISTS (SELECT 1 FROM unheard u WHERE u.app = $1 AND u.user_id = $2 AND u.conv = m.conv
	AND m.pos BETWEEN u.first_pos AND u.last_pos)`

// maxSpans bounds the spans of a view, of which it has the newest.
const maxSpans = 50

// SetReceiveOption is that of chat.Store.
func (s *Store) SetReceiveOption(ctx context.Context, conv chat.Conv, user string, option tim.ReceiveMessageOpt) (chat.View, bool, error) {
	apply := func(ctx context.Context, tx querier, c *conversation, v *viewRow) (bool, error) {
		if v.Option == option {
			return false, nil
		}
		if err := v.receive(ctx, tx, c, !chat.Deaf(option)); err != nil {
			return false, err
		}
		v.Option = option
		_, err := tx.ExecContext(ctx, `
			UPDATE views SET recv_opt = $1, deaf_counted = $2, unheard = $3 WHERE app = $4 AND user_id = $5 AND conv = $6`,
			int64(option), v.deafCounted, v.unheard, int64(v.App), v.User, v.id)
		return true, err
	}
	v, err := s.changeView(ctx, conv, user, apply)
	if errors.Is(err, chat.ErrNoConversation) {
		if _, err = change(ctx, s, func(ctx context.Context, tx querier) (conversation, error) {
			return makeConversation(ctx, tx, conv)
		}); err == nil {
			v, err = s.changeView(ctx, conv, user, apply)
		}
	}
	return v.View, v.changed, err
}

// receive notes that a member receives from now on, or no longer.
func (v *viewRow) receive(ctx context.Context, tx querier, c *conversation, receives bool) error {
	member := []any{int64(v.App), v.User, v.id}
	switch now := v.deafCounted < 0; {
	case receives == now:
		return nil
	case !receives:
		v.deafCounted = v.counted
		v.unheard++
		_, err := tx.ExecContext(ctx, `
			INSERT INTO unheard (app, user_id, conv, first_pos, last_pos) VALUES ($1, $2, $3, $4, $5)`,
			append(member, int64(c.pos+1), int64(goesOn))...)
		return err
	}
	counted := c.counted[v.side&1]
	v.settled += counted - v.deafCounted
	v.counted, v.deafCounted = counted, -1
	came := c.pos // by now; of what a clear has swallowed nothing is left
	if v.ClearPos >= c.pos {
		came = 0
	}
	n, err := execCount(ctx, tx, `
		DELETE FROM unheard WHERE app = $1 AND user_id = $2 AND conv = $3 AND last_pos = $4 AND first_pos > $5`,
		append(member, int64(goesOn), int64(came))...)
	if err != nil || n > 0 {
		v.unheard -= int64(n) // nothing came
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE unheard SET last_pos = $1 WHERE app = $2 AND user_id = $3 AND conv = $4 AND last_pos = $5`,
		int64(c.pos), int64(v.App), v.User, v.id, int64(goesOn))
	return err
}

// hears says whether a message was received when it came, as far as the option goes.
func (v *viewRow) hears(ctx context.Context, tx querier, pos uint64) (bool, error) {
	if v.unheard == 0 {
		return true, nil
	}
	var missed bool
	err := tx.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM unheard WHERE app = $1 AND user_id = $2 AND conv = $3 AND $4 BETWEEN first_pos AND last_pos)`,
		int64(v.App), v.User, v.id, int64(pos)).Scan(&missed)
	return !missed, err
}

// forgetUnheard forgets spans that a clear has swallowed.
func (v *viewRow) forgetUnheard(ctx context.Context, tx querier) error {
	if v.unheard == 0 {
		return nil
	}
	n, err := execCount(ctx, tx, `
		DELETE FROM unheard WHERE app = $1 AND user_id = $2 AND conv = $3 AND last_pos <= $4`,
		int64(v.App), v.User, v.id, int64(v.ClearPos))
	if v.unheard -= int64(n); err != nil || n == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE views SET unheard = $1 WHERE app = $2 AND user_id = $3 AND conv = $4`,
		v.unheard, int64(v.App), v.User, v.id)
	return err
}

// fillUnheard looks up the newest spans, the oldest of them first.
func (v *viewRow) fillUnheard(ctx context.Context, tx querier) error {
	if v.Unheard = nil; v.unheard == 0 {
		return nil
	}
	rows, err := tx.QueryContext(ctx, `
		SELECT first_pos, last_pos FROM unheard WHERE app = $1 AND user_id = $2 AND conv = $3
		ORDER BY first_pos DESC LIMIT $4`, int64(v.App), v.User, v.id, maxSpans)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var first, last int64
		if err := rows.Scan(&first, &last); err != nil {
			return err
		}
		span := chat.Span{First: uint64(first)}
		if last != goesOn {
			span.Last = uint64(last)
		}
		v.Unheard = append([]chat.Span{span}, v.Unheard...)
	}
	return rows.Err()
}

// ownAmong is among how many of a span's newest messages an own one is looked for.
const ownAmong = 200

// lastHeard finds the last message of a member who did not receive all of them. It goes from
// span to span, for one that goes on may be long.
func (v *viewRow) lastHeard(ctx context.Context, tx querier) (chat.Message, error) {
	find := func(from, to uint64, by string) (chat.Message, error) {
		return scanMessage(tx.QueryRowContext(ctx, `
			SELECT `+messageColumns+` FROM messages m
			WHERE `+notHidden+` AND m.conv = $3 AND m.pos BETWEEN $4 AND $5 AND (m.flags & 2) = 2 AND (m.sender = $6 OR $6 = '')
			ORDER BY m.pos DESC LIMIT 1`, int64(v.App), v.User, v.id, int64(from), int64(to), by))
	}
	top, gone := v.LastPos, max(v.ClearPos, v.DeletedPos)
	for i := len(v.Unheard) - 1; i >= 0; i-- {
		span := v.Unheard[i]
		if span.Last == 0 || span.Last > top {
			span.Last = top
		}
		m, err := find(max(span.Last, gone)+1, top, "")
		if errors.Is(err, sql.ErrNoRows) && span.Last >= span.First {
			from := max(span.First, gone+1)
			if span.Last > ownAmong {
				from = max(from, span.Last-ownAmong+1)
			}
			m, err = find(from, span.Last, v.User)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return m, err
		}
		top = min(top, span.First-1)
	}
	return find(gone+1, top, "")
}

// ReceiveOptions is that of chat.Store.
func (s *Store) ReceiveOptions(ctx context.Context, user string, convs []chat.Conv) ([]tim.ReceiveMessageOpt, error) {
	options := make([]tim.ReceiveMessageOpt, len(convs))
	for i, conv := range convs {
		var option int64
		err := s.db.reader().QueryRowContext(ctx, `
			SELECT v.recv_opt FROM conversations c JOIN views v ON v.app = c.app AND v.user_id = $1 AND v.conv = c.conv
			WHERE c.app = $2 AND c.type = $3 AND c.name = $4`, user, int64(conv.App), int64(conv.Type), conv.Name).Scan(&option)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		options[i] = tim.ReceiveMessageOpt(option)
	}
	return options, nil
}

// discountFor takes the message of a place from what counts for a member who received it or
// receives again, and from what that member has settled.
func (c *conversation) discountFor(ctx context.Context, tx querier, app uint64, user string, pos uint64) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE views SET
			deaf_counted = CASE WHEN deaf_counted >= 0 THEN deaf_counted - 1 ELSE deaf_counted END,
			settled = CASE WHEN read_pos >= $1
				OR EXISTS (SELECT 1 FROM hidden h
					WHERE h.app = views.app AND h.user_id = views.user_id AND h.conv = views.conv AND h.pos = $1)
				OR EXISTS (SELECT 1 FROM unheard u
					WHERE u.app = views.app AND u.user_id = views.user_id AND u.conv = views.conv AND $1 BETWEEN u.first_pos AND u.last_pos)
				THEN settled - 1 ELSE settled END
		WHERE app = $2 AND user_id = $3 AND conv = $4 AND NOT EXISTS (SELECT 1 FROM unheard u
			WHERE u.app = views.app AND u.user_id = views.user_id AND u.conv = views.conv AND u.last_pos = $5 AND u.first_pos <= $1)`,
		int64(pos), int64(app), user, c.id, int64(goesOn))
	return err
}
