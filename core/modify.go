package core

import (
	"encoding/json"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/element"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Modify has a message say what the game has made of its object. It answers with the message
// as it is then, also when another was first, which is 8006.
func (c *Client) Modify(message string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		if err := m.modify(message, done); err != nil {
			done(err, "")
		}
	})
}

func (m *messenger) modify(text string, done Done) error {
	given, err := parseMessage(text)
	if err != nil {
		return err
	}
	if given.ConvID == "" {
		return timerr.Newf(timerr.InvalidParameters, "message_conv_id is missing")
	}
	c := m.conversation(convKey{given.ConvType, given.ConvID})
	k, err := m.located(c, json.RawMessage(text), "json_msg_param")
	if err != nil {
		return err
	}
	body, err := m.modification(c, k, given, text)
	if err != nil {
		done(err, textOf(k.forGame(m.user, c)))
		return nil
	}
	askFor(m, wire.CmdModify, body, true, func(v wire.Modified, err error) {
		if err != nil {
			done(err, textOf(k.forGame(m.user, c)))
			return
		}
		m.changedLive(v.Message)
		if v.Outdated {
			err = timerr.New(timerr.SDKMsgModifyConflict)
		}
		done(err, textOf(m.asKept(c, fromServer(v.Message, m.user)).forGame(m.user, c)))
		m.tell()
	})
	return nil
}

// modification is what is sent of a message that the game has modified. A game that does not
// hand the version back has modified what this device has.
func (m *messenger) modification(c *conversation, k kept, given message, text string) (wire.Modification, error) {
	switch {
	case k.place.Nth > 0:
		return wire.Modification{}, timerr.Newf(timerr.InvalidParameters, "json_msg_param was not sent: it cannot be modified")
	case k.status == int(tim.MsgStatusRevoked):
		return wire.Modification{}, timerr.Newf(timerr.InvalidParameters, "json_msg_param was recalled: it cannot be modified")
	}
	size, err := element.Check(given.Elements)
	if err != nil {
		return wire.Modification{}, err
	}
	if size += len(given.CloudCustom); size > maxMessage {
		return wire.Modification{}, timerr.Newf(timerr.SDKMsgBodySizeLimit,
			"the message has %d bytes in its strings, at most %d can be sent", size, maxMessage)
	}
	var version struct {
		Given *uint64 `json:"message_version"`
	}
	if err := decode(text, &version); err != nil {
		return wire.Modification{}, err
	}
	edition := k.Edition
	if version.Given != nil {
		edition = *version.Given
	}
	return wire.Modification{ConvType: c.Type, ConvID: c.ID, Pos: k.place.Pos, Edition: edition,
		Elements: given.Elements, CloudCustom: given.CloudCustom}, nil
}

// asKept is a message with what this device alone knows of it, if it has it.
func (m *messenger) asKept(c *conversation, k kept) kept {
	row, found, err := m.cache.At(c.Number, cache.Place{Pos: k.Pos})
	if err != nil || !found {
		return k
	}
	if here, err := keptOf(row); err == nil && here.Version >= k.Version {
		return here
	}
	return k
}
