package core

import "strings"

// listText is a list as JSON, of which one writes each item.
func listText[T any](list []T, one func(text []byte, item T) []byte) string {
	var text strings.Builder
	text.WriteByte('[')
	writeList(&text, list, len(list), one)
	text.WriteByte(']')
	return text.String()
}

// writeList writes the items of a list, with commas between them, and makes room for so many.
func writeList[T any](text *strings.Builder, list []T, room int, one func(text []byte, item T) []byte) {
	var item []byte
	for i, v := range list {
		if item = one(item[:0], v); i == 0 { // the others are about as long
			text.Grow(room*(len(item)+len(item)/8) + 2)
		} else {
			text.WriteByte(',')
		}
		text.Write(item)
	}
}

// messagesText is messages as the game gets them.
func messagesText(list []message) string {
	return listText(list, func(text []byte, m message) []byte { return m.appendTo(text) })
}

// conversationsText is conversations as the game gets them. Ten thousand have more than twenty
// megabytes, for which the game waits: so a part is written here, and the others beside it.
func (m *messenger) conversationsText(list []*conversation) string {
	parts := make([]strings.Builder, sharesOf(len(list)))
	write := func(part, room int) {
		from, to := len(list)*part/len(parts), len(list)*(part+1)/len(parts)
		last := new(message)
		writeList(&parts[part], list[from:to], room, func(text []byte, c *conversation) []byte {
			info := m.info(c, last)
			return info.appendTo(text)
		})
	}
	others := shares{client: m.client}
	for part := 1; part < len(parts); part++ {
		others.begin(func() { write(part, len(list)/len(parts)+1) })
	}
	text := &parts[0]
	text.WriteByte('[')
	write(0, len(list))
	others.wait()
	for part := 1; part < len(parts); part++ {
		text.WriteByte(',')
		text.WriteString(parts[part].String())
	}
	text.WriteByte(']')
	return text.String()
}
