package bench

import (
	"database/sql"
	"strings"
	"time"
)

const (
	registeredPrefix = "user" // of the accounts' ids
	registeredAtOnce = 100_000
	keptOfEach       = 5 // messages of a conversation
	millisOfDay      = 86_400_000
)

// register puts accounts into the store, from number 0 on. Each has logged in once from the
// install from which it will again, and stayed away for days: a session is left that is gone. Every tenth
// has a conversation with the one after it, of five messages.
func (s store) register(accounts int) {
	s.t.Helper()
	db := s.open()
	now := time.Now()
	for first := 0; first < accounts; first += registeredAtOnce {
		s.registerSome(db, first, min(accounts, first+registeredAtOnce), now)
	}
	s.exec(db, `
		INSERT INTO usage (app, name, period, part, value) VALUES ({app}, 'registered', {day}, '0', {accounts})`,
		terms{"day": now.UnixMilli() / millisOfDay, "accounts": accounts})
	s.close(db)
}

// pairs are the conversations of accounts n.
const pairs = `
	WITH RECURSIVE n (i) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {end}),
	couples (i, a, b) AS (SELECT i, '{prefix}' || i, '{prefix}' || (i + 1) FROM n WHERE i % 10 = 0),
	places (pos) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT pos + 1 FROM places WHERE pos < {kept}),
	pairs (conv, at, a, b) AS (
		SELECT (i * 2654435761) % 4294967296 * 2000000000 + i, {seen},
			CASE WHEN a < b THEN a ELSE b END, CASE WHEN a < b THEN b ELSE a END FROM couples)`

// registerSome is register from one number to before another.
func (s store) registerSome(db *sql.DB, first, end int, now time.Time) {
	s.t.Helper()
	all := terms{"first": first, "end": end, "prefix": registeredPrefix, "kept": keptOfEach, "half": keptOfEach / 2,
		"yesterday": now.UnixMilli()/millisOfDay - 1, "lately": now.Add(-time.Hour).UnixMilli(),
		"seen": "({lately} - (i * 7919) % 400000000)"} // within five days: what is older is removed
	s.exec(db, pairs+`
		INSERT INTO accounts (app, user_id, number, created_at, active_day)
		SELECT {app}, '{prefix}' || i, 1, {seen} - 1000000, {yesterday} FROM n`, all)
	s.exec(db, pairs+`
		INSERT INTO sessions (app, user_id, session, number, login, platform, instance, node, opened_at,
			ticket_issued, ticket_expires, state, lost_at, address, reported, run, attempt)
		SELECT {app}, '{prefix}' || i, {random}, 1, 1, 'linux', '{prefix}' || i || '-0', '', {seen} - 1000000,
			{seen} - 1000000, {seen} + 600000000, 'gone', {seen}, '127.0.0.1', 1, {random}, 1 FROM n`, all)
	s.exec(db, pairs+`
		INSERT INTO conversations (conv, app, type, name, pos, last_pos, counted_0, counted_1, sent_at, changed_at, first_at)
		SELECT conv, {app}, 1, a || {newline} || b, {kept}, {kept}, {half}, {kept} - {half}, at, at, at - {kept} * 1000 FROM pairs`, all)
	s.exec(db, pairs+`
		INSERT INTO views (app, user_id, conv, side, read_pos, read_at, settled)
		SELECT {app}, a, conv, 0, {kept}, at, {half} FROM pairs UNION ALL SELECT {app}, b, conv, 1, 0, 0, 0 FROM pairs`, all)
	all["odd"], all["even"] = "CASE WHEN pos % 2 = 1 THEN a ELSE b END", "CASE WHEN pos % 2 = 1 THEN b ELSE a END"
	all["body"] = bodyOf(all["odd"].(string), all["even"].(string), "at", "pos") // they answer each other
	s.exec(db, pairs+`
		INSERT INTO messages (conv, pos, id_hash, sender, sent_at, flags, version, body)
		SELECT conv, pos, (conv % 1000003 + pos) * 2654435761 % 4294967296, {odd},
			at - ({kept} - pos) * 1000, 3, 0, {body} FROM pairs, places ORDER BY conv, pos`, all)
}

// converse puts a conversation into the store, of so many messages from one user to another, ten in a second.
func (s store) converse(sender, receiver string, messages int) {
	s.t.Helper()
	db := s.open()
	began := time.Now().UnixMilli() - int64(messages)*100
	all := terms{"conv": 1 << 62, "a": min(sender, receiver), "b": max(sender, receiver), "sender": sender, "messages": messages,
		"began": began, "ended": began + int64(messages)*100, "body": bodyOf("'"+sender+"'", "'"+receiver+"'", "{began} + pos * 100", "pos")}
	s.exec(db, `
		INSERT INTO conversations (conv, app, type, name, pos, last_pos, sent_at, changed_at, first_at)
		VALUES ({conv}, {app}, 1, '{a}' || {newline} || '{b}', {messages}, {messages}, {ended}, {ended}, {began} + 100)`, all)
	s.exec(db, `INSERT INTO views (app, user_id, conv, side) VALUES ({app}, '{a}', {conv}, 0), ({app}, '{b}', {conv}, 1)`, all)
	s.exec(db, `
		WITH RECURSIVE n (pos) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT pos + 1 FROM n WHERE pos < {messages})
		INSERT INTO messages (conv, pos, id_hash, sender, sent_at, flags, version, body)
		SELECT {conv}, pos, pos * 2654435761 % 4294967296, '{sender}', {began} + pos * 100, 0, 0, {body} FROM n`, all)
	s.close(db)
}

// bodyOf is a message with a text of 300 bytes as the server keeps it. What is given are terms: the ids
// of both users, a time in milliseconds, and a number that no other message of the conversation has.
func bodyOf(sender, receiver, at, number string) string {
	return `'{"message_conv_type":1,"message_conv_id":"' || ` + receiver + ` || '","message_msg_id":"' || ` + sender + ` || '-' || ` + number +
		` || '","message_seq":' || ` + number + ` || ',"message_rand":' || ` + number + ` || ',"message_client_time":' || ((` + at + `) / 1000) || ` +
		`',"message_elem_array":[{"elem_type":0,"text_elem_content":"` + strings.Repeat("x", 300) + `"}],"message_sender":"' || ` +
		sender + ` || '","message_status":2}'`
}
