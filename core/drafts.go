package core

import (
	"encoding/json"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
)

// draft is what a user has begun to write. It is kept as the game gave it, on this device.
type draft struct {
	Message    json.RawMessage `json:"draft_msg"`
	UserDefine string          `json:"draft_user_define"`
	EditTime   uint64          `json:"draft_edit_time"` // UNIX seconds
}

// parseDraft reads a draft; nil when there is nothing in it.
func parseDraft(text string) (*draft, error) {
	var d draft
	if err := decode(text, &d); err != nil {
		return nil, err
	}
	switch {
	case len(d.Message) == 0 || string(d.Message) == "null" || string(d.Message) == "{}":
		d.Message = json.RawMessage("{}")
		if d.UserDefine == "" {
			return nil, nil
		}
	case d.Message[0] != '{':
		return nil, timerr.Newf(timerr.InvalidParameters, "draft_msg is no object")
	}
	if d.EditTime == 0 {
		d.EditTime = uint64(time.Now().Unix())
	}
	return &d, nil
}

// SetDraft keeps a draft with a conversation on this device, which it brings to the top of the
// list. A game hears no answer, so what is wrong with it stands in the log.
func (c *Client) SetDraft(kind int, conversation, text string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		d, err := parseDraft(text)
		if err == nil {
			err = m.setDraft(convKey{kind, conversation}, d)
		}
		if err != nil {
			m.client.log.Warn("a draft is not kept", "error", err)
		}
		done(err, "")
	})
}

// CancelDraft takes a conversation's draft away. Its place in the list is the last message's again.
func (c *Client) CancelDraft(kind int, conversation string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		done(m.setDraft(convKey{kind, conversation}, nil), "")
	})
}

func (m *messenger) setDraft(key convKey, d *draft) error {
	c := m.conversation(key)
	switch {
	case d == nil && (c == nil || c.extra.Draft == nil):
		return nil
	case c == nil:
		if err := checkNew(key); err != nil {
			return err
		}
		c = m.begin(key)
		m.askPeer(c)
	}
	at := int64(0)
	if d != nil {
		at = m.top()
	}
	m.changeExtra(c, func(e *extra) { e.Draft, e.DraftAt = d, at })
	return nil
}

func (m *messenger) changeExtra(c *conversation, change func(*extra)) {
	m.update(func() error {
		c.setExtra(change)
		return m.keep(c)
	})
	m.news.hasChanged(c)
	m.tell()
}

// top is an order key for what the user does now: it is above those of all conversations that
// are not pinned, whatever this device's clock says.
func (m *messenger) top() int64 {
	key := time.Now().UnixMilli()
	for _, c := range m.conversations {
		key = max(key, c.orderKey()%pinnedKey+1)
	}
	return key
}

// checkNew refuses a conversation that cannot be begun here.
func checkNew(key convKey) error {
	switch {
	case key.kind == int(tim.ConvTypeGroup):
		return timerr.Newf(timerr.SvrGroupNotFound, "there is no group %q", key.id)
	case key.kind != int(tim.ConvTypeC2C):
		return timerr.Newf(timerr.InvalidParameters, "conv_type is %d, not 1 or 2", key.kind)
	case usersig.CheckUserID(key.id) != nil:
		return timerr.Newf(timerr.InvalidParameters, "conv_id is no user's id")
	}
	return nil
}

// CreateConversation begins a conversation on this device, which is in the list until it is
// deleted, and answers with it. One that is there is left as it is.
func (c *Client) CreateConversation(kind int, id string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		key := convKey{kind, id}
		found := m.conversation(key)
		if found == nil || !found.visible() {
			if err := checkNew(key); err != nil {
				done(err, "")
				return
			}
			found = m.begin(key)
			m.askPeer(found)
			m.changeExtra(found, func(e *extra) { e.CreatedAt = m.top() })
		}
		done(nil, textOf(m.info(found, new(message))))
	})
}

// askPeer asks the server, once, what the other one of a conversation is called, if that is
// not known: of a conversation that the user begins no message says it.
func (m *messenger) askPeer(c *conversation) {
	if c.asked || !m.online || c.Type != int(tim.ConvTypeC2C) || c.PeerNick != "" || c.PeerFace != "" {
		return
	}
	c.asked = true
	askFor(m, wire.CmdGetConversation, wire.ConvRef{ConvType: c.Type, ConvID: c.ID}, true, func(v wire.Conversation, err error) {
		if err != nil {
			c.asked = false
			return
		}
		if v.Peer == nil || c.PeerNick != "" {
			return
		}
		c.PeerNick, c.PeerFace = v.Peer.Nick, v.Peer.FaceURL
		if c.Number != 0 {
			m.update(func() error { return m.keep(c) })
			m.news.hasChanged(c)
			m.tell()
		}
	})
}
