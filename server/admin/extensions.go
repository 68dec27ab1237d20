package admin

import (
	"context"
	"math"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// What set_key_values does.
const (
	setExtensions    = 1
	deleteExtensions = 2
	clearExtensions  = 3
)

const maxExtensionsPage = 200

type restExtension struct {
	Key   string
	Value string
	Seq   uint64
}

type extensionsPage struct {
	result
	Complete int             `json:"CompleteFlag"`
	Latest   uint64          `json:"LatestSeq"`
	Cleared  uint64          `json:"ClearSeq"`
	List     []restExtension `json:"ExtensionList"`
}

type extensionsWritten struct {
	result
	List []restWritten `json:"ExtensionList"`
}

type restWritten struct {
	Code      timerr.Code `json:"ErrorCode"`
	Extension restExtension
}

// keyedMessage reads which one-to-one message a call is about.
func keyedMessage(c call) (from, to string, key chat.MessageKey, err error) {
	if from, err = c.body.text("From_Account"); err != nil {
		return from, to, key, err
	}
	if from == "" {
		from = c.admin
	}
	if usersig.CheckUserID(from) != nil {
		return from, to, key, timerr.Newf(noFrom, "From_Account is no user id")
	}
	if to, err = c.body.account(timerr.SvrMsgInvalidToAccount, "To_Account"); err != nil {
		return from, to, key, err
	}
	text, err := c.body.text("MsgKey")
	if err == nil {
		key, err = parseKey(text)
	}
	return from, to, key, err
}

// getKeyValues returns a page of the extensions of a message, by their seqs.
func (r *rest) getKeyValues(ctx context.Context, c call) (any, error) {
	from, to, key, err := keyedMessage(c)
	if err != nil {
		return nil, err
	}
	start, err := c.body.number(timerr.SvrMsgJSONParseFailed, math.MaxInt64, false, "StartSeq")
	if err != nil {
		return nil, err
	}
	page, err := r.chat.ExtensionsFor(ctx, c.app, from, to, key, start, maxExtensionsPage)
	if err != nil {
		return nil, err
	}
	answer := extensionsPage{result: ok(), Latest: page.Seq, Cleared: page.ClearedSeq, List: []restExtension{}}
	for _, e := range page.Extensions {
		answer.List = append(answer.List, restExtension{e.Key, e.Value, e.Seq})
	}
	if !page.More {
		answer.Complete = 1
	}
	return answer, nil
}

// setKeyValues sets or deletes extensions of a message, whoever wrote them last.
func (r *rest) setKeyValues(ctx context.Context, c call) (any, error) {
	from, to, key, err := keyedMessage(c)
	if err != nil {
		return nil, err
	}
	operation, err := c.body.number(timerr.SvrMsgJSONParseFailed, math.MaxUint32, true, "OperateType")
	if err != nil {
		return nil, err
	}
	if operation < setExtensions || operation > clearExtensions {
		return nil, timerr.Newf(timerr.SvrMsgJSONParseFailed, "OperateType is %d, not 1 to 3", operation)
	}
	w := chat.ExtensionsWrite{Clear: operation == clearExtensions, Force: true}
	if !w.Clear {
		list, err := c.body.list(timerr.SvrMsgJSONParseFailed, wire.MaxExtensionsWrite, "ExtensionList")
		if err != nil {
			return nil, err
		}
		for i, one := range list {
			pair := fields(one.Map())
			e := chat.Extension{Deleted: operation == deleteExtensions}
			if e.Key, err = pair.text("Key"); err == nil {
				e.Value, err = pair.text("Value")
			}
			if err != nil || e.Key == "" {
				return nil, timerr.Newf(timerr.SvrMsgJSONParseFailed, "ExtensionList[%d]: Key is missing, or Key or Value no string", i)
			}
			w.Extensions = append(w.Extensions, e)
		}
	}
	results, err := r.chat.WriteExtensionsFor(ctx, c.app, from, to, key, w)
	if timerr.CodeOf(err) == timerr.InvalidParameters {
		err = timerr.Newf(timerr.SvrMsgJSONParseFailed, "%s", timerr.DescOf(err))
	}
	if err != nil {
		return nil, err
	}
	answer := extensionsWritten{result: ok(), List: []restWritten{}}
	for _, one := range results {
		answer.List = append(answer.List, restWritten{one.Code, restExtension{one.Item.Key, one.Item.Value, one.Item.Seq}})
	}
	return answer, nil
}
