package admin

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/msgbody"
)

// maxLifeTime is the longest MsgLifeTime: a longer one counts as this.
const maxLifeTime = 7 * 24 * 60 * 60

// The values of SyncOtherMachine.
const (
	toSender    = 1 // also to the sender's devices, as without the field
	notToSender = 2
)

// backendMessage reads what sendmsg and batchsendmsg have in common: all but the receivers.
func backendMessage(c call) (b chat.BackendMessage, err error) {
	if b.From, err = c.sender(); err != nil {
		return b, err
	}
	if b.Message, err = c.message(b.From); err != nil {
		return b, err
	}
	m := &b.Message
	if m.OnlineOnly, err = c.body.onlineOnly(); err != nil {
		return b, err
	}
	if m.NeedReceipt, err = c.body.flag("IsNeedReadReceipt"); err != nil {
		return b, err
	}
	if m.Extensible, err = c.body.flag("SupportMessageExtension"); err != nil {
		return b, err
	}
	control, err := c.body.words("SendMsgControl")
	if err != nil {
		return b, err
	}
	m.NoUnread, m.NoLast = slices.Contains(control, "NoUnread"), slices.Contains(control, "NoLastMsg")
	m.NoModeration = slices.Contains(control, "NoMsgCheck")
	forbidden, err := c.body.words("ForbidCallbackControl")
	if err != nil {
		return b, err
	}
	m.SkipBeforeHook = slices.Contains(forbidden, "ForbidBeforeSendMsgCallback")
	m.SkipAfterHook = slices.Contains(forbidden, "ForbidAfterSendMsgCallback")
	sync, err := c.body.number(timerr.SvrMsgInvalidSyncothermachine, notToSender, false, "SyncOtherMachine")
	if err != nil {
		return b, err
	}
	b.NotToSender = sync == notToSender
	m.OfflinePushConfig, err = pushConfig(c.body.get("OfflinePushInfo"))
	return b, err
}

// sender is who a message is from: the caller, unless From_Account says otherwise.
func (c call) sender() (string, error) {
	from, err := c.body.text("From_Account")
	if err == nil && from == "" {
		from = c.admin
	}
	if err == nil && usersig.CheckUserID(from) != nil {
		err = timerr.Newf(noFrom, "From_Account is no user id")
	}
	return from, err
}

// message reads what a message says, and its numbers.
func (c call) message(from string) (m wire.Message, err error) {
	m = wire.Message{ConvType: 1, ClientTime: time.Now().Unix(), Priority: 1}
	if m.Rand, err = c.body.number(timerr.SvrMsgInvalidRand, math.MaxUint32, true, "MsgRandom"); err != nil {
		return m, err
	}
	if m.Seq, err = c.body.number(timerr.SvrMsgInvalidJSONFormat, math.MaxUint32, false, "MsgSeq"); err != nil {
		return m, err
	}
	if m.Seq == 0 {
		m.Seq = randomSeq()
	}
	if m.CloudCustom, err = c.body.string("CloudCustomData"); err != nil {
		return m, err
	}
	m.MsgID = fmt.Sprintf("%s-%d-%d", from, m.ClientTime, m.Rand)
	m.Elements, err = msgbody.Parse(json.RawMessage(c.body.get("MsgBody").Raw))
	return m, err
}

// onlineOnly says whether a message is for those who are there, which two fields can say.
func (f fields) onlineOnly() (bool, error) {
	only, err := f.flag("OnlineOnlyFlag")
	if err != nil {
		return false, err
	}
	value := f.get("MsgLifeTime")
	if !value.Exists() {
		return only, nil
	}
	seconds, err := f.number(timerr.SvrMsgInvalidMsglifetime, math.MaxInt64, true, "MsgLifeTime")
	if value.Type == gjson.Number && value.Num < 0 {
		err = timerr.Newf(timerr.SvrMsgTimeLimit, "MsgLifeTime is negative, not 0 to %d", maxLifeTime)
	}
	return only || seconds == 0, err
}

// flag returns a field that is 0 or 1.
func (f fields) flag(name string) (bool, error) {
	n, err := f.number(timerr.SvrMsgInvalidJSONFormat, 1, false, name)
	return n == 1, err
}

// words returns a field that is an array of strings. Those that mean nothing here are for
// the caller to leave alone.
func (f fields) words(name string) (words []string, err error) {
	value := f.get(name)
	if value.Exists() && !value.IsArray() {
		return nil, timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "%s is no array", name)
	}
	for i, one := range value.Array() {
		if one.Type != gjson.String {
			return nil, timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "%s[%d] is no string", name, i)
		}
		words = append(words, one.String())
	}
	return words, nil
}

// string returns a field of a message that is a string.
func (f fields) string(name string) (string, error) {
	value := f.get(name)
	if value.Exists() && value.Type != gjson.String {
		return "", timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "%s is no string", name)
	}
	return value.String(), nil
}
