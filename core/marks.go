package core

import (
	"encoding/json"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// ReportRead says that the user has read a conversation: up to a message, or all of it.
// Without a conversation it is about all of the kind.
func (c *Client) ReportRead(kind int, conversation, message string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		if conversation == "" {
			m.reportAllRead(wire.ReadAll{ConvType: kind}, done)
			return
		}
		m.reportRead(convKey{kind, conversation}, message, done)
	})
}

// ReportAllRead says that the user has read everything.
func (c *Client) ReportAllRead(done Done) {
	c.chat(done, true, func(m *messenger, done Done) { m.reportAllRead(wire.ReadAll{}, done) })
}

func (m *messenger) reportRead(key convKey, message string, done Done) {
	body := wire.ReadReport{ConvType: key.kind, ConvID: key.id}
	if message != "" && message != "{}" {
		k, err := m.located(m.conversation(key), json.RawMessage(message), "json_msg_param")
		if err != nil {
			done(err, "")
			return
		}
		body.Pos = max(1, k.place.Pos)
	}
	m.mark(wire.CmdReportRead, body, done)
}

func (m *messenger) reportAllRead(body wire.ReadAll, done Done) {
	askFor(m, wire.CmdReportAllRead, body, true, func(list []wire.Conversation, err error) {
		for _, v := range list {
			m.merged(v)
		}
		done(err, "")
		m.tell()
	})
}

// mark sends what the user does with a conversation. Its answer is the conversation then.
func (m *messenger) mark(cmd string, body any, done Done) {
	askFor(m, cmd, body, true, func(v wire.Conversation, err error) {
		if err == nil {
			m.merged(v)
		}
		done(err, "")
		m.tell()
	})
}

// ClearHistory deletes all messages of a conversation for the user.
func (c *Client) ClearHistory(kind int, conversation string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		m.mark(wire.CmdClearHistory, wire.ConvRef{ConvType: kind, ConvID: conversation}, done)
	})
}

// DeleteConversation deletes a conversation with its messages for the user.
func (c *Client) DeleteConversation(kind int, conversation string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		m.mark(wire.CmdDeleteConversation, wire.ConvRef{ConvType: kind, ConvID: conversation}, func(err error, text string) {
			if err == nil {
				m.forget(convKey{kind, conversation}, true)
			}
			done(err, text)
		})
	})
}

// PinConversation pins a conversation, or ends that.
func (c *Client) PinConversation(kind int, conversation string, pinned bool, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		m.mark(wire.CmdPinConversation, wire.Pin{ConvType: kind, ConvID: conversation, IsPinned: pinned}, done)
	})
}

// Revoke recalls a message that the game names by its object.
func (c *Client) Revoke(kind int, conversation, message string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		if err := m.revoke(convKey{kind, conversation}, message, done); err != nil {
			done(err, "")
		}
	})
}

func (m *messenger) revoke(key convKey, text string, done Done) error {
	c := m.conversation(key)
	k, err := m.located(c, json.RawMessage(text), "json_msg_param")
	if err != nil {
		return err
	}
	if k.place.Nth > 0 {
		return timerr.Newf(timerr.InvalidParameters, "json_msg_param was not sent: it cannot be recalled")
	}
	given, err := parseMessage(text)
	if err != nil {
		return err
	}
	body := wire.Revocation{ConvType: key.kind, ConvID: key.id, Pos: k.place.Pos, Reason: given.RevokeReason}
	askFor(m, wire.CmdRevoke, body, false, func(v wire.Message, err error) {
		if err == nil {
			m.changedLive(v)
		}
		done(err, "")
		m.tell()
	})
	return nil
}

// deletion is the JSON of TIMMsgDelete.
type deletion struct {
	Message json.RawMessage `json:"msg_delete_param_msg"`
	Cloud   bool            `json:"msg_delete_param_is_ramble"`
}

// DeleteMessage deletes a message for the user, or on this device alone.
func (c *Client) DeleteMessage(kind int, conversation, param string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		var what deletion
		err := decode(param, &what)
		if err == nil && len(what.Message) == 0 {
			err = timerr.Newf(timerr.InvalidParameters, "msg_delete_param_msg is missing")
		}
		if err == nil {
			err = m.deleteMessages(convKey{kind, conversation}, []json.RawMessage{what.Message}, what.Cloud, done)
		}
		if err != nil {
			done(err, "")
		}
	})
}

// DeleteMessages deletes messages for the user.
func (c *Client) DeleteMessages(kind int, conversation, messages string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		var list []json.RawMessage
		err := decode(messages, &list)
		if err == nil && len(list) > wire.MaxDeleteMessages {
			err = timerr.Newf(timerr.InvalidParameters, "json_msg_array has %d messages, at most %d can be deleted at once", len(list), wire.MaxDeleteMessages)
		}
		if err == nil {
			err = m.deleteMessages(convKey{kind, conversation}, list, true, done)
		}
		if err != nil {
			done(err, "")
		}
	})
}

func (m *messenger) deleteMessages(key convKey, objects []json.RawMessage, cloud bool, done Done) error {
	c := m.conversation(key)
	var here []cache.Place
	body := wire.MessagesDeletion{ConvType: key.kind, ConvID: key.id}
	for _, object := range objects {
		k, err := m.located(c, object, "the message")
		if err != nil {
			return err
		}
		if k.place.Nth > 0 || !cloud {
			here = append(here, k.place)
		} else {
			body.Positions = append(body.Positions, k.place.Pos)
		}
	}
	if len(body.Positions) == 0 {
		m.deleteHere(c, here)
		done(nil, "")
		m.tell()
		return nil
	}
	askFor(m, wire.CmdDeleteMessages, body, true, func(v wire.DeletedMessages, err error) {
		if err == nil {
			m.deleteHere(c, here)
			m.deleted(v)
		}
		done(err, "")
		m.tell()
	})
	return nil
}

// deleteHere deletes messages on this device alone.
func (m *messenger) deleteHere(c *conversation, places []cache.Place) {
	if len(places) == 0 {
		return
	}
	m.update(func() error {
		var err error
		wasLast := false
		for _, p := range places {
			err = first(err, m.cache.Delete(c.Number, p))
			wasLast = wasLast || c.last != nil && p == c.last.place
		}
		if wasLast {
			err = first(err, m.findLast(c))
		}
		m.refreshUnsent(c)
		return first(err, m.keep(c))
	})
	m.news.hasChanged(c)
}

// convParam names a conversation in the JSON of TIMConvGetConvInfo.
type convParam struct {
	ID   string `json:"get_conversation_list_param_conv_id"`
	Type int    `json:"get_conversation_list_param_conv_type"`
}

// Conversations reads all conversations, as a list shows them.
func (c *Client) Conversations(done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		list := make([]*conversation, 0, len(m.conversations))
		for _, one := range m.conversations {
			if one.visible() {
				list = append(list, one)
			}
		}
		inOrder(list)
		done(nil, m.conversationsText(list))
	})
}

// ConversationInfo reads the conversations that are named and that are there.
func (c *Client) ConversationInfo(params string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		var named []convParam
		if err := decode(params, &named); err != nil {
			done(err, "")
			return
		}
		list := []*conversation{}
		for _, one := range named {
			if found := m.conversation(convKey{one.Type, one.ID}); found != nil && found.visible() {
				list = append(list, found)
			}
		}
		done(nil, m.conversationsText(list))
	})
}

// TotalUnread reads how many messages are unread.
func (c *Client) TotalUnread(done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		var total uint64
		for _, c := range m.conversations {
			total += c.counts()
		}
		done(nil, textOf(unreadCount{total}))
	})
}
