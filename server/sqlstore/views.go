package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/server/chat"
)

// viewColumns are what scanView reads, of views v and conversations c.
const viewColumns = `c.conv, c.type, c.name, c.pos, c.mod, c.last_pos, c.counted_0, c.counted_1, c.sent_at,
	v.side, v.rev, v.read_pos, v.read_at, v.settled, v.clear_pos, v.deleted_pos, v.pinned_at,
	v.recv_opt, v.deaf_counted, v.unheard, v.marks, v.custom`

// viewRow is a view with what only the store needs to know.
type viewRow struct {
	chat.View
	id      int64
	side    int64
	counted int64 // for the view: on its side, unless it does not receive
	settled int64
	changed bool
	hidden  []uint64 // by this change
	tell    func(chat.View, uint64) (chat.Event, error)

	deafCounted int64 // what counted when it ceased to receive; -1: it receives
	unheard     int64 // spans
}

func scanView(r row, app uint64, user string) (viewRow, error) {
	v := viewRow{View: chat.View{User: user}}
	var kind, option, sentAt, readAt, pinnedAt, marks int64
	var counted [2]int64
	err := r.Scan(&v.id, &kind, &v.Name, &v.Pos, &v.Mod, &v.LastPos, &counted[0], &counted[1], &sentAt,
		&v.side, &v.Rev, &v.ReadPos, &readAt, &v.settled, &v.ClearPos, &v.DeletedPos, &pinnedAt,
		&option, &v.deafCounted, &v.unheard, &marks, &v.Custom)
	if err != nil {
		return viewRow{}, err
	}
	v.App, v.Type, v.Option = app, tim.ConvType(kind), tim.ReceiveMessageOpt(option)
	if v.counted = counted[v.side&1]; v.deafCounted >= 0 {
		v.counted = v.deafCounted
	}
	v.Unread = uint64(max(0, v.counted-v.settled))
	v.SentAt, v.ReadAt, v.PinnedAt = momentOf(sentAt), momentOf(readAt), momentOf(pinnedAt)
	v.Marks = uint64(marks)
	return v, nil
}

// momentOf is instant, for columns in which 0 is no time.
func momentOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return instant(ms)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Conversations is that of chat.Store. The rev is read first: what comes later is told again.
func (s *Store) Conversations(ctx context.Context, app uint64, user string, query chat.ConversationQuery) (chat.ConversationPage, error) {
	db := s.db.reader()
	page, groupsRev := chat.ConversationPage{}, uint64(0)
	err := db.QueryRowContext(ctx, `
		SELECT rev, groups_rev FROM accounts WHERE app = $1 AND user_id = $2`, int64(app), user).Scan(&page.Rev, &groupsRev)
	if err != nil {
		return page, err
	}
	if query.After == 0 {
		page.AllReceive, err = s.AllReceive(ctx, app, user)
	}
	if err == nil && query.After == 0 && groupsRev > query.Rev {
		page.GroupsChanged = true
		page.Groups, err = groupsOf(ctx, db, app, user)
	}
	if err != nil {
		return page, err
	}
	if fresh := query.Rev == 0 && query.Since.IsZero(); query.After == 0 && !fresh {
		if page.Hidden, err = hiddenSince(ctx, db, app, user, &page.Rev, query.Rev); err != nil {
			return page, err
		}
	}
	views, err := queryViews(ctx, db, app, user, `
		SELECT `+viewColumns+` FROM views v JOIN conversations c ON c.conv = v.conv
		WHERE v.app = $1 AND v.user_id = $2 AND v.conv > $3 AND (v.rev > $4 OR c.changed_at >= $5)
		ORDER BY v.conv LIMIT $6`, int64(app), user, query.After, int64(query.Rev), millis(query.Since), query.Limit)
	if err == nil && groupsRev > 0 {
		err = joinGroups(ctx, db, app, user, views)
	}
	if err != nil {
		return page, err
	}
	size := 0
	for i, v := range views {
		if err := v.fill(ctx, db); err != nil {
			return page, err
		}
		if page.Views = append(page.Views, v.View); v.Last != nil {
			size += len(v.Last.Body)
		}
		full := i+1 == query.Limit || query.Bytes > 0 && size >= query.Bytes && i+1 < len(views)
		if full {
			page.Next = v.id
			break
		}
	}
	return page, nil
}

func queryViews(ctx context.Context, tx querier, app uint64, user, query string, args ...any) (found []viewRow, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scanView(rows, app, user)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
	}
	return found, rows.Err()
}

// fill looks up a view's last message, and how far the other one has read.
func (v *viewRow) fill(ctx context.Context, tx querier) error {
	if err := v.fillUnheard(ctx, tx); err != nil {
		return err
	}
	last, err := v.lastHeard(ctx, tx)
	switch {
	case err == nil:
		v.Last = &last
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	for _, user := range v.Pair() {
		if user == v.User {
			continue
		}
		other := chat.View{Conv: v.Conv, User: user}
		var readAt int64
		v.Peer.User = user
		err := tx.QueryRowContext(ctx, `
			SELECT v.read_pos, v.read_at, COALESCE(a.nick, ''), COALESCE(a.face_url, '') FROM views v
			LEFT JOIN accounts a ON a.app = v.app AND a.user_id = v.user_id
			WHERE v.app = $1 AND v.user_id = $2 AND v.conv = $3`,
			int64(v.App), user, v.id).Scan(&other.ReadPos, &readAt, &v.Peer.Nick, &v.Peer.FaceURL)
		if err != nil {
			return err
		}
		if other.ReadAt = momentOf(readAt); other.ReadPos > 0 {
			v.Others = append(v.Others, other)
		}
	}
	return nil
}

// maxHidden bounds the places that one answer has.
const maxHidden = 2000

// hiddenSince returns what was hidden after since. When that is too much, it lowers rev to
// the last that it has in whole.
func hiddenSince(ctx context.Context, tx querier, app uint64, user string, rev *uint64, since uint64) (found []chat.Hidden, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT c.type, c.name, h.pos, h.rev FROM hidden h JOIN conversations c ON c.conv = h.conv
		WHERE h.app = $1 AND h.user_id = $2 AND h.rev > $3 ORDER BY h.rev, h.pos LIMIT $4`,
		int64(app), user, int64(since), maxHidden)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	count := 0
	for ; rows.Next(); count++ {
		var kind int64
		var pos uint64
		one := chat.Hidden{Conv: chat.Conv{App: app}}
		if err := rows.Scan(&kind, &one.Conv.Name, &pos, &one.Rev); err != nil {
			return nil, err
		}
		one.Conv.Type = tim.ConvType(kind)
		if len(found) == 0 || found[len(found)-1].Rev != one.Rev || found[len(found)-1].Conv != one.Conv {
			found = append(found, one)
		}
		last := &found[len(found)-1]
		last.Places = append(last.Places, pos)
	}
	if count == maxHidden { // the last one may have more places
		found = found[:len(found)-1]
		*rev = found[len(found)-1].Rev
	}
	return found, rows.Err()
}

// UnreadConversations is that of chat.Store.
func (s *Store) UnreadConversations(ctx context.Context, app uint64, user string) ([]chat.View, error) {
	views, err := queryViews(ctx, s.db.reader(), app, user, `
		SELECT `+viewColumns+` FROM views v JOIN conversations c ON c.conv = v.conv
		WHERE v.app = $1 AND v.user_id = $2
			AND v.settled < CASE WHEN v.deaf_counted >= 0 THEN v.deaf_counted WHEN v.side = 0 THEN c.counted_0 ELSE c.counted_1 END`, int64(app), user)
	var found []chat.View
	for _, v := range views {
		found = append(found, v.View)
	}
	return found, err
}
