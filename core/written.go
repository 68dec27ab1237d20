package core

import "strings"

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
