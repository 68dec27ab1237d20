package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/banter-im/banter/capi/contract"
)

// goEnum is a type of internal/tim with its constants.
type goEnum struct {
	Name, Doc string
	Values    []goValue
}

type goValue struct {
	Name, Doc string
	Value     int32
}

// goEnums lists the enums for Go, in the contract's order. The error codes are
// internal/timerr's.
func goEnums(enums []contract.Enum) ([]goEnum, error) {
	taken := map[string]bool{}
	take := func(name string) error {
		if taken[name] {
			return fmt.Errorf("internal/tim: two things are called %s", name)
		}
		taken[name] = true
		return nil
	}
	var list []goEnum
	for _, e := range enums {
		if e.Name == "TIMErrCode" {
			continue
		}
		g := goEnum{Name: goEnumName(e.Name), Doc: lower(published(e.Summary))}
		if err := take(g.Name); err != nil {
			return nil, err
		}
		short := shortNames(e.Values)
		for i, v := range e.Values {
			value := goValue{g.Name + short[i], published(v.Meaning), v.Value}
			if err := take(value.Name); err != nil {
				return nil, err
			}
			g.Values = append(g.Values, value)
		}
		list = append(list, g)
	}
	return list, nil
}

// goEnumName turns TIMConvType into ConvType.
func goEnumName(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, "V2"), "TIM")
}

// acronyms are the words that stay in capitals.
var acronyms = []string{"APNS", "HD", "IOS", "JSON", "ME", "TPNS", "VOIP"}

// goName joins the words of a constant's name, each with a capital.
func goName(name string) string {
	var joined strings.Builder
	for _, word := range strings.Split(name, "_") {
		if len(word) > 1 && word == strings.ToUpper(word) && !slices.Contains(acronyms, word) && word != "C2C" {
			word = strings.ToLower(word)
		}
		joined.WriteString(capital(word))
	}
	return joined.String()
}

// libraryPrefix is what nearly all constants begin with.
var libraryPrefix = regexp.MustCompile(`^(k|K|V2)?TIM_?`)

// shortNames are the names of an enum's values for Go: without what they have in common.
func shortNames(values []contract.Value) []string {
	var names []string
	for _, v := range values {
		names = append(names, libraryPrefix.ReplaceAllString(v.Name, ""))
	}
	if tails := tails(names); tails != nil {
		names = tails
	}
	cut := sharedWords(names)
	for i := range names {
		names[i] = goName(names[i][cut:])
	}
	return names
}

// tails are what follows the one underscore of each name, or nil if that would not do.
func tails(names []string) []string {
	var list []string
	for _, name := range names {
		_, tail, ok := strings.Cut(name, "_")
		if !ok || strings.Contains(tail, "_") || slices.Contains(list, tail) {
			return nil
		}
		list = append(list, tail)
	}
	return list
}

// sharedWords is the length of the words that all names begin with.
func sharedWords(names []string) int {
	cut := 0
	for n := 1; n < len(names[0]) && len(names) > 1; n++ {
		word := func(name string) bool {
			return len(name) > n && strings.HasPrefix(name, names[0][:n]) &&
				(name[n-1] == '_' || unicode.IsUpper(rune(name[n])) && unicode.IsLower(rune(name[n-1])))
		}
		if !slices.ContainsFunc(names, func(name string) bool { return !word(name) }) {
			cut = n
		}
	}
	return cut
}
