// Package element checks the elements of a message, which strangers write: before a client
// sends them, and before the server keeps them.
package element

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/jsontext"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// The most of a message.
const (
	MaxElements = 300
	MaxMerged   = 300 // messages in a merger
	MaxLayers   = 100 // of mergers in mergers
)

// Check returns how many bytes the strings of elements have together, or an error that names
// the field that is wrong: 6017, or 8005 for mergers in too many layers. Keys that are not known are left alone, for a newer client's sake;
// their strings count.
func Check(elements []json.RawMessage) (size int, err error) {
	return new(Merged).elements("message_elem_array", elements, 1)
}

// elements checks the elements of a message that stands in layer-1 mergers.
func (found *Merged) elements(name string, elements []json.RawMessage, layer int) (size int, err error) {
	switch {
	case len(elements) == 0:
		return 0, wrong("%s is empty", name)
	case len(elements) > MaxElements:
		return 0, wrong("%s has %d elements, at most %d are allowed", name, len(elements), MaxElements)
	}
	customs := 0
	for i, element := range elements {
		here := name + "[" + strconv.Itoa(i) + "]"
		kind, n, err := found.one(here, element, layer)
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

func (found *Merged) one(here string, element json.RawMessage, layer int) (tim.ElemType, int, error) {
	fields, err := fieldsOf(element)
	if err != nil || fields == nil {
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
	if tim.ElemType(kind) == tim.ElemTypeMerge {
		err = found.checkMerger(here, fields, layer)
	}
	return tim.ElemType(kind), size, err
}

// fieldsOf is json.Unmarshal, in less time if no key has anything escaped.
func fieldsOf(element json.RawMessage) (fields map[string]json.RawMessage, err error) {
	if object, ok := jsontext.Fields(element); ok {
		fields = map[string]json.RawMessage{}
		object.ForEach(func(key, value gjson.Result) bool {
			var name string
			name, ok = jsontext.StringOf(key)
			fields[name] = json.RawMessage(value.Raw)
			return ok
		})
		if ok {
			return fields, nil
		}
		fields = nil
	}
	err = json.Unmarshal(element, &fields)
	return fields, err
}

// stringBytes returns how many bytes all strings in a value have, keys aside.
func stringBytes(value json.RawMessage) (size int, err error) {
	if len(value) > 1 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 {
		return len(value) - 2, nil
	}
	if isInteger(string(value)) {
		return 0, nil
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
