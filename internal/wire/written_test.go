package wire

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fill gives every field of v a value of its own that is not the zero one.
func fill(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint64, reflect.Uint:
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

// sameAsJSON requires that v is written as encoding/json does.
func sameAsJSON(t *testing.T, v appender) {
	t.Helper()
	want, err := json.Marshal(v)
	require.NoError(t, err)
	assert.Equal(t, "before"+string(want), string(v.AppendTo([]byte("before"))))
	encoded, err := Encode(v)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(encoded))
}

func TestWhatIsWrittenHasEveryField(t *testing.T) {
	for _, v := range []appender{Message{}, Sent{}, Frame{}, SenderProfile{}, Message{Elements: []json.RawMessage{}},
		Message{Elements: []json.RawMessage{nil, json.RawMessage(` {"a" : "<" }`)}, OfflinePushConfig: json.RawMessage(`{"a": 1}`)},
		filled[Message](t), filled[Sent](t), filled[Frame](t), filled[SenderProfile](t),
		Welcome{}, Session{}, Pong{}, Kicked{}, Closing{}, MessagesPage{}, filled[MessagesPage](t),
		filled[Welcome](t), filled[Session](t), filled[Pong](t), filled[Kicked](t), filled[Closing](t)} {
		sameAsJSON(t, v)
	}
	whole := filled[Message](t)
	text, err := Encode(&whole) // as a pointer, too
	require.NoError(t, err)
	want, err := json.Marshal(whole)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(text))
	other, err := Encode(ConvRef{1, "a"})
	require.NoError(t, err)
	assert.Equal(t, `{"conv_type":1,"conv_id":"a"}`, string(other))
}

func TestEveryFieldOfAMessageIsRead(t *testing.T) {
	whole := filled[Message](t)
	var got Message
	text := whole.AppendTo(nil)
	require.NoError(t, UnmarshalMessage(text, &got))
	assert.Equal(t, whole, got)

	usual := Message{ConvType: 1, ConvID: "bob", MsgID: "ann-1-2", Seq: 3, Rand: 4, ClientTime: 5, Priority: 1, Platform: 2,
		Elements: []json.RawMessage{json.RawMessage(`{"elem_type":0,"text_elem_content":"hi \"bob\""}`)}, Sender: "ann", Status: 2}
	read, ok := ReadMessage(usual.AppendTo(nil))
	assert.True(t, ok, "it is read without encoding/json")
	assert.Equal(t, usual, read)
}

// seeds are texts of messages on which readers of JSON may differ.
var seeds = []string{"", "null", "[]", "{}", "7", `{"pos":7}`, `{"pos":-7}`, `{"pos":1e2}`, `{"pos":"7"}`, `{"pos":null}`,
	`{"pos":18446744073709551615}`, `{"message_seq":18446744073709551616}`, `{"POS":7}`, `{"p\u006fs":7}`, `{"pos":7,"pos":8}`,
	`{"message_elem_array":[{"elem_type":0,"text_elem_content":"é"}, 7 ,[ ]]}`, `{"message_elem_array":null}`, `{"message_elem_array":{}}`,
	`{"message_elem_array":[1,2],"message_elem_array":[3]}`, `{"message_sender_profile":{"user_profile_identifier":"a","new":1}}`,
	`{"message_sender_profile":{"user_profile_identifier":"a"},"message_sender_profile":{"user_profile_nick_name":"b"}}`,
	`{"message_sender_profile":[]}`, `{"message_sender":"a\"b"}`, `{"message_sender":"a\ud800"}`, "{\"message_sender\":\"\xff\"}", `{"imported":true,"imported":false}`,
	`{"imported":1}`, `{"new":{}}`, `{"message_server_time":1} x`, `{"message_server_time":01}`, "\v{}", "{\"pos\":7,}",
	`{"message_elem_array":["<a>", "b&c" ]}`, `{"message_offline_push_config":{"a" : 1}}`, `{"message_elem_array":["` + "\u2028" + `"]}`,
	`{"message_conv_id":"bob","message_msg_id":"ann-1","message_cloud_custom_str":"公会"}`}

func FuzzAMessage(f *testing.F) {
	for _, text := range seeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var want, got Message
		failure := json.Unmarshal(body, &want)
		require.Equal(t, failure, UnmarshalMessage(body, &got))
		assert.Equal(t, want, got)
		if failure == nil {
			sameAsJSON(t, want)
		}
	})
}

func FuzzARequest(f *testing.F) {
	for _, text := range append(seeds, `{"id":1,"cmd":"a","body":{"a":[1, 2]}}`, `{"id":1,"cmd":"a","body":null}`, `{"id":null,"cmd":"a"}`,
		`{"id":1,"id":2,"body":1,"body":[]}`, `{"ID":1,"cmd":"a\n"}`, ` {"id":1} `, `{"id":1}{}`, `{"id":-1}`, `{"id":1,"cmd":null}`) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, ok := ReadRequest(text)
		if !ok {
			return
		}
		var want Request
		require.NoError(t, json.Unmarshal(text, &want))
		assert.Equal(t, want, got)
	})
}

// A text that is a million levels deep takes no stack for each.
func TestADeepTextIsLeftToEncodingJSON(t *testing.T) {
	deep := append([]byte(`{"message_elem_array":`), make([]byte, 1<<20)...)
	for i := len(deep) - 1<<20; i < len(deep); i++ {
		deep[i] = '['
	}
	_, ok := ReadMessage(deep)
	assert.False(t, ok)
	var m Message
	assert.ErrorContains(t, UnmarshalMessage(deep, &m), "exceeded max depth")
}
