package element

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func FuzzFields(f *testing.F) {
	for _, text := range []string{"", "null", "[]", "{}", "7", `{"a":1}`, `{"a":1,"a":"b"}`, `{"a\u0062":1,"b":2}`, `{"a":[1, {"b":2}] }`,
		`{"":null}`, "{\"\xff\":1}", `{"a":"\ud800"}`, "\v{}", `{"a":1}x`, `{"a":01}`, "{\"a\":\"\x01\"}"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want map[string]json.RawMessage
		failure := json.Unmarshal(text, &want)
		got, err := fieldsOf(text)
		require.Equal(t, failure, err)
		assert.Equal(t, want, got)
	})
}
