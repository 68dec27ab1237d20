package core

import (
	"encoding/json"
	"fmt"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// maxReceivers is to how many users one call sends.
const maxReceivers = 500

// batchParam is the JSON of TIMMsgBatchSend.
type batchParam struct {
	Users   []string        `json:"msg_batch_send_param_identifier_array"`
	Message json.RawMessage `json:"msg_batch_send_param_msg"`
}

// batchResult is what became of the message of one receiver.
type batchResult struct {
	User    string          `json:"msg_batch_send_result_identifier"`
	Code    timerr.Code     `json:"msg_batch_send_result_code"`
	Desc    string          `json:"msg_batch_send_result_desc"`
	Message json.RawMessage `json:"msg_batch_send_result_msg"`
}

// BatchSend sends a message to many users, to each in the conversation with them. The answer
// has what became of each, in the order of the receivers; that some failed is no failure of it.
func (c *Client) BatchSend(param string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		var p batchParam
		err := decode(param, &p)
		if err == nil {
			err = p.check()
		}
		if err != nil {
			done(err, "")
			return
		}
		results, left := make([]batchResult, len(p.Users)), len(p.Users)
		for i, user := range p.Users {
			m.sendMessage(convKey{int(tim.ConvTypeC2C), user}, string(p.Message), "", func(err error, text string) {
				results[i] = batchResult{User: user, Code: timerr.CodeOf(err), Message: json.RawMessage("{}")}
				if err != nil {
					results[i].Desc = timerr.DescOf(err)
				}
				if text != "" {
					results[i].Message = json.RawMessage(text)
				}
				if left--; left == 0 {
					done(nil, textOf(results))
				}
			})
		}
	})
}

func (p batchParam) check() error {
	const users = "msg_batch_send_param_identifier_array"
	if len(p.Users) == 0 || len(p.Users) > maxReceivers {
		return timerr.Newf(timerr.InvalidParameters, "%s has %d users, not 1 to %d", users, len(p.Users), maxReceivers)
	}
	seen := map[string]int{}
	for i, user := range p.Users {
		if before, twice := seen[user]; twice {
			return timerr.Newf(timerr.InvalidParameters, "%s[%d] is the same user as [%d]", users, i, before)
		}
		seen[user] = i
	}
	given, err := parseMessage(string(p.Message))
	if len(p.Message) == 0 {
		err = timerr.Newf(timerr.InvalidParameters, "it is missing")
	}
	if err == nil {
		_, err = given.outgoing(convKey{int(tim.ConvTypeC2C), p.Users[0]})
	}
	if err != nil {
		return &timerr.Error{Code: timerr.CodeOf(err), Desc: fmt.Sprintf("msg_batch_send_param_msg: %s", timerr.DescOf(err)), Err: err}
	}
	return nil
}
