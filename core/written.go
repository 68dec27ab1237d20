package core

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonObject writes one JSON object field by field, as encoding/json would write it. What a game
// gets most, messages and conversations, is written so: a list of ten thousand conversations
// has more than twenty megabytes, in which reflection and the looking through of what is JSON
// already cost several times as much.
type jsonObject struct{ text []byte }

// begin begins an object behind text.
func begin(text []byte) jsonObject { return jsonObject{append(text, '{')} }

// end returns text with the object behind it.
func (o *jsonObject) end() []byte { return append(o.text, '}') }

func (o *jsonObject) key(key string) {
	if o.text[len(o.text)-1] != '{' {
		o.text = append(o.text, ',')
	}
	o.text = append(o.text, '"')
	o.text = append(o.text, key...)
	o.text = append(o.text, '"', ':')
}

func (o *jsonObject) string(key, value string) {
	o.key(key)
	o.text = appendString(o.text, value)
}

func (o *jsonObject) bool(key string, value bool) {
	o.key(key)
	o.text = strconv.AppendBool(o.text, value)
}

func (o *jsonObject) int(key string, value int64) {
	o.key(key)
	o.text = strconv.AppendInt(o.text, value, 10)
}

func (o *jsonObject) uint(key string, value uint64) {
	o.key(key)
	o.text = strconv.AppendUint(o.text, value, 10)
}

// json writes what is JSON already.
func (o *jsonObject) json(key string, value json.RawMessage) {
	o.key(key)
	o.text = appendJSON(o.text, value)
}

// other writes what few objects have.
func (o *jsonObject) other(key string, value any) {
	o.key(key)
	o.text = append(o.text, textOf(value)...)
}

func appendUint(text []byte, value uint64) []byte { return strconv.AppendUint(text, value, 10) }

func appendJSON(text []byte, value json.RawMessage) []byte {
	if value == nil {
		return append(text, "null"...)
	}
	return append(text, value...)
}

// arrayOf writes values, each by itself.
func arrayOf[T any](o *jsonObject, key string, values []T, one func(text []byte, value T) []byte) {
	o.key(key)
	if values == nil {
		o.text = append(o.text, "null"...)
		return
	}
	o.text = append(o.text, '[')
	for i, v := range values {
		if i > 0 {
			o.text = append(o.text, ',')
		}
		o.text = one(o.text, v)
	}
	o.text = append(o.text, ']')
}

// appendString writes a string. Most have nothing that must be escaped, nor what is no UTF-8.
func appendString(text []byte, value string) []byte {
	if !plain(value) {
		return append(text, textOf(value)...)
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

// listText is a list as JSON, of which one writes each item.
func listText[T any](list []T, one func(text []byte, item T) []byte) string {
	var text strings.Builder
	var item []byte
	text.WriteByte('[')
	for i, v := range list {
		if item = one(item[:0], v); i == 0 { // the others are about as long
			text.Grow(len(list)*(len(item)+len(item)/8) + 2)
		} else {
			text.WriteByte(',')
		}
		text.Write(item)
	}
	text.WriteByte(']')
	return text.String()
}

// messagesText is messages as the game gets them.
func messagesText(list []message) string {
	return listText(list, func(text []byte, m message) []byte { return m.appendTo(text) })
}

// conversationsText is conversations as the game gets them.
func (m *messenger) conversationsText(list []*conversation) string {
	return listText(list, func(text []byte, c *conversation) []byte {
		info := m.info(c)
		return info.appendTo(text)
	})
}
