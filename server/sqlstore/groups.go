package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/banter-im/banter/server/chat"
)

// ConversationGroups is that of chat.Store.
func (s *Store) ConversationGroups(ctx context.Context, app uint64, user string) ([]chat.ConversationGroup, error) {
	return groupsOf(ctx, s.db.reader(), app, user)
}

func groupsOf(ctx context.Context, tx querier, app uint64, user string) (groups []chat.ConversationGroup, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT group_id, name FROM conversation_groups WHERE app = $1 AND user_id = $2 ORDER BY group_id`, int64(app), user)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var one chat.ConversationGroup
		if err := rows.Scan(&one.ID, &one.Name); err != nil {
			return nil, err
		}
		groups = append(groups, one)
	}
	return groups, rows.Err()
}

// groupsOfConversation returns the ids of the groups that one conversation is in.
func groupsOfConversation(ctx context.Context, tx querier, app uint64, user string, conv int64) ([]uint64, error) {
	found, err := grouped(ctx, tx, app, user, conv, conv)
	return found[conv], err
}

// grouped returns the groups of the conversations whose numbers are from low to high.
func grouped(ctx context.Context, tx querier, app uint64, user string, low, high int64) (map[int64][]uint64, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT conv, group_id FROM grouped_conversations
		WHERE app = $1 AND user_id = $2 AND conv BETWEEN $3 AND $4 ORDER BY conv, group_id`, int64(app), user, low, high)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[int64][]uint64{}
	for rows.Next() {
		var conv int64
		var group uint64
		if err := rows.Scan(&conv, &group); err != nil {
			return nil, err
		}
		found[conv] = append(found[conv], group)
	}
	return found, rows.Err()
}

// joinGroups gives views, which are in no order, their groups.
func joinGroups(ctx context.Context, tx querier, app uint64, user string, views []viewRow) error {
	if len(views) == 0 {
		return nil
	}
	low, high := views[0].id, views[0].id
	for _, v := range views {
		low, high = min(low, v.id), max(high, v.id)
	}
	found, err := grouped(ctx, tx, app, user, low, high)
	for i := range views {
		views[i].Labels.Groups = found[views[i].id]
	}
	return err
}

// groups looks up the groups that a view's conversation is in.
func (v *viewRow) groups(ctx context.Context, tx querier) (err error) {
	v.Labels.Groups, err = groupsOfConversation(ctx, tx, v.App, v.User, v.id)
	return err
}

// unlabel takes all labels from a view, with the account locked first, as all changes of
// labels have it.
func (v *viewRow) unlabel(ctx context.Context, tx querier) error {
	if _, err := lockRev(ctx, tx, v.App, v.User); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `
		UPDATE views SET marks = 0, custom = '' WHERE app = $1 AND user_id = $2 AND conv = $3`,
		int64(v.App), v.User, v.id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM grouped_conversations WHERE app = $1 AND user_id = $2 AND conv = $3`, int64(v.App), v.User, v.id)
	return err
}

// findView returns a user's view of a conversation, without what is looked up besides.
func findView(ctx context.Context, tx querier, conv chat.Conv, user string) (viewRow, error) {
	v, err := scanView(tx.QueryRowContext(ctx, `
		SELECT `+viewColumns+` FROM conversations c JOIN views v ON v.app = c.app AND v.conv = c.conv
		WHERE c.app = $1 AND c.type = $2 AND c.name = $3 AND v.user_id = $4`,
		int64(conv.App), int64(conv.Type), conv.Name, user), conv.App, user)
	if errors.Is(err, sql.ErrNoRows) {
		err = chat.ErrNoConversation
	}
	return v, err
}

// View is that of chat.Store.
func (s *Store) View(ctx context.Context, conv chat.Conv, user string) (chat.View, error) {
	db := s.db.reader()
	v, err := findView(ctx, db, conv, user)
	if err != nil {
		return chat.View{}, err
	}
	if err := v.groups(ctx, db); err != nil {
		return chat.View{}, err
	}
	return v.View, v.fill(ctx, db)
}

// RecentConversations is that of chat.Store.
func (s *Store) RecentConversations(ctx context.Context, app uint64, user string, query chat.RecentQuery) ([]chat.View, error) {
	pinned := " AND v.pinned_at = 0"
	if query.Pinned {
		pinned = " AND v.pinned_at > 0"
	}
	if !query.WithEmpty { // what is cleared has nothing that may be the last
		pinned += " AND c.last_pos > v.clear_pos"
	}
	before := int64(1) << 62
	if !query.Before.IsZero() {
		before = query.Before.UnixMilli()
	}
	db := s.db.reader()
	views, err := queryViews(ctx, db, app, user, `
		SELECT `+viewColumns+` FROM views v JOIN conversations c ON c.conv = v.conv
		WHERE v.app = $1 AND v.user_id = $2 AND c.sent_at < $3 AND c.last_pos > v.deleted_pos`+pinned+`
		ORDER BY c.sent_at DESC, v.conv LIMIT $4 OFFSET $5`, int64(app), user, before, query.Limit, query.Skip)
	if err == nil {
		err = joinGroups(ctx, db, app, user, views)
	}
	if err != nil {
		return nil, err
	}
	found := make([]chat.View, len(views))
	for i := range views {
		if err := views[i].fill(ctx, db); err != nil {
			return nil, err
		}
		found[i] = views[i].View
	}
	return found, nil
}

// LabelledConversations is that of chat.Store.
func (s *Store) LabelledConversations(ctx context.Context, app uint64, user string) ([]chat.View, error) {
	db := s.db.reader()
	views, err := queryViews(ctx, db, app, user, `
		SELECT `+viewColumns+` FROM views v JOIN conversations c ON c.conv = v.conv
		WHERE v.app = $1 AND v.user_id = $2 AND (v.marks <> 0 OR v.custom <> ''
			OR EXISTS (SELECT 1 FROM grouped_conversations g WHERE g.app = v.app AND g.user_id = v.user_id AND g.conv = v.conv))
		ORDER BY v.conv`, int64(app), user)
	if err == nil {
		err = joinGroups(ctx, db, app, user, views)
	}
	found := make([]chat.View, len(views))
	for i, v := range views {
		found[i] = v.View
	}
	return found, err
}
