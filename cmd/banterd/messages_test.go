package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func textMessage(to, id, text string) wire.Message {
	return wire.Message{ConvType: 1, ConvID: to, MsgID: id, Seq: 1, Rand: 2,
		Elements: []json.RawMessage{json.RawMessage(fmt.Sprintf(`{"elem_type":0,"text_elem_content":%q}`, text))}}
}

// say sends a text and requires its place.
func (c *client) say(to, id, text string) wire.Sent {
	c.t.Helper()
	answer := c.call(wire.CmdSendMessage, textMessage(to, id, text))
	require.Zero(c.t, answer.Code, answer.Desc)
	return body[wire.Sent](c.t, answer)
}

func (c *client) history(with string) []wire.Message {
	c.t.Helper()
	answer := c.call(wire.CmdGetMessages, wire.MessagesRange{ConvType: 1, ConvID: with, Count: 200})
	require.Zero(c.t, answer.Code, answer.Desc)
	return body[wire.MessagesPage](c.t, answer).Messages
}

func TestPlayersTalk(t *testing.T) {
	s := startDev(t, testFolder(t))
	ann, _ := s.online("ann", "linux", "1")
	bob, session := s.online("bob", "android", "phone")
	assert.EqualValues(t, 1, ann.say("bob", "a", "a secret 世界").Pos)
	m := body[wire.Message](t, bob.expect(wire.EventMessage))
	assert.Equal(t, []string{"ann", "bob", "a"}, []string{m.Sender, m.ConvID, m.MsgID})
	assert.JSONEq(t, `{"elem_type":0,"text_elem_content":"a secret 世界"}`, string(m.Elements[0]))

	bob.cut()
	assert.EqualValues(t, 2, ann.say("bob", "b", "are you there?").Pos)
	bob = s.connect("android", "phone")
	bob.session(bob.resume("bob", s.ticket("bob", 3600), session))
	list := body[wire.ConversationsPage](t, bob.call(wire.CmdGetConversations, wire.ConversationsSince{}))
	require.Len(t, list.Conversations, 1)
	assert.EqualValues(t, []uint64{2, 2}, []uint64{list.Conversations[0].Pos, list.Conversations[0].Unread})
	assert.Len(t, bob.history("ann"), 2)

	bob.request(wire.CmdReportRead, wire.ReadReport{ConvType: 1, ConvID: "ann"})
	assert.Zero(t, body[wire.Conversation](t, bob.expect(wire.EventConversation)).Unread)
	assert.Zero(t, bob.read().Code)
	assert.EqualValues(t, 2, body[wire.ReadEvent](t, ann.expect(wire.EventRead)).ReadPos)
	assert.NotContains(t, s.log.String(), "secret")
}

func TestTheRecallWindowIsASetting(t *testing.T) {
	s := startDev(t, testFolder(t), "--recall-window", "1ms")
	ann, _ := s.online("ann", "linux", "1")
	ann.say("ann", "a", "to myself")
	time.Sleep(5 * time.Millisecond)
	answer := ann.call(wire.CmdRevoke, wire.Revocation{ConvType: 1, ConvID: "ann", Pos: 1})
	assert.Equal(t, timerr.SvrMsgRevokeTimeLimit, answer.Code)

	s = startDev(t, testFolder(t))
	ann, _ = s.online("ann", "linux", "1")
	ann.say("ann", "a", "to myself")
	answer = ann.call(wire.CmdRevoke, wire.Revocation{ConvType: 1, ConvID: "ann", Pos: 1})
	require.Zero(t, answer.Code, answer.Desc)
	assert.Equal(t, 6, body[wire.Message](t, answer).Status)
}

func marshal(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
