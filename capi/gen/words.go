package main

import (
	"strings"
	"unicode"
)

// snake turns a name of the C API into upper-case words: MsgSetC2CReceiveMessageOpt2 is
// MSG_SET_C2C_RECEIVE_MESSAGE_OPT2. A digit belongs to the letters before it.
func snake(name string) string {
	letters := []rune(name)
	upper := make([]bool, len(letters))
	for i, r := range letters {
		upper[i] = unicode.IsUpper(r) || unicode.IsDigit(r) && i > 0 && upper[i-1]
	}
	var words strings.Builder
	for i, r := range letters {
		starts := i > 0 && unicode.IsUpper(r) &&
			(!upper[i-1] || i+1 < len(letters) && !upper[i+1])
		if starts {
			words.WriteByte('_')
		}
		words.WriteRune(unicode.ToUpper(r))
	}
	return words.String()
}

// baseName is what tells a function apart: TIMLogin's is Login, callExperimentalAPI's is
// CallExperimentalAPI.
func baseName(function string) string {
	name := strings.TrimPrefix(function, "TIM")
	return strings.ToUpper(name[:1]) + name[1:]
}

// slotName is what tells a callback slot apart: TIMSetKickedOfflineCallback's is
// KickedOffline, and TIMAddRecvNewMsgCallback and its opposite share RecvNewMsg.
func slotName(setter string) string {
	name := setter
	for _, prefix := range []string{"TIMSet", "TIMAdd", "TIMRemove"} {
		name = strings.TrimPrefix(name, prefix)
	}
	return strings.TrimSuffix(name, "Callback")
}

// wrap breaks text into lines of at most width letters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// sentence ends text with a full stop.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// capital begins text with a capital letter.
func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// lower begins text with a small letter, unless it begins with an acronym.
func lower(text string) string {
	if len(text) < 2 || unicode.IsUpper(rune(text[1])) {
		return text
	}
	return strings.ToLower(text[:1]) + text[1:]
}
