package core

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/banter-im/banter/internal/tim"
)

// searchable returns which kinds of elements a message has, a bit for each, and its words, in
// which a search looks for keywords: what a player would read, folded.
func searchable(elements []json.RawMessage) (kinds uint, words string) {
	var parts []string
	for _, one := range elements {
		var e struct {
			Kind     tim.ElemType `json:"elem_type"`
			Text     string       `json:"text_elem_content"`
			Desc     string       `json:"custom_elem_desc"`
			File     string       `json:"file_elem_file_name"`
			Place    string       `json:"location_elem_desc"`
			Title    string       `json:"merge_elem_title"`
			Abstract []string     `json:"merge_elem_abstract_array"`
		}
		if json.Unmarshal(one, &e) != nil || e.Kind < 0 || e.Kind > tim.ElemTypeMerge {
			continue // of a newer server: it has a kind that nobody can ask for
		}
		kinds |= 1 << e.Kind
		switch e.Kind {
		case tim.ElemTypeText:
			parts = append(parts, e.Text)
		case tim.ElemTypeCustom:
			parts = append(parts, e.Desc)
		case tim.ElemTypeFile:
			parts = append(parts, e.File)
		case tim.ElemTypeLocation:
			parts = append(parts, e.Place)
		case tim.ElemTypeMerge:
			parts = append(append(parts, e.Title), e.Abstract...)
		}
	}
	return kinds, fold(strings.Join(parts, "\n"))
}

// fold makes texts equal that a player takes for the same: in capitals or not, in the wide
// forms of East Asian keyboards or not, as a coloured emoji or not.
func fold(text string) string { return strings.Map(foldRune, text) }

func foldRune(r rune) rune {
	switch {
	case r < 0x80:
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	case r >= 0xFF01 && r <= 0xFF5E: // the wide forms of ASCII
		return foldRune(r - 0xFEE0)
	case r == 0x3000: // the wide space
		return ' '
	case r == 0xFE0E || r == 0xFE0F: // how the emoji before it looks
		return -1
	case r >= 0x2E80 && r < 0xA640: // Chinese and Japanese have no case
		return r
	}
	return unicode.ToLower(r)
}
