package core

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// fill gives every field of v a value of its own that is not the zero one.
func fill(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.String:
		v.SetString("text " + string(rune('a'+*n%26)))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"raw":[1,"é"]}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(t, v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), n)
		}
	default:
		require.Fail(t, "a kind of field that is new here", v.Type().String())
	}
}

func filled[T any](t *testing.T) (v T) {
	t.Helper()
	fill(t, reflect.ValueOf(&v).Elem(), new(int))
	return v
}

func TestWhatTheGameGetsIsWrittenAsItsTypesSay(t *testing.T) {
	for name, m := range map[string]message{"all fields": filled[message](t), "no field": {}} {
		assert.Equal(t, "["+textOf(m)+","+textOf(m)+"]", messagesText([]message{m, m}), name)
	}
	for name, v := range map[string]convInfo{"all fields": filled[convInfo](t), "no field": {}} {
		assert.Equal(t, textOf(v), string(v.appendTo(nil)), name)
	}
	assert.Equal(t, "[]", messagesText(nil))
}

func TestEveryFieldOfAStoredMessageIsRead(t *testing.T) {
	whole := filled[stored](t)
	got, err := readStored([]byte(textOf(whole)))
	require.NoError(t, err)
	assert.Equal(t, whole, got)

	whole.local, whole.OnlineOnly, whole.NoModeration, whole.SkipBeforeHook, whole.SkipAfterHook = local{}, false, false, false, false
	whole.OfflinePushConfig, whole.RevokerUserID, whole.RevokeReason = nil, "", ""
	read, quick := wire.ReadMessage([]byte(textOf(whole)))
	assert.True(t, quick, "it is read without encoding/json")
	assert.Equal(t, whole.Message, read)
}

func FuzzAStoredMessage(f *testing.F) {
	for _, text := range []string{"", "null", "[]", "{}", "7", `{"pos":7}`, `{"pos":-7}`, `{"pos":1e2}`, `{"pos":"7"}`, `{"pos":null}`,
		`{"pos":18446744073709551615}`, `{"message_seq":18446744073709551616}`, `{"POS":7}`, `{"p\u006fs":7}`, `{"pos":7,"pos":8}`,
		`{"message_elem_array":[{"elem_type":0,"text_elem_content":"é"}, 7 ,[ ]]}`, `{"message_elem_array":null}`, `{"message_elem_array":{}}`,
		`{"message_elem_array":[1,2],"message_elem_array":[3]}`, `{"message_sender_profile":{"user_profile_identifier":"a","new":1}}`,
		`{"message_sender_profile":{"user_profile_identifier":"a"},"message_sender_profile":{"user_profile_nick_name":"b"}}`,
		`{"message_sender_profile":[]}`, `{"message_sender":"a\"b"}`, `{"message_sender":"a\ud800"}`, "{\"message_sender\":\"\xff\"}", `{"imported":true,"imported":false}`,
		`{"imported":1}`, `{"new":{}}`, `{"files":[{"element":1}]}`, `{"message_server_time":1} x`, `{"message_server_time":01}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var want stored
		failure := json.Unmarshal(body, &want)
		got, err := readStored(body)
		require.Equal(t, failure, err)
		assert.Equal(t, want, got)
	})
}
