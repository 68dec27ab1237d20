package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/server/chat"
)

// Tell is that of chat.Outbox.
func (s *Store) Tell(ctx context.Context, app uint64, user string, event func(uint64) (chat.Event, error)) error {
	err := s.db.change(ctx, func(ctx context.Context, tx querier) error {
		return s.tellOf(ctx, tx, app, user, event)
	})
	if err == nil {
		s.wake()
	}
	return err
}

// tellOf keeps an event that is made of what a user has not read.
func (s *Store) tellOf(ctx context.Context, tx querier, app uint64, user string, event func(uint64) (chat.Event, error)) error {
	unread, err := unreadOf(ctx, tx, app, user)
	if err != nil {
		return err
	}
	e, err := event(unread)
	if err != nil {
		return err
	}
	return s.keepEvent(ctx, tx, e)
}

// countedInView is what counts for a view v of a conversation c, whose user may receive nothing.
const countedInView = `CASE WHEN v.deaf_counted >= 0 THEN v.deaf_counted WHEN v.side = 0 THEN c.counted_0 ELSE c.counted_1 END`

// hears says whether what is sent in a conversation counts for a member.
func hears(ctx context.Context, tx querier, conv int64, app uint64, user string) (bool, error) {
	var deaf int64
	err := tx.QueryRowContext(ctx, `
		SELECT deaf_counted FROM views WHERE app = $1 AND user_id = $2 AND conv = $3`, int64(app), user, conv).Scan(&deaf)
	return deaf < 0, err
}

// unreadOf returns what a user has not read of all one-to-one conversations.
func unreadOf(ctx context.Context, tx querier, app uint64, user string) (uint64, error) {
	if user == "" {
		return 0, nil
	}
	var unread int64
	err := tx.QueryRowContext(ctx, `
		SELECT COALESCE(SUM(`+countedInView+` - v.settled), 0)
		FROM views v JOIN conversations c ON c.conv = v.conv
		WHERE v.app = $1 AND v.user_id = $2 AND c.type = $3 AND v.settled < `+countedInView,
		int64(app), user, int64(tim.ConvTypeC2C)).Scan(&unread)
	return uint64(unread), err
}

// tellAppended keeps the events of messages that were appended. What their receivers have not
// read is what they had not at that message: without those behind it.
func (s *Store) tellAppended(ctx context.Context, tx querier, id int64, conv chat.Conv, messages []chat.NewMessage, placed []chat.Placed) (told bool, err error) {
	unread, counts := map[string]uint64{}, map[string]bool{}
	for i := len(messages) - 1; i >= 0; i-- {
		m := messages[i]
		receiver := conv.IDFor(m.Sender)
		if m.Tell != nil && !placed[i].Repeated {
			told = true
		}
		if _, known := unread[receiver]; !known && told {
			if unread[receiver], err = unreadOf(ctx, tx, conv.App, receiver); err == nil {
				counts[receiver], err = hears(ctx, tx, id, conv.App, receiver)
			}
			if err != nil {
				return false, err
			}
		}
	}
	if !told {
		return false, nil
	}
	at := make([]uint64, len(messages)) // each message's
	for i := len(messages) - 1; i >= 0; i-- {
		m := messages[i]
		receiver := conv.IDFor(m.Sender)
		if at[i] = unread[receiver]; m.Counts && counts[receiver] && receiver != m.Sender && !placed[i].Repeated && unread[receiver] > 0 {
			unread[receiver]--
		}
	}
	for i, m := range messages {
		if m.Tell == nil || placed[i].Repeated {
			continue
		}
		e, err := m.Tell(placed[i], at[i])
		if err == nil {
			err = s.keepEvent(ctx, tx, e)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// FindMessage is that of chat.Store.
func (s *Store) FindMessage(ctx context.Context, conv chat.Conv, sender, id string) (chat.Message, error) {
	m, err := scanMessage(s.db.reader().QueryRowContext(ctx, `
		SELECT `+messageColumns+` FROM messages m JOIN conversations c ON c.conv = m.conv
		WHERE c.app = $1 AND c.type = $2 AND c.name = $3 AND m.id_hash = $4`,
		int64(conv.App), int64(conv.Type), conv.Name, hashOf(sender, id)))
	if errors.Is(err, sql.ErrNoRows) {
		err = chat.ErrNoMessage
	}
	return m, err
}
