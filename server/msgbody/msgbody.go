// Package msgbody translates a message's elements between the C API's notation and that of
// REST calls and webhooks, which call them MsgBody.
package msgbody

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/banter-im/banter/internal/element"
	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// Item is an element as REST has it.
type Item struct {
	MsgType    string
	MsgContent map[string]json.RawMessage
}

// Parse reads a MsgBody. An error has the service's code for what is wrong, and names the field.
func Parse(body json.RawMessage) ([]json.RawMessage, error) {
	elements, err := parse("MsgBody", body)
	if err != nil {
		return nil, err
	}
	if _, err := element.Check(elements); err != nil {
		return nil, timerr.Newf(timerr.SvrMsgInvalidJSONFormat, "%s", restNames.Replace(timerr.DescOf(err)))
	}
	return elements, nil
}

func parse(name string, body json.RawMessage) ([]json.RawMessage, error) {
	var items []map[string]json.RawMessage
	if err := json.Unmarshal(body, &items); err != nil || items == nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Value == "object" || items == nil {
			return nil, timerr.Newf(timerr.SvrMsgBodyNotArray, "%s is no array", name)
		}
		return nil, timerr.Newf(timerr.SvrMsgInvalidJSONBodyFormat, "%s is no array of objects", name)
	}
	elements := make([]json.RawMessage, len(items))
	for i, item := range items {
		var err error
		if elements[i], err = parseItem(fmt.Sprintf("%s[%d]", name, i), item); err != nil {
			return nil, err
		}
	}
	return elements, nil
}

func parseItem(here string, item map[string]json.RawMessage) (json.RawMessage, error) {
	var kind string
	if json.Unmarshal(item["MsgType"], &kind) != nil {
		return nil, timerr.Newf(timerr.SvrMsgInvalidJSONBodyFormat, "%s.MsgType is missing or no string", here)
	}
	var content map[string]json.RawMessage
	if json.Unmarshal(item["MsgContent"], &content) != nil || content == nil {
		return nil, timerr.Newf(timerr.SvrMsgInvalidJSONBodyFormat, "%s.MsgContent is missing or no object", here)
	}
	for _, k := range kinds {
		if k.name != kind {
			continue
		}
		out := map[string]json.RawMessage{"elem_type": json.RawMessage(strconv.Itoa(int(k.elem)))}
		for rest, key := range k.keys {
			if value := content[rest]; len(value) > 0 && string(value) != "null" {
				out[key] = value
			}
		}
		if err := k.parseMore(here+".MsgContent", content, out); err != nil {
			return nil, err
		}
		return json.Marshal(out)
	}
	return nil, timerr.Newf(timerr.SvrMsgInvalidJSONBodyFormat, "%s.MsgType %.40q is unknown", here, kind)
}

// Format writes elements, which are good ones, as a MsgBody.
func Format(elements []json.RawMessage) ([]Item, error) {
	items := make([]Item, len(elements))
	for i, one := range elements {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(one, &fields); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		elem, err := strconv.Atoi(string(fields["elem_type"]))
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
		if items[i], err = formatElement(tim.ElemType(elem), fields); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return items, nil
}

func formatElement(elem tim.ElemType, fields map[string]json.RawMessage) (Item, error) {
	for _, k := range kinds {
		if k.elem != elem {
			continue
		}
		item := Item{MsgType: k.name, MsgContent: map[string]json.RawMessage{}}
		for rest, value := range k.always {
			item.MsgContent[rest] = json.RawMessage(value)
		}
		for rest, key := range k.keys {
			if value := fields[key]; len(value) > 0 {
				item.MsgContent[rest] = value
			}
		}
		return item, k.formatMore(fields, item.MsgContent)
	}
	return Item{}, fmt.Errorf("its kind %d has no name", elem)
}
