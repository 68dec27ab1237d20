package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
)

// The limits of the calls about many messages.
const (
	maxReceivers = 500
	maxKeys      = 30
)

// What these calls refuse with codes of their own.
const (
	batchTooLong = timerr.Code(90055)
	noSync       = timerr.Code(90030) // SyncFromOldSystem is missing or wrong
)

type batchSent struct {
	result
	MsgKey string
	MsgID  string          `json:"MsgId"`
	Errors []receiverError `json:"ErrorList"`
}

type receiverError struct {
	To   string      `json:"To_Account"`
	Code timerr.Code `json:"ErrorCode"`
}

// batchSendMsg sends one message to many users. Those whom it does not reach are named.
func (r *rest) batchSendMsg(ctx context.Context, c call) (any, error) {
	to, err := c.body.receivers()
	if err != nil {
		return nil, err
	}
	if !r.limits.spend(bucketKey{c.app, "receivers of batchsendmsg"}, len(to), r.receivers, 60, time.Now()) {
		return nil, timerr.Newf(timerr.SvrCommRESTFreqLimit, "more than %d receivers a minute", 60*r.receivers)
	}
	b, err := backendMessage(c)
	if err != nil {
		return nil, err
	}
	b.Message.SkipBeforeHook, b.Message.SkipAfterHook, b.Message.Extensible = true, true, false
	m, failed, err := r.chat.SendToAll(ctx, c.app, b, to)
	switch timerr.CodeOf(err) {
	case timerr.SvrCommBodySizeLimit:
		err = timerr.Newf(batchTooLong, "%s", timerr.DescOf(err))
	case timerr.SvrMsgInvalidID:
		err = timerr.Newf(noFrom, "From_Account: %s", timerr.DescOf(err))
	}
	if err != nil {
		return nil, sendError(err)
	}
	if len(failed) == len(to) {
		return nil, timerr.Newf(timerr.SvrMsgToAccountNotFound, "invalid To_Account")
	}
	answer := batchSent{ok(), keyOf(m), m.MsgID, []receiverError{}}
	for _, user := range to {
		if err := failed[user]; err != nil {
			answer.ActionStatus = "SomeError"
			answer.Errors = append(answer.Errors, receiverError{user, chat.RefusedFor(err)})
		}
	}
	return answer, nil
}

// receivers reads To_Account of a batch: each user once.
func (f fields) receivers() (users []string, err error) {
	value := f.get("To_Account")
	list := value.Array()
	switch {
	case !value.IsArray() || len(list) == 0:
		return nil, timerr.Newf(timerr.SvrMsgInvalidToAccount, "To_Account is missing, empty or no array")
	case len(list) > maxReceivers:
		return nil, timerr.Newf(timerr.SvrMsgToAccountCountLimit, "To_Account has %d users, at most %d are allowed", len(list), maxReceivers)
	}
	seen := map[string]bool{}
	for i, one := range list {
		user := one.String()
		if one.Type != gjson.String {
			return nil, timerr.Newf(timerr.SvrMsgInvalidToAccount, "To_Account[%d] is no string", i)
		}
		if !seen[user] {
			users = append(users, user)
		}
		seen[user] = true
	}
	return users, nil
}

// importMsg keeps a message that was sent in another system.
func (r *rest) importMsg(ctx context.Context, c call) (any, error) {
	sync, err := c.body.number(noSync, 5, true, "SyncFromOldSystem")
	if err == nil && sync != 1 && sync != 2 && sync != 5 {
		err = timerr.Newf(noSync, "SyncFromOldSystem is %d, not 1, 2 or 5", sync)
	}
	if err != nil {
		return nil, err
	}
	i := chat.Import{Counts: sync != 2}
	if i.From, err = c.body.account(noFrom, "From_Account"); err != nil {
		return nil, err
	}
	if i.To, err = c.body.account(timerr.SvrMsgInvalidToAccount, "To_Account"); err != nil {
		return nil, err
	}
	at, err := c.body.number(timerr.SvrMsgInvalidTimestamp, 1<<32-1, true, "MsgTimeStamp")
	if err == nil && at == 0 {
		err = timerr.Newf(timerr.SvrMsgInvalidTimestamp, "MsgTimeStamp is no UNIX second")
	}
	if err != nil {
		return nil, err
	}
	if i.Message, err = c.message(i.From); err != nil {
		return nil, err
	}
	i.At, i.Message.ConvID, i.Message.ClientTime = time.Unix(int64(at), 0), i.To, int64(at)
	i.Message.MsgID = fmt.Sprintf("%s-%d-%d-%d", i.From, at, i.Message.Rand, i.Message.Seq)
	err = r.chat.ImportFor(ctx, c.app, i)
	if timerr.CodeOf(err) == timerr.SvrMsgInvalidID {
		err = timerr.Newf(timerr.SvrMsgAccountNotFound, "%s", timerr.DescOf(err))
	}
	return ok(), sendError(err)
}

type deleted struct {
	result
	Invalid []string `json:"InvalidMsgKeyList"`
}

// deleteRamble takes single messages from one of the two users of a conversation.
func (r *rest) deleteRamble(ctx context.Context, c call) (any, error) {
	user, err := c.body.account(noFrom, "Operator_Account")
	if err != nil {
		return nil, err
	}
	peer, err := c.body.account(timerr.SvrMsgInvalidToAccount, "Peer_Account")
	if err != nil {
		return nil, err
	}
	list := c.body.get("MsgKeyList")
	if n := len(list.Array()); !list.IsArray() || n == 0 || n > maxKeys {
		return nil, timerr.Newf(timerr.SvrMsgJSONParseFailed, "MsgKeyList is no array of 1 to %d keys", maxKeys)
	}
	answer := deleted{ok(), []string{}}
	var keys []chat.MessageKey
	for _, one := range list.Array() {
		key, err := parseKey(one.String())
		if err != nil {
			answer.Invalid = append(answer.Invalid, one.String())
			continue
		}
		keys = append(keys, key)
	}
	return answer, r.chat.HideFor(ctx, c.app, user, peer, keys)
}

// sendError gives an error of a message the code that REST has for it.
func sendError(err error) error {
	switch timerr.CodeOf(err) {
	case timerr.SvrCommBodySizeLimit:
		return timerr.Newf(timerr.SvrMsgBodySizeLimit, "%s", timerr.DescOf(err))
	case timerr.InvalidParameters:
		return timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "%s", timerr.DescOf(err))
	}
	return err
}
