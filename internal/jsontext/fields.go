package jsontext

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// maxDepth bounds how deep a text may be, by what it has of brackets: gjson.Valid calls itself
// for each level.
const maxDepth = 1000

// Fields returns the fields of a text that is one JSON object. If it is none, or has very many
// brackets, ok is false: encoding/json says which, and bounds the levels itself.
func Fields(text []byte) (fields gjson.Result, ok bool) {
	if bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > maxDepth || !gjson.ValidBytes(text) {
		return fields, false
	}
	fields = gjson.ParseBytes(text)
	return fields, fields.IsObject()
}

// StringOf returns a string that stands in JSON as it is: without escapes, and as UTF-8.
func StringOf(value gjson.Result) (s string, ok bool) {
	return value.Str, value.Type == gjson.String && strings.IndexByte(value.Raw, '\\') < 0 && utf8.ValidString(value.Str)
}
