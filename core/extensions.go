package core

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// extension is a pair as the game has it.
type extension struct {
	Key   string `json:"message_extension_key"`
	Value string `json:"message_extension_value"`
}

// extensionResult says what became of a pair.
type extensionResult struct {
	Code timerr.Code `json:"message_extension_result_code"`
	Info string      `json:"message_extension_result_info"`
	Item extension   `json:"message_extension_item"`
}

// extensionCopy is what the device knows of a message's extensions. It is kept in step by
// the conversation's changes: what was whole once stays so.
type extensionCopy struct {
	Whole bool                      `json:"whole,omitempty"` // there are no others
	Keys  map[string]wire.Extension `json:"keys"`            // also deleted ones, for a while
}

// maxKnownKeys is how many keys a copy has before deleted ones are forgotten: more than a
// message can have at a time.
const maxKnownKeys = 600

// take takes over a pair that is newer than what is known of it. One without a write says
// nothing.
func (e *extensionCopy) take(one wire.Extension) {
	if one.Seq == 0 {
		return
	}
	if known, there := e.Keys[one.Key]; there && known.Seq >= one.Seq {
		return
	}
	e.Keys[one.Key] = one
	if len(e.Keys) > maxKnownKeys {
		maps.DeleteFunc(e.Keys, func(_ string, known wire.Extension) bool { return known.Deleted })
	}
}

// takeAll takes over all pairs of a message: what it does not have, and was not written
// since, is not there.
func (e *extensionCopy) takeAll(list wire.ExtensionsList) {
	maps.DeleteFunc(e.Keys, func(_ string, known wire.Extension) bool { return known.Seq <= list.Seq })
	for _, one := range list.Extensions {
		e.take(one)
	}
	e.Whole = true
}

// seq is what a write of a key has to know, 0 when it is not there as far as is known.
func (e *extensionCopy) seq(key string) uint64 {
	if known := e.Keys[key]; !known.Deleted {
		return known.Seq
	}
	return 0
}

// list is what is there, in the order of the last writes.
func (e *extensionCopy) list() []extension {
	there := slices.SortedFunc(maps.Values(e.Keys), func(a, b wire.Extension) int { return cmp.Compare(a.Seq, b.Seq) })
	list := []extension{}
	for _, one := range there {
		if !one.Deleted {
			list = append(list, extension{one.Key, one.Value})
		}
	}
	return list
}

// extensions reads what the device knows. What cannot be read is not known.
func (m *messenger) extensions(c *conversation, pos uint64) *extensionCopy {
	known := &extensionCopy{}
	body, err := m.cache.Extensions(c.Number, pos)
	if err == nil && body != nil {
		err = json.Unmarshal(body, known)
	}
	if err != nil {
		m.client.log.Warn("extensions of a message cannot be read on this device", "error", err)
		known = &extensionCopy{}
	}
	if known.Keys == nil {
		known.Keys = map[string]wire.Extension{}
	}
	return known
}

// learn changes what the device knows of a message's extensions.
func (m *messenger) learn(c *conversation, pos uint64, change func(*extensionCopy)) error {
	known := m.extensions(c, pos)
	change(known)
	return m.cache.PutExtensions(c.Number, pos, []byte(textOf(known)))
}

// pointed finds the message that a game names by its object alone. It must be one that the
// server has.
func (m *messenger) pointed(object json.RawMessage, what string) (*conversation, wire.MessageRef, string, error) {
	given, err := parseMessage(string(object))
	if err != nil {
		return nil, wire.MessageRef{}, "", err
	}
	kind := cmp.Or(given.ConvType, int(tim.ConvTypeC2C))
	if given.ConvID == "" {
		return nil, wire.MessageRef{}, "", timerr.Newf(timerr.InvalidParameters, "%s has no message_conv_id", what)
	}
	c := m.conversation(convKey{kind, given.ConvID})
	k, err := m.located(c, object, what)
	if err == nil && k.place.Nth > 0 {
		err = timerr.Newf(timerr.InvalidParameters, "%s was not sent", what)
	}
	return c, wire.MessageRef{ConvType: kind, ConvID: given.ConvID, Pos: k.place.Pos}, cmp.Or(k.MsgID, given.MsgID), err
}

// SetExtensions writes extensions of a message.
func (c *Client) SetExtensions(message, list string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		var given []extension
		err := decode(list, &given)
		if err == nil && len(given) == 0 {
			err = timerr.Newf(timerr.InvalidParameters, "json_extension_array is empty")
		}
		if err == nil {
			err = m.writeExtensions(wire.CmdSetExtensions, message, given, done)
		}
		if err != nil {
			done(err, "")
		}
	})
}

// DeleteExtensions deletes extensions of a message: all when none is named.
func (c *Client) DeleteExtensions(message, keys string, done Done) {
	c.chat(done, true, func(m *messenger, done Done) {
		given, err := keysIn(keys)
		if err == nil {
			err = m.writeExtensions(wire.CmdDeleteExtensions, message, given, done)
		}
		if err != nil {
			done(err, "")
		}
	})
}

// keysIn reads keys, which wrappers give as texts or as objects with a key.
func keysIn(text string) ([]extension, error) {
	var list []json.RawMessage
	if err := decode(text, &list); err != nil {
		return nil, err
	}
	keys := make([]extension, len(list))
	for i, one := range list {
		if json.Unmarshal(one, &keys[i].Key) != nil && (json.Unmarshal(one, &keys[i]) != nil || keys[i].Key == "") {
			return nil, timerr.Newf(timerr.InvalidParameters, "json_extension_key_array[%d] is no key", i)
		}
	}
	return keys, nil
}

func (m *messenger) writeExtensions(cmd, message string, given []extension, done Done) error {
	c, ref, _, err := m.pointed(json.RawMessage(message), "json_msg")
	if err != nil {
		return err
	}
	known := m.extensions(c, ref.Pos)
	body := wire.ExtensionsWrite{ConvType: ref.ConvType, ConvID: ref.ConvID, Pos: ref.Pos}
	for _, one := range given {
		body.Extensions = append(body.Extensions, wire.Extension{Key: one.Key, Value: one.Value, Seq: known.seq(one.Key)})
	}
	var r *request
	r = askFor(m, cmd, body, true, func(results []wire.ExtensionResult, err error) {
		if err != nil {
			done(err, "")
			return
		}
		m.update(func() error {
			return m.learn(c, ref.Pos, func(known *extensionCopy) {
				for _, one := range results {
					known.take(one.Item)
				}
			})
		})
		list := []extensionResult{}
		for _, one := range results {
			if one.Code == timerr.SvrMsgExtensionNotExist && r.resent {
				one.Code, one.Info = timerr.Succ, "" // it was deleted the first time
			}
			list = append(list, extensionResult{one.Code, one.Info, extension{one.Item.Key, one.Item.Value}})
		}
		done(nil, textOf(list))
	})
	return nil
}

// Extensions reads the extensions of a message. Without a link, those that the device has, if
// it once had all.
func (c *Client) Extensions(message string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		conversation, ref, _, err := m.pointed(json.RawMessage(message), "json_msg")
		if err != nil {
			done(err, "")
			return
		}
		if known := m.extensions(conversation, ref.Pos); !m.online && known.Whole {
			done(nil, textOf(known.list()))
			return
		}
		askFor(m, wire.CmdGetExtensions, ref, true, func(list wire.ExtensionsList, err error) {
			if err != nil {
				done(err, "")
				return
			}
			var there []extension
			m.update(func() error {
				return m.learn(conversation, ref.Pos, func(known *extensionCopy) {
					known.takeAll(list)
					there = known.list()
				})
			})
			done(nil, textOf(there))
		})
	})
}
