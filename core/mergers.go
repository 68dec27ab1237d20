package core

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/element"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// The keys of a merger's element.
const (
	mergerKeyKey = "merge_elem_relay_json_key"
	overLimitKey = "merge_elem_layer_over_limit"
)

// mergerFields reads an element, and says whether it is a merger's.
func mergerFields(one json.RawMessage) (fields map[string]json.RawMessage, merger bool) {
	err := json.Unmarshal(one, &fields)
	return fields, err == nil && string(fields["elem_type"]) == fmt.Sprint(int(tim.ElemTypeMerge))
}

// trimMergers takes out of the mergers' messages what is about who merges them and not about
// the messages: a game gives them as it got them, with every key of the C API.
func trimMergers(elements []json.RawMessage) ([]json.RawMessage, error) {
	elements = slices.Clone(elements)
	for i, one := range elements {
		fields, merger := mergerFields(one)
		if !merger || len(fields[mergedKey]) == 0 {
			continue
		}
		var list []message
		if err := decode(string(fields[mergedKey]), &list); err != nil {
			return nil, err
		}
		trimmed := make([]wire.Message, len(list))
		for k, m := range list {
			inner, err := trimMergers(m.Elements)
			if err != nil {
				return nil, err
			}
			trimmed[k] = m.merged(inner)
		}
		fields[mergedKey] = json.RawMessage(textOf(trimmed))
		elements[i] = json.RawMessage(textOf(fields))
	}
	return elements, nil
}

// merged is a message as it stands in a merger.
func (m message) merged(elements []json.RawMessage) wire.Message {
	v := wire.Message{
		ConvType: m.ConvType, ConvID: m.ConvID, MsgID: m.MsgID, Seq: m.Seq, Rand: m.Rand, ClientTime: m.ClientTime,
		Platform: m.Platform, Elements: elements, CloudCustom: m.CloudCustom, Sender: m.Sender, ServerTime: m.ServerTime,
		Status: int(tim.MsgStatusSendSucc),
	}
	if p := m.SenderProfile; p.Nick != "" || p.FaceURL != "" {
		v.SenderProfile = &p
	}
	return v
}

// maxInline is how much JSON the messages of a merger may have that stand in its element.
const maxInline = 12 << 10

// hasMerged says whether there are mergers with messages in them.
func hasMerged(elements []json.RawMessage) bool {
	return slices.ContainsFunc(elements, func(one json.RawMessage) bool { return bytes.Contains(one, []byte(mergedKey)) })
}

// toUpload returns the mergers' messages that are too long to stand in their elements, by
// element, and how many bytes the strings of the others have: at most most, if they can.
func toUpload(elements []json.RawMessage, most int) (lists map[int]json.RawMessage, size int, err error) {
	if size, err = element.Check(elements); err != nil || !hasMerged(elements) {
		return nil, size, err
	}
	lean := slices.Clone(elements)
	lists = map[int]json.RawMessage{}
	for i, one := range elements {
		fields, merger := mergerFields(one)
		list := fields[mergedKey]
		if merger && len(list) > 2 && (size > most || len(list) > maxInline) { // it has some
			lists[i] = list
			lean[i] = withKey(one, strings.Repeat("0", 32))
		}
	}
	size, err = element.Check(lean)
	return lists, size, err
}

// withKey is a merger's element with a key instead of its messages.
func withKey(one json.RawMessage, key string) json.RawMessage {
	fields, _ := mergerFields(one)
	delete(fields, mergedKey)
	fields[mergerKeyKey] = json.RawMessage(textOf(key))
	return json.RawMessage(textOf(fields))
}

// uploadMergers uploads what a message is too long for, one after the other, and then runs then.
func (m *messenger) uploadMergers(f *flight, then func()) {
	lists, _, err := toUpload(f.kept.Elements, maxMessage-len(f.kept.CloudCustom))
	if err != nil || len(lists) == 0 {
		then()
		return
	}
	i := slices.Min(slices.Collect(maps.Keys(lists)))
	body := wire.Merger{}
	if err := json.Unmarshal(lists[i], &body.Messages); err != nil {
		then() // the server refuses it
		return
	}
	f.request = askFor(m, wire.CmdUploadMerger, body, true, func(answer wire.MergerKey, err error) {
		if err != nil {
			m.landed(f, wire.Sent{}, err)
			return
		}
		f.kept.Elements = slices.Clone(f.kept.Elements)
		f.kept.Elements[i] = withKey(f.kept.Elements[i], answer.Key)
		m.update(func() error {
			_, there, err := m.cache.At(f.conversation.Number, f.kept.place)
			if there && f.kept.place.Nth > 0 {
				err = m.cache.PutMessage(f.conversation.Number, f.kept.row())
			}
			m.refreshUnsent(f.conversation)
			return err
		})
		m.uploadMergers(f, then)
	})
}

// DownloadMerger reads the messages of a message's merger: from the message, or from the
// server if they were too long for it.
func (c *Client) DownloadMerger(text string, done Done) {
	c.chat(done, false, func(m *messenger, done Done) {
		given, err := parseMessage(text)
		if err != nil {
			done(err, "")
			return
		}
		if err := m.downloadMerger(given.Elements, done); err != nil {
			done(err, "")
		}
	})
}

func (m *messenger) downloadMerger(elements []json.RawMessage, done Done) error {
	var fields map[string]json.RawMessage
	for i := 0; fields == nil; i++ {
		if i == len(elements) {
			return timerr.Newf(timerr.InvalidParameters, "json_single_msg: message_elem_array has no merger")
		}
		if found, merger := mergerFields(elements[i]); merger {
			fields = found
		}
	}
	if string(fields[overLimitKey]) == "true" {
		return timerr.Newf(timerr.MergerMsgLayersOverLimit, "the merger stands in more than %d others", element.MaxLayers)
	}
	if list := fields[mergedKey]; len(list) > 2 {
		var merged []json.RawMessage
		if err := json.Unmarshal(list, &merged); err != nil {
			return timerr.Newf(timerr.InvalidParameters, "json_single_msg: %s is no array", mergedKey)
		}
		return m.answerMerged(merged, done)
	}
	key := element.KeyOf(fields)
	if key == "" {
		return timerr.Newf(timerr.InvalidParameters, "json_single_msg: the merger has neither %s nor %s", mergedKey, mergerKeyKey)
	}
	askFor(m, wire.CmdDownloadMerger, wire.MergerKey{Key: key}, true, func(answer wire.Merger, err error) {
		if err == nil {
			err = m.answerMerged(answer.Messages, done)
		}
		if err != nil {
			done(err, "")
		}
	})
	return nil
}

// answerMerged answers with messages of a merger, with every key that messages have.
func (m *messenger) answerMerged(merged []json.RawMessage, done Done) error {
	list := make([]message, len(merged))
	for i, one := range merged {
		var v wire.Message
		if err := json.Unmarshal(one, &v); err != nil {
			return timerr.Newf(timerr.InvalidParameters, "%s[%d] is no message", mergedKey, i)
		}
		v.Pos, v.Version = 0, 0 // it has no place in this user's conversations
		k := kept{Message: v, status: cmp.Or(v.Status, int(tim.MsgStatusSendSucc))}
		list[i] = k.forGame(m.user, &conversation{Conversation: cache.Conversation{Type: v.ConvType, ID: v.ConvID}})
		list[i].IsRead = true
	}
	done(nil, messagesText(list))
	return nil
}
