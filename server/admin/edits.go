package admin

import (
	"context"
	"encoding/json"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/msgbody"
)

// modifyC2CMsg puts other words into a message. What is not given stays as it is.
func (r *rest) modifyC2CMsg(ctx context.Context, c call) (any, error) {
	from, to, key, err := messageNamed(c)
	if err != nil {
		return nil, err
	}
	b := chat.BackendModification{From: from, To: to, Key: key}
	if body := c.body.get("MsgBody"); body.Exists() {
		if b.Elements, err = msgbody.Parse(json.RawMessage(body.Raw)); err != nil {
			return nil, err
		}
	}
	if c.body.get("CloudCustomData").Exists() {
		cloud, err := c.body.text("CloudCustomData")
		if err != nil {
			return nil, err
		}
		b.Cloud = &cloud
	}
	if b.Elements == nil && b.Cloud == nil {
		return nil, timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "MsgBody and CloudCustomData are missing: one of them is needed")
	}
	if _, err = r.chat.ModifyFor(ctx, c.app, b); timerr.CodeOf(err) == timerr.SvrCommBodySizeLimit {
		err = timerr.Newf(timerr.SvrMsgBodySizeLimit, "%s", timerr.DescOf(err))
	}
	return result{ActionStatus: "OK", ErrorInfo: "succeed"}, err
}

// messageNamed reads which one-to-one message is meant.
func messageNamed(c call) (from, to string, key chat.MessageKey, err error) {
	if from, err = c.body.account(noFrom, "From_Account"); err != nil {
		return "", "", key, err
	}
	if to, err = c.body.account(timerr.SvrMsgInvalidToAccount, "To_Account"); err != nil {
		return "", "", key, err
	}
	text, err := c.body.text("MsgKey")
	if err != nil {
		return "", "", key, err
	}
	key, err = parseKey(text)
	return from, to, key, err
}

// msgReadReceipt says for Operator_Account which messages of Peer_Account were read.
func (r *rest) msgReadReceipt(ctx context.Context, c call) (any, error) {
	reader, err := c.body.account(noFrom, "Operator_Account")
	if err != nil {
		return nil, err
	}
	peer, err := c.body.account(timerr.SvrMsgInvalidToAccount, "Peer_Account")
	if err != nil {
		return nil, err
	}
	list := c.body.get("C2CMsgInfo")
	items := list.Array()
	if !list.IsArray() || len(items) == 0 || len(items) > wire.MaxReceipts {
		return nil, timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "C2CMsgInfo is no array of 1 to %d messages", wire.MaxReceipts)
	}
	keys := make([]chat.MessageKey, len(items))
	for i, item := range items {
		if keys[i], err = receiptKey(i, item, reader, peer); err != nil {
			return nil, err
		}
	}
	return ok(), r.chat.ReceiptsFor(ctx, c.app, reader, peer, keys)
}

// receiptKey reads one message of C2CMsgInfo: it must be one from the peer to the reader.
func receiptKey(i int, item gjson.Result, reader, peer string) (key chat.MessageKey, err error) {
	if !item.IsObject() {
		return key, timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "C2CMsgInfo[%d] is no object", i)
	}
	one := fields(item.Map())
	for name, want := range map[string]string{"From_Account": peer, "To_Account": reader} {
		if got := one.get(name); got.Type != gjson.String || got.Str != want {
			return key, timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "C2CMsgInfo[%d].%s is not %q", i, name, want)
		}
	}
	text := one.get("MsgKey")
	if key, err = parseKey(text.String()); err != nil || text.Type != gjson.String {
		return key, timerr.Newf(badMessageKey, "C2CMsgInfo[%d].MsgKey %.50q is none: SEQ_RANDOM_TIME", i, text.String())
	}
	return key, nil
}
