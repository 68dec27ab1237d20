package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// The flags of a message's row.
const (
	countsFlag = 1
	lastFlag   = 2
)

// conversation is a conversation's row, locked until the transaction ends.
type conversation struct {
	id        int64
	pos, mod  uint64
	lastPos   uint64
	counted   [2]int64
	sentAt    int64
	changedAt int64
	firstPos  uint64
	firstAt   int64
	begins    bool // with the first message that there is
}

// lockConversation locks a conversation, or returns chat.ErrNoConversation.
func lockConversation(ctx context.Context, tx querier, conv chat.Conv) (c conversation, err error) {
	err = ask(ctx, tx, c.locked(tx, conv))
	if err == nil && c.id == 0 {
		err = chat.ErrNoConversation
	}
	return c, err
}

// locked reads a conversation and locks it. Its id stays 0 if it is not there.
func (c *conversation) locked(tx querier, conv chat.Conv) question {
	return question{query: `
		SELECT conv, pos, mod, last_pos, counted_0, counted_1, sent_at, changed_at,
			first_pos, first_at FROM conversations
		WHERE app = $1 AND type = $2 AND name = $3` + forUpdate(tx),
		args: []any{int64(conv.App), int64(conv.Type), conv.Name},
		read: func(r row) error {
			return r.Scan(&c.id, &c.pos, &c.mod, &c.lastPos, &c.counted[0], &c.counted[1], &c.sentAt, &c.changedAt, &c.firstPos, &c.firstAt)
		}}
}

// makeConversation is lockConversation, of a conversation that is made if it is not there.
func makeConversation(ctx context.Context, tx querier, conv chat.Conv) (conversation, error) {
	c, err := lockConversation(ctx, tx, conv)
	if !errors.Is(err, chat.ErrNoConversation) {
		return c, err
	}
	steps := []question{{query: `
		INSERT INTO conversations (conv, app, type, name) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app, type, name) DO NOTHING`,
		args: []any{1 + rand.Int64N(math.MaxInt64), int64(conv.App), int64(conv.Type), conv.Name}}, c.locked(tx, conv)}
	for _, user := range conv.Pair() {
		steps = append(steps, question{query: `
			INSERT INTO views (app, user_id, conv, side)
			SELECT $1, $2, conv, $3 FROM conversations WHERE app = $1 AND type = $4 AND name = $5
			ON CONFLICT (app, user_id, conv) DO NOTHING`,
			args: []any{int64(conv.App), user, int64(conv.Side(user)), int64(conv.Type), conv.Name}})
	}
	err = ask(ctx, tx, steps...) // reads c
	return c, err
}

// save writes what a transaction has changed of a conversation.
func (c conversation) save(ctx context.Context, tx querier) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE conversations SET pos = $1, mod = $2, last_pos = $3, counted_0 = $4, counted_1 = $5,
			sent_at = $6, changed_at = $7
		WHERE conv = $8`,
		int64(c.pos), int64(c.mod), int64(c.lastPos), c.counted[0], c.counted[1], c.sentAt, c.changedAt, c.id)
	if err != nil || !c.begins {
		return err
	}
	return c.saveFirst(ctx, tx)
}

// saveFirst is on its own: what is indexed should not be written with every message.
func (c conversation) saveFirst(ctx context.Context, tx querier) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE conversations SET first_pos = $1, first_at = $2 WHERE conv = $3`, int64(c.firstPos), c.firstAt, c.id)
	return err
}

// AppendMessages is that of chat.Store.
func (s *Store) AppendMessages(ctx context.Context, conv chat.Conv, messages []chat.NewMessage, at time.Time) ([]chat.Placed, error) {
	var told bool
	placed, err := changeBy(s.appending(ctx, conv, messages), func(ctx context.Context, tx querier) ([]chat.Placed, error) {
		told = false // it may run again
		c, err := makeConversation(ctx, tx, conv)
		if err != nil {
			return nil, err
		}
		placed, err := c.appendAll(ctx, tx, conv, messages, at)
		if err != nil || !slices.ContainsFunc(placed, func(p chat.Placed) bool { return !p.Repeated }) {
			return placed, err
		}
		told, err = s.tellAppended(ctx, tx, c.id, conv, messages, placed)
		return placed, err
	})
	if err == nil && told {
		s.wake()
	}
	return placed, err
}

// appending is how the transaction is made that appends messages: with those of other conversations, unless
// it also changes accounts, for the events of the app's backend. Groups take their locks in one order, and
// the accounts of conversations are in any.
func (s *Store) appending(ctx context.Context, conv chat.Conv, messages []chat.NewMessage) func(operation) error {
	if slices.ContainsFunc(messages, func(m chat.NewMessage) bool { return m.Tell != nil }) {
		return func(op operation) error { return s.db.change(ctx, op) }
	}
	return func(op operation) error { return s.db.changeAbout(ctx, aboutConversation(conv), op) }
}

// appendAll gives messages their places, and saves the conversation if any of them is new.
func (c *conversation) appendAll(ctx context.Context, tx querier, conv chat.Conv, messages []chat.NewMessage, at time.Time) ([]chat.Placed, error) {
	placed := make([]chat.Placed, len(messages))
	insert, saved := inserter(insertOnly), false
	if _, shared := tx.(postgresTx); shared && len(messages) == 1 {
		insert, saved = insertAndSave, true
	}
	before := c.pos
	for i, m := range messages {
		var err error
		if placed[i], err = c.append(ctx, tx, conv, m, at, insert); err != nil {
			return nil, err
		}
	}
	if saved || c.pos == before {
		return placed, nil
	}
	return placed, c.save(ctx, tx)
}

// inserter keeps a message with which the conversation is next, and says how many rows that
// made: none if the message, by its hash, is there.
type inserter func(ctx context.Context, tx querier, next conversation, hash int64, m chat.NewMessage) (int, error)

// append gives one message its place, unless it has one.
func (c *conversation) append(ctx context.Context, tx querier, conv chat.Conv, m chat.NewMessage, at time.Time, insert inserter) (chat.Placed, error) {
	hash := hashOf(m.Sender, m.ID)
	if m.Twin != "" {
		hash = hashOf("", m.Twin)
	}
	next := c.with(conv, m, at)
	n, err := insert(ctx, tx, next, hash, m)
	if err != nil {
		return chat.Placed{}, err
	}
	if n == 0 {
		var pos, sentAt int64
		err := tx.QueryRowContext(ctx, `
			SELECT pos, sent_at FROM messages WHERE conv = $1 AND id_hash = $2`, c.id, hash).Scan(&pos, &sentAt)
		return chat.Placed{Pos: uint64(pos), At: instant(sentAt), Repeated: true}, err
	}
	*c = next
	return chat.Placed{Pos: c.pos, At: instant(c.sentAt)}, nil
}

// with is the conversation as it is when m has its next place.
func (c conversation) with(conv chat.Conv, m chat.NewMessage, at time.Time) conversation {
	sentAt := at.UnixMilli()
	if !m.At.IsZero() {
		sentAt = m.At.UnixMilli()
	}
	c.pos++
	c.sentAt = max(c.sentAt, sentAt)
	if c.firstAt == 0 {
		c.firstPos, c.firstAt, c.begins = c.pos, c.sentAt, true
	}
	c.changedAt = max(c.changedAt, at.UnixMilli())
	if m.Last {
		c.lastPos = c.pos
	}
	if m.Counts {
		c.counted[conv.CountsOn(m.Sender)]++
	}
	return c
}

// insertOnly is an inserter that leaves the conversation as it is.
func insertOnly(ctx context.Context, tx querier, next conversation, hash int64, m chat.NewMessage) (int, error) {
	return execCount(ctx, tx, `
		INSERT INTO messages (conv, pos, id_hash, sender, sent_at, flags, version, body)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $7)
		ON CONFLICT (conv, id_hash) DO NOTHING`,
		next.id, int64(next.pos), hash, m.Sender, next.sentAt, flagsOf(m.Counts, m.Last), string(m.Body))
}

// insertAndSave is an inserter that saves the conversation too, in one statement, which SQLite
// does not have: on PostgreSQL each is a way there and back.
func insertAndSave(ctx context.Context, tx querier, next conversation, hash int64, m chat.NewMessage) (int, error) {
	n, err := execCount(ctx, tx, `
		WITH kept AS (
			INSERT INTO messages (conv, pos, id_hash, sender, sent_at, flags, version, body)
			VALUES ($1, $2, $3, $4, $5, $6, 0, $7)
			ON CONFLICT (conv, id_hash) DO NOTHING RETURNING pos)
		UPDATE conversations SET pos = $2, mod = $8, last_pos = $9, counted_0 = $10, counted_1 = $11,
			sent_at = $5, changed_at = $12
		WHERE conv = $1 AND EXISTS (SELECT 1 FROM kept)`,
		next.id, int64(next.pos), hash, m.Sender, next.sentAt, flagsOf(m.Counts, m.Last), string(m.Body),
		int64(next.mod), int64(next.lastPos), next.counted[0], next.counted[1], next.changedAt)
	if err != nil || n == 0 || !next.begins {
		return n, err
	}
	return n, next.saveFirst(ctx, tx)
}

func flagsOf(counts, last bool) (flags int) {
	if counts {
		flags |= countsFlag
	}
	if last {
		flags |= lastFlag
	}
	return flags
}

// hashOf stands for a sender and an id in an index that is half as large with it. Two
// messages of one sender in one conversation that had the same would be taken for one.
func hashOf(sender, id string) int64 {
	sum := sha256.Sum256([]byte(sender + "\n" + id))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// messageColumns are what scanMessage reads, of messages m.
const messageColumns = `m.pos, m.version, m.sent_at, m.sender, m.flags, m.body`

func scanMessage(r row) (chat.Message, error) {
	var m chat.Message
	var pos, version, sentAt, flags int64
	err := r.Scan(&pos, &version, &sentAt, &m.Sender, &flags, &m.Body)
	m.Pos, m.Version, m.At = uint64(pos), uint64(version), instant(sentAt)
	m.Counts, m.Last = flags&countsFlag != 0, flags&lastFlag != 0
	return m, err
}

// queryMessages returns what query finds, which selects messageColumns, but nothing after
// so many bytes.
func queryMessages(ctx context.Context, tx querier, bytes int, query string, args ...any) (found []chat.Message, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for bytes > 0 && rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, m)
		bytes -= len(m.Body)
	}
	return found, rows.Err()
}

// ChangeMessage is that of chat.Store.
func (s *Store) ChangeMessage(ctx context.Context, conv chat.Conv, pos uint64, at time.Time, apply func(*chat.Message) error) (chat.Message, error) {
	m, err := change(ctx, s, func(ctx context.Context, tx querier) (chat.Message, error) {
		c, err := lockConversation(ctx, tx, conv)
		if errors.Is(err, chat.ErrNoConversation) {
			return chat.Message{}, chat.ErrNoMessage
		}
		if err != nil {
			return chat.Message{}, err
		}
		m, err := scanMessage(tx.QueryRowContext(ctx, `
			SELECT `+messageColumns+` FROM messages m WHERE m.conv = $1 AND m.pos = $2`, c.id, int64(pos)))
		if errors.Is(err, sql.ErrNoRows) {
			err = chat.ErrNoMessage
		}
		if err != nil {
			return chat.Message{}, err
		}
		counted := m.Counts
		if err := apply(&m); err != nil {
			return chat.Message{}, err
		}
		c.mod++
		c.changedAt = max(c.changedAt, at.UnixMilli())
		m.Version = c.mod
		if counted && !m.Counts {
			if err := c.discount(ctx, tx, conv, m); err != nil {
				return chat.Message{}, err
			}
		}
		if err := c.rewrite(ctx, tx, m); err != nil {
			return chat.Message{}, err
		}
		if m.Bare {
			if err := c.strip(ctx, tx, m.Pos); err != nil {
				return chat.Message{}, err
			}
		}
		if err := c.save(ctx, tx); err != nil || m.Tell == nil {
			return m, err
		}
		return m, s.tellOf(ctx, tx, conv.App, conv.IDFor(m.Sender), m.Tell)
	})
	if err == nil && m.Tell != nil {
		s.wake()
	}
	m.Tell = nil
	return m, err
}

func (c *conversation) rewrite(ctx context.Context, tx querier, m chat.Message) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE messages SET flags = $1, version = $2, body = $3 WHERE conv = $4 AND pos = $5`,
		flagsOf(m.Counts, m.Last), int64(m.Version), string(m.Body), c.id, int64(m.Pos))
	return err
}

// discount takes a message from what counts, and from what those have settled who had read
// or hidden it, or were not to hear of it. For those who do not receive, it did not count.
func (c *conversation) discount(ctx context.Context, tx querier, conv chat.Conv, m chat.Message) error {
	side := conv.CountsOn(m.Sender)
	c.counted[side]--
	for _, user := range conv.Pair() {
		if conv.Side(user) != side {
			continue
		}
		if err := c.discountFor(ctx, tx, conv.App, user, m.Pos); err != nil {
			return err
		}
	}
	return nil
}
