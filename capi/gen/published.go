package main

import (
	"regexp"
	"slices"
	"strings"
)

// The contract's texts also speak of where they come from, and of what the service that
// the API comes from sells. Neither helps a reader of our headers.
var (
	foreign = regexp.MustCompile(`(?i)\b(headers?|wrapper|samples?|flagship|enterprise|paid|console (switch|setting)|in the console)\b`)
	aside   = regexp.MustCompile(` ?\([^()]*\)`)
	version = regexp.MustCompile(` ?\(\d+\.\d+\)`)
)

// published is a text of the contract as a header or a doc comment shows it: without the
// asides, sentences and clauses that are not about our library.
func published(text string) string {
	text = strings.ReplaceAll(text, "SDK", "library")
	text = version.ReplaceAllString(text, "")
	text = aside.ReplaceAllStringFunc(text, func(s string) string {
		if foreign.MatchString(s) {
			return ""
		}
		return s
	})
	var sentences []string
	for _, s := range splitSentences(strings.TrimSuffix(text, ".")) {
		all := strings.Split(s, "; ")
		kept := slices.DeleteFunc(slices.Clone(all), foreign.MatchString)
		if len(kept) == 0 {
			continue
		}
		s = strings.Join(kept, "; ")
		if kept[0] != all[0] {
			s = capital(s)
		}
		sentences = append(sentences, s)
	}
	return sentence(strings.Join(sentences, ". "))
}

// splitSentences splits after full stops, but not after that of "e.g.".
func splitSentences(text string) []string {
	var list []string
	for _, s := range strings.Split(text, ". ") {
		if n := len(list); n > 0 && strings.HasSuffix(list[n-1], "e.g") {
			list[n-1] += ". " + s
		} else {
			list = append(list, s)
		}
	}
	return list
}
