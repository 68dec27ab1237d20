package jsontext

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func textOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func FuzzAString(f *testing.F) {
	for _, s := range []string{"", "plain", `"`, `\`, "<b>", "a&b", "\x00", "\x7f", "\n", "公会", "😀", "\u2028", "\u2029", "\xff", "\xe5\x85", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		assert.Equal(t, textOf(t, s), string(AppendString(nil, s)))
	})
}

func FuzzTidy(f *testing.F) {
	for _, s := range []string{`null`, `{"a":1}`, ` {"a" : [ 1,2 ]}`, `"a b"`, `"a\" b"`, `["a\\", "b"]`, `"<b>"`, `"a&b"`,
		"\"\u2028\"", "\"\u2029\"", "\"\u2027\"", "\"\xe2\x80\"", "\"\xff\"", `"\u003c"`, "1\n", `{"公会":"…"}`, `""`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			return
		}
		assert.Equal(t, "x"+textOf(t, json.RawMessage(text)), string(AppendTidy([]byte("x"), text)))
	})
}

func TestNoJSONIsNull(t *testing.T) {
	assert.Equal(t, "null", string(AppendTidy(nil, nil)))
	assert.Equal(t, "null", string(AppendJSON(nil, nil)))
}

func TestObjects(t *testing.T) {
	type whole struct {
		A string   `json:"a"`
		B bool     `json:"b"`
		C int64    `json:"c"`
		D uint64   `json:"d"`
		E string   `json:"e,omitempty"`
		F bool     `json:"f,omitempty"`
		G int64    `json:"g,omitempty"`
		H uint64   `json:"h,omitempty"`
		I []uint64 `json:"i"`
		J any      `json:"j"`
	}
	for name, v := range map[string]whole{
		"empty": {},
		"full":  {"a<", true, -1, 1 << 63, "e", true, -2, 3, []uint64{1, 2}, "x"},
		"none":  {I: []uint64{}},
	} {
		o := Begin(nil)
		o.String("a", v.A)
		o.Bool("b", v.B)
		o.Int("c", v.C)
		o.Uint("d", v.D)
		o.OptString("e", v.E)
		o.OptBool("f", v.F)
		o.OptInt("g", v.G)
		o.OptUint("h", v.H)
		Array(&o, "i", v.I, AppendUint)
		o.Other("j", v.J)
		assert.Equal(t, textOf(t, v), string(o.End()), name)
	}
}
