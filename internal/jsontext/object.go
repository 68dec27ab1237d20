// Package jsontext writes JSON as encoding/json would, but field by field and without
// reflection, for what there is most of: messages and lists of conversations.
package jsontext

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Object writes one JSON object. A list of ten thousand conversations has more than twenty
// megabytes, in which reflection and the looking through of what is JSON already cost several
// times as much.
type Object struct{ Text []byte }

// Begin begins an object behind text.
func Begin(text []byte) Object { return Object{append(text, '{')} }

// End returns the text with the object behind it.
func (o *Object) End() []byte { return append(o.Text, '}') }

// Key begins a field, whose value the caller appends to Text. Keys have nothing to escape.
func (o *Object) Key(key string) {
	if o.Text[len(o.Text)-1] != '{' {
		o.Text = append(o.Text, ',')
	}
	o.Text = append(o.Text, '"')
	o.Text = append(o.Text, key...)
	o.Text = append(o.Text, '"', ':')
}

func (o *Object) String(key, value string) {
	o.Key(key)
	o.Text = AppendString(o.Text, value)
}

func (o *Object) Bool(key string, value bool) {
	o.Key(key)
	o.Text = strconv.AppendBool(o.Text, value)
}

func (o *Object) Int(key string, value int64) {
	o.Key(key)
	o.Text = strconv.AppendInt(o.Text, value, 10)
}

func (o *Object) Uint(key string, value uint64) {
	o.Key(key)
	o.Text = strconv.AppendUint(o.Text, value, 10)
}

// JSON writes what is JSON already, as it is.
func (o *Object) JSON(key string, value json.RawMessage) {
	o.Key(key)
	o.Text = AppendJSON(o.Text, value)
}

// Other writes what few objects have.
func (o *Object) Other(key string, value any) {
	o.Key(key)
	o.Text = appendOther(o.Text, value)
}

// OptString writes a field with omitempty, as the next ones do.
func (o *Object) OptString(key, value string) {
	if value != "" {
		o.String(key, value)
	}
}

func (o *Object) OptBool(key string, value bool) {
	if value {
		o.Bool(key, value)
	}
}

func (o *Object) OptInt(key string, value int64) {
	if value != 0 {
		o.Int(key, value)
	}
}

func (o *Object) OptUint(key string, value uint64) {
	if value != 0 {
		o.Uint(key, value)
	}
}

// Array writes values, each by itself.
func Array[T any](o *Object, key string, values []T, one func(text []byte, value T) []byte) {
	o.Key(key)
	if values == nil {
		o.Text = append(o.Text, "null"...)
		return
	}
	o.Text = append(o.Text, '[')
	for i, v := range values {
		if i > 0 {
			o.Text = append(o.Text, ',')
		}
		o.Text = one(o.Text, v)
	}
	o.Text = append(o.Text, ']')
}

func AppendUint(text []byte, value uint64) []byte { return strconv.AppendUint(text, value, 10) }

// AppendJSON writes what is JSON already, as it is.
func AppendJSON(text []byte, value json.RawMessage) []byte {
	if value == nil {
		return append(text, "null"...)
	}
	return append(text, value...)
}

// AppendTidy writes what is JSON already, without the spaces that others have put there, and
// safe in a web page, as encoding/json writes it.
func AppendTidy(text []byte, value json.RawMessage) []byte {
	if len(value) > 0 && !tidy(value) {
		return appendOther(text, value)
	}
	return AppendJSON(text, value)
}

// tidy says whether encoding/json writes valid JSON as it is.
func tidy(value []byte) bool {
	quoted := false
	for i := 0; i < len(value); i++ {
		switch b := value[i]; {
		case b == '"':
			quoted = !quoted
		case b == '\\':
			i++ // what is escaped may be a quote
		case b == '<' || b == '>' || b == '&' || b <= ' ' && !quoted:
			return false
		case b == 0xe2 && i+2 < len(value) && value[i+1] == 0x80 && value[i+2]&^1 == 0xa8: // U+2028, U+2029
			return false
		}
	}
	return true
}

// AppendString writes a string. Most have nothing that must be escaped, nor what is no UTF-8.
func AppendString(text []byte, value string) []byte {
	if !plain(value) {
		return appendOther(text, value)
	}
	text = append(text, '"')
	text = append(text, value...)
	return append(text, '"')
}

// plain says whether a string stands in JSON as it is.
func plain(value string) bool {
	for i := 0; i < len(value); {
		if b := value[i]; b < utf8.RuneSelf {
			if b < ' ' || b == '"' || b == '\\' || b == '<' || b == '>' || b == '&' {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(value[i:])
		if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return false
		}
		i += size
	}
	return true
}

// appendOther writes what always marshals.
func appendOther(text []byte, value any) []byte {
	other, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return append(text, other...)
}
