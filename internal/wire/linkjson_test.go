package wire

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/jsontext"
)

// requireRead requires that every field of v is read, and without encoding/json.
func requireRead[T any](t *testing.T, field func(*reader, *T, string, gjson.Result) bool) {
	t.Helper()
	want := filled[T](t)
	text, err := json.Marshal(want)
	require.NoError(t, err)
	var got, quick T
	require.NoError(t, Decode(text, &got))
	assert.Equal(t, want, got)
	fields, ok := jsontext.Fields(text)
	require.True(t, ok)
	var r reader
	fields.ForEach(func(key, value gjson.Result) bool {
		assert.True(t, field(&r, &quick, key.Str, value), key.Str)
		return true
	})
	assert.False(t, r.odd)
	assert.Equal(t, want, quick)
}

func TestEveryFieldOfALoginIsRead(t *testing.T) {
	requireRead(t, helloField)
	requireRead(t, loginField)
	requireRead(t, resumeField)
}

func TestDecodeReadsWhateverElseThereIs(t *testing.T) {
	var m Message
	require.NoError(t, Decode([]byte(`{"pos":7}`), &m))
	assert.Equal(t, Message{Pos: 7}, m)
	var ref ConvRef
	require.NoError(t, Decode([]byte(`{"conv_type":1,"conv_id":"a"}`), &ref))
	assert.Equal(t, ConvRef{1, "a"}, ref)
}

func TestAnAnswerIsAFrame(t *testing.T) {
	for _, body := range []any{filled[Session](t), filled[ConvRef](t), []string{"<a>"}} {
		text, err := Encode(body)
		require.NoError(t, err)
		answer, err := AppendAnswer([]byte("before"), 7, body)
		require.NoError(t, err)
		assert.Equal(t, string(Frame{ID: 7, Body: text}.AppendTo([]byte("before"))), string(answer))
	}
	_, err := AppendAnswer(nil, 7, func() {})
	assert.Error(t, err)
}

func FuzzALogin(f *testing.F) {
	for _, text := range append(seeds,
		`{"protocol":1,"sdk_app_id":1400000001,"sdk_version":"1","platform":"linux","instance_id":"i","login_wanted":true}`,
		`{"protocol":1.0}`, `{"protocol":null,"login_wanted":0}`, `{"sdk_app_id":-1}`, `{"instance_id":"a\nb","new":1}`, `{"Protocol":1}`,
		`{"user_id":"ann","user_sig":"x","run":"r","attempt":1}`, `{"user_id":"ann","user_id":7}`, `{"user_id":"a","user_id":"b"}`,
		`{"user_id":"é","user_sig":"\u00e9","session_id":"s","session_number":7,"run":"r","attempt":9223372036854775808}`) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		decodesAsJSON[Hello](t, body)
		decodesAsJSON[Login](t, body)
		decodesAsJSON[Resume](t, body)
	})
}

func decodesAsJSON[T any](t *testing.T, body []byte) {
	t.Helper()
	var want, got T
	require.Equal(t, json.Unmarshal(body, &want), Decode(body, &got))
	assert.Equal(t, want, got)
}
