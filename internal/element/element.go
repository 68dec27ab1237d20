// Package element checks the elements of a message, which strangers write: before a client
// sends them, and before the server keeps them.
package element

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// The most of a message.
const (
	MaxElements = 300
	MaxMerged   = 300 // messages in a merger
	MaxLayers   = 100 // of mergers in mergers
)

// Check returns how many bytes the strings of elements have together, or a 6017 that names
// the field that is wrong. Keys that are not known are left alone, for a newer client's sake;
// their strings count.
func Check(elements []json.RawMessage) (size int, err error) {
	return check("message_elem_array", elements, 1)
}

func check(name string, elements []json.RawMessage, layer int) (size int, err error) {
	switch {
	case len(elements) == 0:
		return 0, wrong("%s is empty", name)
	case len(elements) > MaxElements:
		return 0, wrong("%s has %d elements, at most %d are allowed", name, len(elements), MaxElements)
	case layer > MaxLayers:
		return 0, wrong("%s stands in more than %d mergers", name, MaxLayers)
	}
	customs := 0
	for i, element := range elements {
		here := fmt.Sprintf("%s[%d]", name, i)
		kind, n, err := checkOne(here, element, layer)
		if err != nil {
			return 0, err
		}
		size += n
		if kind == tim.ElemTypeCustom {
			customs++
		}
	}
	if customs > 1 {
		return 0, wrong("%s has %d custom elements, at most 1 is allowed", name, customs)
	}
	return size, nil
}

func checkOne(here string, element json.RawMessage, layer int) (tim.ElemType, int, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(element, &fields); err != nil || fields == nil {
		return 0, 0, wrong("%s is no object", here)
	}
	kind, err := strconv.Atoi(string(fields["elem_type"]))
	if err != nil {
		return 0, 0, wrong("%s.elem_type is missing or no integer", here)
	}
	rules, sendable := kinds[tim.ElemType(kind)]
	if !sendable {
		return 0, 0, wrong("%s.elem_type is %d, which cannot be sent", here, kind)
	}
	for _, key := range rules.required {
		if isNull(fields[key]) {
			return 0, 0, wrong("%s.%s is missing", here, key)
		}
	}
	size := 0
	for key, value := range fields {
		if form, known := rules.keys[key]; known && !isNull(value) && !form.fits(value) {
			return 0, 0, wrong("%s.%s is no %s", here, key, form)
		}
		n, err := stringBytes(value)
		if err != nil {
			return 0, 0, wrong("%s.%s is not valid", here, key)
		}
		size += n
	}
	if merged := fields["merge_elem_message_array"]; !isNull(merged) {
		err = checkMerged(here+".merge_elem_message_array", merged, layer)
	}
	return tim.ElemType(kind), size, err
}

// checkMerged checks the messages in a merger, whose strings were counted with it.
func checkMerged(here string, merged json.RawMessage, layer int) error {
	var messages []struct {
		Elements []json.RawMessage `json:"message_elem_array"`
	}
	if err := json.Unmarshal(merged, &messages); err != nil {
		return wrong("%s is no array of messages", here)
	}
	if len(messages) > MaxMerged {
		return wrong("%s has %d messages, at most %d are allowed", here, len(messages), MaxMerged)
	}
	for i, m := range messages {
		if _, err := check(fmt.Sprintf("%s[%d].message_elem_array", here, i), m.Elements, layer+1); err != nil {
			return err
		}
	}
	return nil
}

// stringBytes returns how many bytes all strings in a value have, keys aside.
func stringBytes(value json.RawMessage) (size int, err error) {
	if len(value) > 1 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 {
		return len(value) - 2, nil
	}
	var any any
	if err := json.Unmarshal(value, &any); err != nil {
		return 0, err
	}
	return sizeOf(any), nil
}

func sizeOf(value any) (size int) {
	switch value := value.(type) {
	case string:
		return len(value)
	case []any:
		for _, one := range value {
			size += sizeOf(one)
		}
	case map[string]any:
		for _, one := range value {
			size += sizeOf(one)
		}
	}
	return size
}

func isNull(value json.RawMessage) bool { return len(value) == 0 || string(value) == "null" }

func wrong(format string, args ...any) error {
	return timerr.Newf(timerr.InvalidParameters, format, args...)
}
