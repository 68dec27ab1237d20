package core

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
)

// flight is a message on its way to the server.
type flight struct {
	conversation *conversation
	kept         kept
	mod          uint64 // of the conversation when it was sent
	done         Done
	request      *request                // nil while files are uploaded
	stop         context.CancelCauseFunc // of that
}

// SendMessage sends a message, and answers done with it. The id is the message's; "" has one
// made. Without a link it waits for one, and an answer that does not come has it sent again,
// until its time is up.
func (c *Client) SendMessage(kind int, conversation, message, id string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) { m.sendMessage(convKey{kind, conversation}, message, id, done) })
}

// CancelSend takes a message back that has not gone to the server.
func (c *Client) CancelSend(kind int, conversation, id string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) { m.cancel(convKey{kind, conversation}, id, done) })
}

func (m *messenger) sendMessage(key convKey, text, id string, done Done) {
	given, err := parseMessage(text)
	if err != nil {
		done(err, "")
		return
	}
	out, err := given.outgoing(key)
	files, wrong := localFiles(given.Elements)
	err = first(err, wrong)
	if key.kind == int(tim.ConvTypeC2C) && usersig.CheckUserID(key.id) != nil {
		err = timerr.Newf(timerr.InvalidMsgReceiver, "conv_id is no user's id")
	}
	if err != nil {
		m.refuse(key, given, id, err, done)
		return
	}
	f := &flight{conversation: m.conversation(key), done: done, kept: kept{Message: out, flags: cache.Here, status: int(tim.MsgStatusSending)}}
	f.kept.local = local{given.CustomInt, given.CustomStr, files}
	again := m.sentBefore(f.conversation, given)
	if err := f.kept.checkFiles(again); err != nil {
		m.refuse(key, given, id, err, done)
		return
	}
	if again != nil {
		f.kept.MsgID, f.kept.Seq, f.kept.Rand, f.kept.ClientTime = again.MsgID, again.Seq, again.Rand, again.ClientTime
		f.kept.place = again.place
	} else {
		m.name(&f.kept, id)
	}
	if m.flights[f.kept.MsgID] != nil {
		done(timerr.Newf(timerr.InvalidParameters, "message_msg_id: this message is on its way already"), "")
		return
	}
	m.takeOff(key, f)
}

// refuse answers with a message that is kept nowhere, as the game has made it.
func (m *messenger) refuse(key convKey, given message, id string, err error, done Done) {
	given.MsgID, given.ConvID, given.ConvType, given.Sender = id, key.id, key.kind, m.user
	given.IsFromSelf, given.Status = true, int(tim.MsgStatusSendFail)
	done(err, textOf(given))
}

// sentBefore returns the message that a game sends again because sending it has failed.
func (m *messenger) sentBefore(c *conversation, given message) *kept {
	if c == nil || given.Status != int(tim.MsgStatusSendFail) || given.MsgID == "" || m.flights[given.MsgID] != nil {
		return nil
	}
	row, found, err := m.cache.Find(c.Number, given.MsgID)
	if err != nil || !found || row.Nth == 0 {
		return nil
	}
	k, err := keptOf(row)
	if err != nil {
		return nil
	}
	return &k
}

// name gives a message all that tells it from others. Its seq rises with each message.
func (m *messenger) name(k *kept, id string) {
	now := time.Now().Unix()
	if id == "" {
		id = fmt.Sprintf("%s-%d-%d", m.user, now, rand.Uint32())
	}
	m.seq = max(m.seq+1, uint32(now))
	k.MsgID, k.Seq, k.Rand, k.ClientTime = id, uint64(m.seq), randomOf(id), now
}

// takeOff keeps a message, unless it is for who is online alone, and sends it.
func (m *messenger) takeOff(key convKey, f *flight) {
	f.kept.Sender, f.kept.Platform = m.user, platformNumber(m.client.platform)
	if f.kept.OnlineOnly {
		if f.conversation == nil {
			f.conversation = m.newConversation(key)
		}
	} else {
		f.conversation = m.begin(key)
		m.askPeer(f.conversation)
		m.keepUnsent(f)
		m.tell()
	}
	f.mod = f.conversation.Mod
	m.flights[f.kept.MsgID] = f
	m.upload(f)
}

// sendNow sends a message whose files are uploaded.
func (m *messenger) sendNow(f *flight) {
	m.uploadMergers(f, func() {
		f.request = askFor(m, wire.CmdSendMessage, f.kept.Message, true, func(sent wire.Sent, err error) { m.landed(f, sent, err) })
	})
}

// keepUnsent keeps a message that the server does not have.
func (m *messenger) keepUnsent(f *flight) {
	c := f.conversation
	m.update(func() error {
		err := m.number(c)
		if f.kept.place.Nth == 0 {
			place, failed := m.cache.NextPlace(c.Number, c.Pos)
			f.kept.place, err = place, first(err, failed)
		}
		err = first(err, m.cache.PutMessage(c.Number, f.kept.row()), m.cache.SetLastSeq(m.seq))
		c.setUnsent(f.kept)
		m.refreshUnsent(c)
		return err
	})
	m.news.hasChanged(c)
}

// landed takes the answer to a message.
func (m *messenger) landed(f *flight, sent wire.Sent, err error) {
	delete(m.flights, f.kept.MsgID)
	k := f.kept
	switch code := timerr.CodeOf(err); code {
	case timerr.SDKNetWaitSendTimeout, timerr.SDKNetWaitSendTimeoutNoNetwork:
		err = timerr.Newf(timerr.SDKNetDisconnect, "there was no link to send the message on within %s", m.client.within())
	case timerr.SDKNetWaitAckTimeout: // the server may have it all the same
		defer m.sync()
	}
	switch {
	case timerr.CodeOf(err) == timerr.SDKSendMessageFailedWithCancel:
		k.status = int(tim.MsgStatusCancel)
	case err != nil:
		k.status = int(tim.MsgStatusSendFail)
	default:
		k = k.sentAs(sent, m.user)
	}
	switch {
	case k.OnlineOnly:
	case k.Pos > 0:
		m.landedAt(f.conversation, k)
		if f.conversation.Mod > f.mod { // a change may have been told of before the message had its place here
			m.askAgain(f.conversation, f.mod)
		}
	default:
		m.landedNowhere(f.conversation, k)
	}
	f.done(err, textOf(k.forGame(m.user, f.conversation)))
	m.tell()
}

// sentAs is a message as the server has it. It may have been rewritten, and one that is sent
// again may have been changed since, or recalled.
func (k kept) sentAs(sent wire.Sent, user string) kept {
	k.status = int(tim.MsgStatusSendSucc)
	if now := sent.Message; now != nil {
		k.Message = *now
		if now.Status == int(tim.MsgStatusRevoked) {
			k.status, k.flags = now.Status, k.flags|cache.Revoked
		}
	}
	k.Pos, k.Seq, k.ServerTime, k.ServerMillis = sent.Pos, sent.Seq, sent.ServerTime, sent.Millis
	k.Sender, k.Status = user, k.status
	return k
}

// landedNowhere keeps a message that the server does not have, with what became of it. It may
// have got it all the same, on a link that was lost with the answer, and told of it meanwhile.
func (m *messenger) landedNowhere(c *conversation, k kept) {
	m.update(func() error {
		row, found, err := m.cache.Find(c.Number, k.MsgID)
		if err == nil && found && row.Nth > 0 {
			err = m.cache.PutMessage(c.Number, k.row())
		}
		m.refreshUnsent(c)
		return err
	})
	m.news.hasChanged(c)
}

// landedAt gives a message its place in the conversation, and has it there as one that came.
func (m *messenger) landedAt(c *conversation, k kept) {
	unsent := k.place
	k.place = cache.Place{Pos: k.Pos}
	m.update(func() error { // each is a commit
		err := m.putLanded(c, unsent, k)
		if (c.last == nil || k.Pos > c.last.Pos) && !c.lost(k.Pos) {
			counted := c.CountedPos
			c.put(k)
			c.CountedPos = counted // what comes before it may still have to be counted
		}
		m.arrived(k)
		return err
	})
	m.news.hasChanged(c)
}

// putLanded keeps a message at its place that was kept as one that the server does not have.
func (m *messenger) putLanded(c *conversation, unsent cache.Place, k kept) (err error) {
	if unsent.Nth > 0 {
		err = m.cache.Delete(c.Number, unsent)
	}
	_, found, failed := m.cache.At(c.Number, k.place) // then it was told of, perhaps with a change
	if holes, unknown := m.cache.Holes(c.Number, cache.Range{First: k.Pos, Last: k.Pos}); !found && unknown == nil && len(holes) == 0 {
		c.forget(k.Pos) // it was sent before, and another device has deleted it
	}
	if !found && !c.lost(k.Pos) {
		err = first(err, failed, m.cache.PutMessage(c.Number, k.row()))
		if k.flags&cache.Revoked != 0 {
			m.news.revoked = append(m.news.revoked, locatorOf(k, m.user, c))
		}
	}
	m.refreshUnsent(c)
	return err
}

func (m *messenger) cancel(key convKey, id string, done Done) {
	f := m.flights[id]
	cancelled := false
	switch {
	case f == nil || f.conversation.key() != key:
	case m.takeBack(f):
		cancelled = true
	default:
		m.post(func() {
			if r := f.request; !r.tried && !r.ended {
				cancelled = true
				r.end(timerr.New(timerr.SDKSendMessageFailedWithCancel), "")
			}
		})
	}
	if !cancelled {
		done(timerr.New(timerr.SDKInvalidCancelMessage), "")
		return
	}
	m.enqueue(func() { // after the message's own answer
		k := f.kept
		k.status = int(tim.MsgStatusCancel)
		done(nil, textOf(k.forGame(m.user, f.conversation)))
	})
}

// platformNumber is a platform as messages have it.
func platformNumber(name string) int {
	switch name {
	case "windows":
		return int(tim.PlatformWindows)
	case "android":
		return int(tim.PlatformAndroid)
	case "iphone", "ipad":
		return int(tim.PlatformIOS)
	case "mac":
		return int(tim.PlatformMac)
	}
	return int(tim.PlatformOther)
}

// located finds the message that a game names by the object that it was given.
func (m *messenger) located(c *conversation, object json.RawMessage, what string) (kept, error) {
	given, err := parseMessage(string(object))
	if err != nil {
		return kept{}, err
	}
	if c == nil {
		return kept{}, timerr.Newf(timerr.InvalidParameters, "%s is not in this conversation", what)
	}
	if given.MsgID != "" {
		row, found, err := m.cache.Find(c.Number, given.MsgID)
		if err == nil && found {
			return keptOf(row)
		}
	}
	if given.UniqueID == 0 || given.UniqueID > cache.Newest {
		return kept{}, timerr.Newf(timerr.InvalidParameters, "%s is not in this conversation", what)
	}
	k := kept{place: cache.Place{Pos: given.UniqueID}, status: given.Status}
	k.Pos, k.MsgID, k.ServerTime = given.UniqueID, given.MsgID, given.ServerTime
	return k, nil
}
