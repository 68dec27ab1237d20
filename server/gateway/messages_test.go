package gateway

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

func (d *domain) Listen(*chat.Attachment) { d.listening.Add(1) }

func (d *domain) SendMessages(_ *chat.Attachment, messages []wire.Message) []chat.Outcome {
	if d.sending != nil {
		d.sending <- messages
	}
	if d.mayKeep != nil {
		<-d.mayKeep
	}
	outcomes := make([]chat.Outcome, len(messages))
	for i, m := range messages {
		outcomes[i] = chat.Outcome{Sent: wire.Sent{Pos: m.Seq, Seq: m.Seq, ServerTime: 7}, Err: d.refusal}
	}
	return outcomes
}

func (d *domain) Messages(_ *chat.Attachment, asked wire.MessagesRange) (wire.MessagesPage, error) {
	return wire.MessagesPage{WholeFrom: asked.FromPos}, d.refusal
}

func (d *domain) Changes(_ *chat.Attachment, asked wire.ChangesSince) (wire.ChangesPage, error) {
	return wire.ChangesPage{Mod: asked.Mod}, d.refusal
}

func (d *domain) Conversations(_ *chat.Attachment, asked wire.ConversationsSince) (wire.ConversationsPage, error) {
	return wire.ConversationsPage{Rev: asked.Rev}, d.refusal
}

func (d *domain) ReportRead(_ *chat.Attachment, report wire.ReadReport) (wire.Conversation, error) {
	return wire.Conversation{ReadPos: report.Pos}, d.refusal
}

func (d *domain) ReadAll(_ *chat.Attachment, asked wire.ReadAll) ([]wire.Conversation, error) {
	return []wire.Conversation{{ConvType: asked.ConvType}}, d.refusal
}

func (d *domain) Revoke(_ *chat.Attachment, asked wire.Revocation) (wire.Message, error) {
	return wire.Message{Pos: asked.Pos}, d.refusal
}

func (d *domain) Modify(_ *chat.Attachment, asked wire.Modification) (wire.Modified, error) {
	return wire.Modified{Outdated: asked.Edition == 10}, d.refusal
}

func (d *domain) SendReceipts(_ *chat.Attachment, asked wire.MessagePlaces) (wire.Receipts, error) {
	return wire.Receipts{User: fmt.Sprint(asked.Positions)}, d.refusal
}

func (d *domain) Receipts(_ *chat.Attachment, asked wire.MessagePlaces) ([]wire.Receipt, error) {
	return []wire.Receipt{{Pos: asked.Positions[0]}}, d.refusal
}

func (d *domain) DeleteMessages(_ *chat.Attachment, asked wire.MessagesDeletion) (wire.DeletedMessages, error) {
	return wire.DeletedMessages{Positions: asked.Positions}, d.refusal
}

func (d *domain) ClearConversation(_ *chat.Attachment, ref wire.ConvRef, remove bool) (wire.Conversation, error) {
	return wire.Conversation{ConvID: fmt.Sprint(ref.ConvID, " ", remove)}, d.refusal
}

func (d *domain) PinConversation(_ *chat.Attachment, pin wire.Pin) (wire.Conversation, error) {
	return wire.Conversation{ConvID: fmt.Sprint(pin.IsPinned)}, d.refusal
}

func (d *domain) UploadMerger(_ *chat.Attachment, asked wire.Merger) (wire.MergerKey, error) {
	return wire.MergerKey{Key: fmt.Sprint(len(asked.Messages))}, d.refusal
}

func (d *domain) DownloadMerger(_ *chat.Attachment, asked wire.MergerKey) (wire.Merger, error) {
	return wire.Merger{Messages: []json.RawMessage{json.RawMessage(asked.Key)}}, d.refusal
}

func TestMessageCommandsAreAnsweredByTheDomain(t *testing.T) {
	d := newDomain()
	c := start(t, d, Config{}).online()
	require.Zero(t, c.call(wire.CmdPing, nil).Code) // what came after the answer to the login is done
	assert.EqualValues(t, 1, d.listening.Load())
	tests := []struct {
		name, cmd, body, key string
		want                 any
	}{
		{"a message is sent", wire.CmdSendMessage, `{"message_seq":3}`, "pos", 3.0},
		{"history is read", wire.CmdGetMessages, `{"from_pos":4}`, "whole_from", 4.0},
		{"changes are read", wire.CmdGetChanges, `{"mod":5}`, "mod", 5.0},
		{"conversations are read", wire.CmdGetConversations, `{"rev":6}`, "rev", 6.0},
		{"a conversation is read", wire.CmdReportRead, `{"pos":7}`, "read_pos", 7.0},
		{"a message is recalled", wire.CmdRevoke, `{"pos":8}`, "pos", 8.0},
		{"a message is modified", wire.CmdModify, `{"edition":10}`, "outdated", true},
		{"receipts are sent", wire.CmdSendReceipts, `{"positions":[11,12]}`, "user", "[11 12]"},
		{"messages are deleted", wire.CmdDeleteMessages, `{"positions":[9]}`, "positions", []any{9.0}},
		{"a conversation is cleared", wire.CmdClearHistory, `{"conv_id":"bob"}`, "conv_id", "bob false"},
		{"a conversation is deleted", wire.CmdDeleteConversation, `{"conv_id":"bob"}`, "conv_id", "bob true"},
		{"a conversation is pinned", wire.CmdPinConversation, `{"conv_is_pinned":true}`, "conv_id", "true"},
		{"a merger is kept", wire.CmdUploadMerger, `{"merge_elem_message_array":[{},{}]}`, "merge_elem_relay_json_key", "2"},
		{"a merger is read", wire.CmdDownloadMerger, `{"merge_elem_relay_json_key":"7"}`, "merge_elem_message_array", []any{float64(7)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frame := c.call(tt.cmd, json.RawMessage(tt.body))
			require.Zero(t, frame.Code, frame.Desc)
			assert.Equal(t, tt.want, decode[map[string]any](t, frame)[tt.key])
			assert.Equal(t, timerr.SvrAccountInvalidParameters, c.call(tt.cmd, json.RawMessage(`[7]`)).Code)
		})
	}
	assert.Len(t, decode[[]wire.Conversation](t, c.call(wire.CmdReportAllRead, wire.ReadAll{})), 1)
	assert.EqualValues(t, 13, decode[[]wire.Receipt](t, c.call(wire.CmdGetReceipts, json.RawMessage(`{"positions":[13]}`)))[0].Pos)
	refusing := newDomain()
	refusing.refusal = timerr.New(timerr.SvrMsgInvalidID)
	c = start(t, refusing, Config{}).online()
	for _, tt := range tests {
		frame := c.call(tt.cmd, json.RawMessage(tt.body))
		assert.Equal(t, timerr.SvrMsgInvalidID, frame.Code, tt.name)
		assert.Empty(t, frame.Body, tt.name)
	}
}

func TestMessagesThatWaitAreKeptTogether(t *testing.T) {
	d := newDomain()
	d.sending, d.mayKeep = make(chan []wire.Message, 10), make(chan struct{})
	c := start(t, d, Config{}).online()
	c.request(wire.CmdSendMessage, wire.Message{Seq: 1})
	require.Len(t, await(t, d.sending), 1)
	for seq := uint64(2); seq <= 5; seq++ {
		c.request(wire.CmdSendMessage, wire.Message{Seq: seq})
	}
	c.request(wire.CmdPing, nil)
	pong := c.read()
	assert.NotContains(t, string(pong.Body), "pos", "the link is read while messages are kept")
	close(d.mayKeep)
	assert.Len(t, await(t, d.sending), 4)
	for seq := uint64(1); seq <= 5; seq++ {
		assert.Equal(t, seq, decode[wire.Sent](t, c.read()).Pos, "answers come in the messages' order")
	}
}

func TestALogoutLetsMessagesBeKept(t *testing.T) {
	d := newDomain()
	d.sending, d.mayKeep = make(chan []wire.Message, 10), make(chan struct{})
	c := start(t, d, Config{}).online()
	c.request(wire.CmdSendMessage, wire.Message{Seq: 1})
	await(t, d.sending)
	c.request(wire.CmdLogout, nil)
	close(d.mayKeep)
	assert.EqualValues(t, 1, decode[wire.Sent](t, c.read()).Pos)
	assert.Zero(t, c.read().Code)
	c.closing(wire.CloseLoggedOut)
}

func TestAPanicCostsOneLinkOnly(t *testing.T) {
	d := newDomain()
	d.sending = make(chan []wire.Message)
	close(d.sending) // a send on it panics
	h := start(t, d, Config{})
	c := h.online()
	c.request(wire.CmdSendMessage, wire.Message{Seq: 1})
	await(t, h.meter.panics)
	_, _, err := c.ReadMessage()
	assert.Error(t, err)
}

func TestAnEventMayHaveNoBody(t *testing.T) {
	d := newDomain()
	c := start(t, d, Config{}).online()
	peer := await(t, d.peers)
	peer.Link.Tell(&chat.Notice{Event: wire.EventSync})
	frame := c.read()
	assert.Equal(t, wire.EventSync, frame.Event)
	assert.Nil(t, frame.Body)
}
