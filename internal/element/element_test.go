package element

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

func list(t testing.TB, text string) []json.RawMessage {
	t.Helper()
	var elements []json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &elements))
	return elements
}

const hello = `{"elem_type":0,"text_elem_content":"hello"}`

func TestWhatCanBeSentHasASize(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		size int
	}{
		"a text":                            {`[` + hello + `]`, 5},
		"two texts":                         {`[` + hello + `,` + hello + `]`, 10},
		"an escaped text, as it is decoded": {`[{"elem_type":0,"text_elem_content":"\u4e16\n"}]`, 4},
		"a text of no words":                {`[{"elem_type":0,"text_elem_content":""}]`, 0},
		"a custom element":                  {`[{"elem_type":3,"custom_elem_data":"{}","custom_elem_desc":null}]`, 2},
		"a place":                           {`[{"elem_type":7,"location_elem_desc":"here","location_elem_longitude":13.4,"location_elem_latitude":-1e1}]`, 4},
		"a face":                            {`[{"elem_type":6,"face_elem_index":-2}]`, 0},
		"an image with a number of 64 bits": {`[{"elem_type":1,"image_elem_orig_pic_size":18446744073709551615}]`, 0},
		"a key of a newer client":           {`[{"elem_type":0,"text_elem_content":"a","text_elem_style":{"of":["b","c"]}}]`, 3},
		"a merger": {`[{"elem_type":12,"merge_elem_title":"t","merge_elem_compatible_text":"c","merge_elem_abstract_array":["a"],
			"merge_elem_message_array":[{"message_elem_array":[` + hello + `]}]}]`, 8},
	} {
		size, err := Check(list(t, tt.text))
		assert.NoError(t, err, name)
		assert.Equal(t, tt.size, size, name)
	}
}

func TestABadElementIsRefusedByItsField(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"nothing":             {`[]`, "message_elem_array is empty"},
		"no object":           {`[` + hello + `,7]`, "message_elem_array[1] is no object"},
		"null":                {`[null]`, "message_elem_array[0] is no object"},
		"no kind":             {`[{}]`, "message_elem_array[0].elem_type is missing or no integer"},
		"a kind in quotes":    {`[{"elem_type":"0"}]`, "elem_type is missing or no integer"},
		"a server's kind":     {`[{"elem_type":5}]`, "elem_type is 5, which cannot be sent"},
		"a text without text": {`[{"elem_type":0}]`, "message_elem_array[0].text_elem_content is missing"},
		"a text of numbers":   {`[{"elem_type":0,"text_elem_content":7}]`, "text_elem_content is no string"},
		"a broken size":       {`[{"elem_type":4,"file_elem_file_size":1.5}]`, "file_elem_file_size is no integer"},
		"an abstract of null": {`[{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"","merge_elem_abstract_array":[null]}]`,
			"merge_elem_abstract_array is no array of strings"},
		"two custom elements": {`[{"elem_type":3},{"elem_type":3}]`, "has 2 custom elements"},
		"a bad one in a merger": {`[{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"c","merge_elem_message_array":[{"message_elem_array":[{}]}]}]`,
			"message_elem_array[0].merge_elem_message_array[0].message_elem_array[0].elem_type is missing"},
		"a merger without a text for old clients": {`[{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"","merge_elem_relay_json_key":"k"}]`,
			"merge_elem_compatible_text is empty"},
		"a merger of nothing": {`[{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"c","merge_elem_message_array":[],"merge_elem_relay_json_key":""}]`,
			"merge_elem_message_array is missing"},
		"a merger that says two things": {`[{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"c","merge_elem_relay_pb_key":"k",
			"merge_elem_message_array":[{"message_elem_array":[` + hello + `]}]}]`, "has both merge_elem_message_array and a key"},
		"a merger of what was not sent": {`[{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"c",
			"merge_elem_message_array":[{"message_status":3,"message_elem_array":[` + hello + `]}]}]`, "merge_elem_message_array[0].message_status is 3"},
		"a merger of a server's message": {`[{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"c",
			"merge_elem_message_array":[{"message_elem_array":[{"elem_type":5}]}]}]`, "elem_type is 5, which cannot be sent"},
		"a merger of too many": {`[{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"c","merge_elem_message_array":[` +
			strings.Repeat(`{"message_elem_array":[`+hello+`]},`, MaxMerged) + `{"message_elem_array":[` + hello + `]}]}]`, "has 301 messages"},
	} {
		_, err := Check(list(t, tt.text))
		assert.ErrorIs(t, err, timerr.New(timerr.InvalidParameters), name)
		assert.Contains(t, timerr.DescOf(err), tt.want, name)
	}
}

func TestMergersHaveALimit(t *testing.T) {
	nested := hello
	in := func(element string) string {
		return `{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"c","merge_elem_message_array":[{"message_elem_array":[` + element + `]}]}`
	}
	for range MaxLayers {
		nested = in(nested)
	}
	_, err := Check(list(t, `[`+nested+`]`))
	assert.NoError(t, err)
	_, err = Check(list(t, `[`+in(nested)+`]`))
	assert.ErrorIs(t, err, timerr.New(timerr.MergerMsgLayersOverLimit))
	assert.ErrorContains(t, err, "stands in more than 100 mergers")
	_, err = Check(list(t, `[`+strings.Repeat(hello+`,`, MaxElements)+hello+`]`))
	assert.ErrorContains(t, err, "has 301 elements")
}

// The keys are the contract's.
func TestTheKeysAreTheContracts(t *testing.T) {
	content, err := os.ReadFile("../../capi/contract/objects.json")
	require.NoError(t, err)
	var objects []struct {
		Extends *string
		Elem    *struct{ Value tim.ElemType } `json:"elem_type"`
		Fields  []struct{ Key, Type string }
	}
	require.NoError(t, json.Unmarshal(content, &objects))
	forms := map[string]form{"string": text, "int": integer, "uint": integer, "double": number, "bool": truth,
		"array<string>": texts, "array<Message>": messages}
	found := 0
	for _, o := range objects {
		if o.Extends == nil || *o.Extends != "ElemType" {
			continue
		}
		rules, sendable := kinds[o.Elem.Value]
		if !sendable {
			continue
		}
		found++
		want := map[string]form{}
		for _, f := range o.Fields {
			want[f.Key] = forms[f.Type]
		}
		assert.Equal(t, want, rules.keys, "%d", o.Elem.Value)
	}
	assert.Equal(t, len(kinds), found)
}

func TestWhatAMergerHoldsOfOthers(t *testing.T) {
	key := func(key string) string {
		return `{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"c","merge_elem_relay_json_key":"` + key + `"}`
	}
	merged, err := CheckMerged(list(t, `[{"message_elem_array":[`+hello+`]},{"message_elem_array":[`+key("a")+`]},
		{"message_elem_array":[{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"c","merge_elem_message_array":[
			{"message_elem_array":[`+key("a")+`]},{"message_elem_array":[`+key("b")+`]}]}]}]`))
	require.NoError(t, err)
	assert.Equal(t, Merged{Layers: 3, Keys: map[string]int{"a": 3, "b": 3}}, merged)
	_, err = CheckMerged(nil)
	assert.ErrorContains(t, err, "merge_elem_message_array")
	_, err = CheckMerged(list(t, `[7]`))
	assert.ErrorContains(t, err, "merge_elem_message_array is no array of messages")
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`[` + hello + `]`, `[{"elem_type":3,"custom_elem_data":"\ud800"}]`, `[{"elem_type":1e0}]`, `[{"elem_type":12}]`, `[{"elem_type":12,"merge_elem_title":"","merge_elem_compatible_text":"c","merge_elem_message_array":[{"message_elem_array":[{"elem_type":12}]}]}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var elements []json.RawMessage
		if json.Unmarshal(text, &elements) != nil {
			return
		}
		size, err := Check(elements)
		if err != nil {
			require.Contains(t, []timerr.Code{timerr.InvalidParameters, timerr.MergerMsgLayersOverLimit}, timerr.CodeOf(err))
			require.Contains(t, timerr.DescOf(err), "message_elem_array")
			return
		}
		require.LessOrEqual(t, size, 3*len(text)) // a broken escape becomes three bytes
	})
}
