package element

import (
	"encoding/json"
	"fmt"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// Merged is what stands in the messages of a merger.
type Merged struct {
	Layers int            // of mergers, its own included
	Keys   map[string]int // of mergers that are kept elsewhere, with the deepest layer of each
}

// CheckMerged checks the messages of a merger that stands for itself.
func CheckMerged(messages []json.RawMessage) (Merged, error) {
	found := &Merged{Keys: map[string]int{}}
	merged, err := json.Marshal(messages)
	if err != nil {
		return Merged{}, wrong("%s is not valid", mergedKey)
	}
	err = found.check(mergedKey, merged, 1)
	return *found, err
}

const (
	mergedKey = "merge_elem_message_array"
	jsonKey   = "merge_elem_relay_json_key"
	pbKey     = "merge_elem_relay_pb_key"
)

// checkMerger checks a merger's element, whose strings were counted, in that layer of mergers.
func (found *Merged) checkMerger(here string, fields map[string]json.RawMessage, layer int) error {
	if string(fields["merge_elem_compatible_text"]) == `""` {
		return wrong("%s.merge_elem_compatible_text is empty", here)
	}
	key := KeyOf(fields)
	merged := fields[mergedKey]
	has := !isNull(merged) && string(merged) != "[]"
	switch {
	case !has && key == "":
		return wrong("%s.%s is missing", here, mergedKey)
	case has && key != "":
		return wrong("%s has both %s and a key", here, mergedKey)
	case has:
		return found.check(here+"."+mergedKey, merged, layer)
	}
	found.Layers = max(found.Layers, layer)
	if found.Keys != nil {
		found.Keys[key] = max(found.Keys[key], layer)
	}
	return nil
}

// KeyOf returns the key under which the messages of a merger's element are kept, "" for none.
func KeyOf(fields map[string]json.RawMessage) (key string) {
	for _, name := range []string{jsonKey, pbKey} {
		if json.Unmarshal(fields[name], &key) == nil && key != "" {
			return key
		}
	}
	return ""
}

// check checks the messages in a merger of that layer.
func (found *Merged) check(here string, merged json.RawMessage, layer int) error {
	if found.Layers = max(found.Layers, layer); layer > MaxLayers {
		return timerr.Newf(timerr.MergerMsgLayersOverLimit, "%s stands in more than %d mergers", here, MaxLayers)
	}
	var messages []struct {
		Elements []json.RawMessage `json:"message_elem_array"`
		Status   tim.MsgStatus     `json:"message_status"`
	}
	if err := json.Unmarshal(merged, &messages); err != nil {
		return wrong("%s is no array of messages", here)
	}
	if len(messages) == 0 || len(messages) > MaxMerged {
		return wrong("%s has %d messages, not 1 to %d", here, len(messages), MaxMerged)
	}
	for i, m := range messages {
		here := fmt.Sprintf("%s[%d]", here, i)
		if m.Status != 0 && m.Status != tim.MsgStatusSendSucc {
			return wrong("%s.message_status is %d: only what was sent can be merged", here, m.Status)
		}
		if _, err := found.elements(here+".message_elem_array", m.Elements, layer+1); err != nil {
			return err
		}
	}
	return nil
}
