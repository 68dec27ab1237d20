package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/banter-im/banter/server/chat"
)

// labelling is a change to a user's labels, with the account locked.
type labelling struct {
	tx       querier
	app      uint64
	user     string
	limits   chat.LabelLimits
	labelled int // conversations with labels, once it was counted; else -1
	chat.Labelled
	changed map[int64]int // by conversation: where it is in Changed
}

// ChangeLabels is that of chat.Store.
func (s *Store) ChangeLabels(ctx context.Context, app uint64, user string, c chat.LabelChange, limits chat.LabelLimits) (chat.Labelled, error) {
	return change(ctx, s, func(ctx context.Context, tx querier) (chat.Labelled, error) {
		rev, err := lockRev(ctx, tx, app, user)
		if err != nil {
			return chat.Labelled{}, err
		}
		l := labelling{tx: tx, app: app, user: user, limits: limits, labelled: -1, changed: map[int64]int{}}
		l.Rev = rev + 1
		if err := l.group(ctx, c); err != nil {
			return chat.Labelled{}, err
		}
		for _, item := range c.Items {
			err := l.item(ctx, item)
			if err != nil && !errors.Is(err, chat.ErrNoConversation) && !errors.Is(err, chat.ErrTooManyLabelled) {
				return chat.Labelled{}, err
			}
			l.Results = append(l.Results, err)
		}
		return l.Labelled, l.finish(ctx)
	})
}

// lockRev locks an account until the end of the transaction, and returns its rev.
func lockRev(ctx context.Context, tx querier, app uint64, user string) (rev uint64, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT rev FROM accounts WHERE app = $1 AND user_id = $2`+forUpdate(tx), int64(app), user).Scan(&rev)
	if errors.Is(err, sql.ErrNoRows) {
		err = chat.ErrNoAccount
	}
	return rev, err
}

// finish drops what is too much of the group, and writes what the account has to say of the change.
func (l *labelling) finish(ctx context.Context) error {
	if err := l.shrink(ctx); err != nil {
		return err
	}
	for conv, i := range l.changed {
		groups, err := groupsOfConversation(ctx, l.tx, l.app, l.user, conv)
		if err != nil {
			return err
		}
		l.Changed[i].Groups = groups
	}
	if len(l.Changed) == 0 && !l.GroupsChanged {
		l.Rev--
		return nil
	}
	groupsRev := uint64(0)
	if l.GroupsChanged {
		groupsRev = l.Rev
		var err error
		if l.Groups, err = groupsOf(ctx, l.tx, l.app, l.user); err != nil {
			return err
		}
	}
	_, err := l.tx.ExecContext(ctx, `
		UPDATE accounts SET rev = $1, groups_rev = CASE WHEN $2 > groups_rev THEN $2 ELSE groups_rev END
		WHERE app = $3 AND user_id = $4`, int64(l.Rev), int64(groupsRev), int64(l.app), l.user)
	return err
}

// group does what the change does to the group that it names.
func (l *labelling) group(ctx context.Context, c chat.LabelChange) error {
	if c.Group == chat.NoGroup {
		return nil
	}
	id, err := l.groupNamed(ctx, c.Name)
	if errors.Is(err, chat.ErrNoGroup) && c.Group == chat.CreateGroup {
		return l.createGroup(ctx, c.Name)
	}
	if err != nil {
		return err
	}
	l.Group = chat.ConversationGroup{ID: id, Name: c.Name}
	switch {
	case c.Group == chat.DeleteGroup:
		l.GroupsChanged = true
		for _, table := range []string{"grouped_conversations", "conversation_groups"} {
			if _, err := l.tx.ExecContext(ctx, `
				DELETE FROM `+table+` WHERE app = $1 AND user_id = $2 AND group_id = $3`, int64(l.app), l.user, int64(id)); err != nil {
				return err
			}
		}
	case c.Group == chat.RenameGroup && c.NewName != c.Name:
		return l.renameGroup(ctx, c.NewName)
	}
	return nil
}

func (l *labelling) groupNamed(ctx context.Context, name string) (id uint64, err error) {
	err = l.tx.QueryRowContext(ctx, `
		SELECT group_id FROM conversation_groups WHERE app = $1 AND user_id = $2 AND name = $3`,
		int64(l.app), l.user, name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = chat.ErrNoGroup
	}
	return id, err
}

func (l *labelling) createGroup(ctx context.Context, name string) error {
	groups, err := groupsOf(ctx, l.tx, l.app, l.user)
	if err == nil && len(groups) >= l.limits.Groups {
		err = chat.ErrTooManyGroups
	}
	if err != nil {
		return err
	}
	l.GroupsChanged, l.Group = true, chat.ConversationGroup{ID: l.Rev, Name: name}
	_, err = l.tx.ExecContext(ctx, `
		INSERT INTO conversation_groups (app, user_id, group_id, name) VALUES ($1, $2, $3, $4)`,
		int64(l.app), l.user, int64(l.Rev), name)
	return err
}

func (l *labelling) renameGroup(ctx context.Context, name string) error {
	if _, err := l.groupNamed(ctx, name); !errors.Is(err, chat.ErrNoGroup) {
		if err == nil {
			err = chat.ErrGroupExists
		}
		return err
	}
	l.GroupsChanged, l.Group.Name = true, name
	_, err := l.tx.ExecContext(ctx, `
		UPDATE conversation_groups SET name = $1 WHERE app = $2 AND user_id = $3 AND group_id = $4`,
		name, int64(l.app), l.user, int64(l.Group.ID))
	return err
}

// item does what the change does to one conversation.
func (l *labelling) item(ctx context.Context, item chat.LabelItem) error {
	v, err := findView(ctx, l.tx, item.Conv, l.user)
	if err == nil && !v.There() {
		err = chat.ErrNoConversation
	}
	if err != nil {
		return err
	}
	if v.Labels.Groups, err = groupsOfConversation(ctx, l.tx, l.app, l.user, v.id); err != nil {
		return err
	}
	marks, custom := (v.Marks|item.SetMarks)&^item.ClearMarks, v.Custom
	if item.Custom != nil {
		custom = *item.Custom
	}
	join := item.Join && !slices.Contains(v.Labels.Groups, l.Group.ID)
	leave := item.Leave && slices.Contains(v.Labels.Groups, l.Group.ID)
	if marks == v.Marks && custom == v.Custom && !join && !leave {
		return nil
	}
	before := v.Marks != 0 || v.Custom != "" || len(v.Labels.Groups) > 0
	after := marks != 0 || custom != "" || join || len(v.Labels.Groups) > 1 || len(v.Labels.Groups) == 1 && !leave
	if err := l.countIn(ctx, before, after); err != nil {
		return err
	}
	if join {
		_, err = l.tx.ExecContext(ctx, `
			INSERT INTO grouped_conversations (app, user_id, conv, group_id, joined) VALUES ($1, $2, $3, $4, $5)`,
			int64(l.app), l.user, v.id, int64(l.Group.ID), int64(l.Rev))
	} else if leave {
		_, err = l.tx.ExecContext(ctx, `
			DELETE FROM grouped_conversations WHERE app = $1 AND user_id = $2 AND conv = $3 AND group_id = $4`,
			int64(l.app), l.user, v.id, int64(l.Group.ID))
	}
	if err != nil {
		return err
	}
	return l.write(ctx, v.id, item.Conv, chat.Labels{Marks: marks, Custom: custom})
}

// countIn counts a conversation that gets its first label, or loses its last.
func (l *labelling) countIn(ctx context.Context, before, after bool) error {
	if before == after {
		return nil
	}
	if l.labelled < 0 {
		err := l.tx.QueryRowContext(ctx, `
			SELECT COUNT(*) FROM views v WHERE v.app = $1 AND v.user_id = $2 AND (v.marks <> 0 OR v.custom <> ''
				OR EXISTS (SELECT 1 FROM grouped_conversations g WHERE g.app = v.app AND g.user_id = v.user_id AND g.conv = v.conv))`,
			int64(l.app), l.user).Scan(&l.labelled)
		if err != nil {
			return err
		}
	}
	switch {
	case before:
		l.labelled--
	case l.labelled >= l.limits.Labelled:
		return chat.ErrTooManyLabelled
	default:
		l.labelled++
	}
	return nil
}

// write writes a conversation's labels, but for its groups, under the change's rev.
func (l *labelling) write(ctx context.Context, id int64, conv chat.Conv, labels chat.Labels) error {
	_, err := l.tx.ExecContext(ctx, `
		UPDATE views SET marks = $1, custom = $2, rev = $3 WHERE app = $4 AND user_id = $5 AND conv = $6`,
		int64(labels.Marks), labels.Custom, int64(l.Rev), int64(l.app), l.user, id)
	at, again := l.changed[id]
	if !again {
		at = len(l.Changed)
		l.changed[id] = at
		l.Changed = append(l.Changed, chat.LabelledConversation{Conv: conv})
	}
	l.Changed[at].Labels = labels
	return err
}

// shrink takes from a group that is too full what joined first.
func (l *labelling) shrink(ctx context.Context) error {
	if l.Group.ID == 0 {
		return nil
	}
	var size int
	if err := l.tx.QueryRowContext(ctx, `
		SELECT COUNT(*) FROM grouped_conversations WHERE app = $1 AND user_id = $2 AND group_id = $3`,
		int64(l.app), l.user, int64(l.Group.ID)).Scan(&size); err != nil || size <= l.limits.GroupSize {
		return err
	}
	dropped, err := queryViews(ctx, l.tx, l.app, l.user, `
		SELECT `+viewColumns+` FROM grouped_conversations g
		JOIN views v ON v.app = g.app AND v.user_id = g.user_id AND v.conv = g.conv
		JOIN conversations c ON c.conv = v.conv
		WHERE g.app = $1 AND g.user_id = $2 AND g.group_id = $3 ORDER BY g.joined, g.conv LIMIT $4`,
		int64(l.app), l.user, int64(l.Group.ID), size-l.limits.GroupSize)
	if err != nil {
		return err
	}
	for _, v := range dropped {
		if _, err := l.tx.ExecContext(ctx, `
			DELETE FROM grouped_conversations WHERE app = $1 AND user_id = $2 AND conv = $3 AND group_id = $4`,
			int64(l.app), l.user, v.id, int64(l.Group.ID)); err != nil {
			return err
		}
		if err := l.write(ctx, v.id, v.Conv, v.Labels); err != nil {
			return err
		}
		at := l.changed[v.id]
		l.Changed[at].Dropped = []uint64{l.Group.ID}
	}
	return nil
}
