package core

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
)

// SaveMessage keeps a message that the game has made in a conversation, on this device alone,
// as the newest one. The answer is the message.
func (c *Client) SaveMessage(kind int, conversation, message string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		saved, err := m.importAll(convKey{kind, conversation}, []json.RawMessage{json.RawMessage(message)}, "json_msg_param", false)
		if err != nil {
			done(err, "")
			return
		}
		done(nil, textOf(saved[0]))
		m.tell()
	})
}

// ImportMessages keeps messages in a conversation, on this device alone, each where its time
// says. The answer is the messages.
func (c *Client) ImportMessages(kind int, conversation, messages string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		var list []json.RawMessage
		err := decode(messages, &list)
		if err == nil && len(messages) > maxRequest {
			err = timerr.Newf(timerr.SDKNetPkgSizeLimit, "json_msg_array has %d bytes, at most %d are taken at once", len(messages), maxRequest)
		}
		var saved []message
		if err == nil {
			saved, err = m.importAll(convKey{kind, conversation}, list, "json_msg_array", true)
		}
		if err != nil {
			done(err, "")
			return
		}
		done(nil, textOf(saved))
		m.tell()
	})
}

// importAll keeps all of the messages or none. One whose id is there already is that one.
func (m *messenger) importAll(key convKey, list []json.RawMessage, what string, timed bool) ([]message, error) {
	if key.kind == int(tim.ConvTypeC2C) && usersig.CheckUserID(key.id) != nil {
		return nil, timerr.Newf(timerr.InvalidMsgReceiver, "conv_id is no user's id")
	}
	taken := make([]kept, len(list))
	for i, one := range list {
		here := what
		if timed {
			here = fmt.Sprintf("%s[%d]", what, i)
		}
		k, err := m.imported(key, one, here, timed)
		if err != nil {
			return nil, err
		}
		taken[i] = k
	}
	c := m.begin(key)
	m.update(func() error { return m.keepImported(c, taken, timed) })
	m.news.hasChanged(c)
	saved := make([]message, len(taken))
	for i, k := range taken {
		saved[i] = k.forGame(m.user, c)
	}
	return saved, nil
}

// imported is a message as it is kept, once it is found to be good.
func (m *messenger) imported(key convKey, text json.RawMessage, what string, timed bool) (kept, error) {
	given, err := parseMessage(string(text))
	if err != nil {
		return kept{}, err
	}
	body, _, err := given.sound(key)
	if err != nil {
		return kept{}, timerr.Newf(timerr.CodeOf(err), "%s: %s", what, timerr.DescOf(err))
	}
	body.Sender = cmp.Or(given.Sender, m.user)
	if key.kind == int(tim.ConvTypeC2C) && body.Sender != m.user && body.Sender != key.id {
		return kept{}, timerr.Newf(timerr.InvalidParameters, "%s: message_sender is neither of the two whose conversation this is", what)
	}
	if given.SenderProfile.User == body.Sender {
		profile := given.SenderProfile
		body.SenderProfile = &profile
	}
	files, _ := localFiles(given.Elements) // nothing is uploaded: none has to be there
	k := kept{Message: body, flags: cache.Here, status: int(tim.MsgStatusLocalImported), local: local{given.CustomInt, given.CustomStr, files}}
	m.name(&k, given.MsgID)
	k.OnlineOnly, k.Platform = false, cmp.Or(given.Platform, platformNumber(m.client.platform))
	k.Seq, k.Rand = cmp.Or(given.Seq, k.Seq), cmp.Or(given.Rand, k.Rand)
	if !timed {
		return k, nil
	}
	if given.ClientTime < 0 || given.ServerTime < 0 {
		return kept{}, timerr.Newf(timerr.InvalidParameters, "%s: message_server_time and message_client_time must not be negative", what)
	}
	k.ServerTime = given.ServerTime
	k.ClientTime = cmp.Or(given.ClientTime, given.ServerTime, time.Now().Unix())
	return k, nil
}

// keepImported puts messages where they belong: at their times, or at the end. Those that are
// there already are left, and list has them then.
func (m *messenger) keepImported(c *conversation, list []kept, timed bool) error {
	err := m.keep(c)
	byPlace := map[uint64][]cache.Message{}
	ids := map[string]bool{}
	for i := range list {
		k := &list[i]
		row, found, failed := m.cache.Find(c.Number, k.MsgID)
		err = first(err, failed)
		if found {
			old, failed := keptOf(row)
			err = first(err, failed)
			*k = old
			continue
		}
		if ids[k.MsgID] {
			continue
		}
		ids[k.MsgID] = true
		pos := c.Pos
		if timed {
			pos, failed = m.cache.PosAt(c.Number, k.time())
			err = first(err, failed)
		}
		k.place.Pos = pos
		byPlace[pos] = append(byPlace[pos], k.row())
	}
	for pos, rows := range byPlace {
		slices.SortStableFunc(rows, func(a, b cache.Message) int { return cmp.Compare(a.Time, b.Time) })
		moved, failed := m.cache.Insert(c.Number, pos, rows)
		err = first(err, failed)
		m.movedAt(c, pos, moved)
	}
	m.refreshUnsent(c)
	return first(err, m.cache.SetLastSeq(m.seq), m.keep(c))
}

// movedAt tells the messages on their way which numbers they have now behind a place.
func (m *messenger) movedAt(c *conversation, pos uint64, moved map[int64]int64) {
	for _, f := range m.flights {
		if f.conversation == c && f.kept.place.Pos == pos && f.kept.place.Nth > 0 {
			f.kept.place.Nth = cmp.Or(moved[f.kept.place.Nth], f.kept.place.Nth)
		}
	}
}
