package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// lineWidth is where generated C is broken.
const lineWidth = 118

// signature is a function's declaration up to the closing parenthesis: one line, or
// several with the parameters under each other.
func signature(f contract.Function) []string {
	return listed("TIM_API "+f.Returns+" "+f.Name+"(", parameters(f.Params), ")")
}

// listed prints a list that may need several lines: the later ones begin under the first item.
func listed(before string, items []string, after string) []string {
	indent := strings.Repeat(" ", len(before))
	lines := []string{before}
	for i, item := range items {
		last := &lines[len(lines)-1]
		if i+1 < len(items) {
			item += ","
		} else {
			item += after
		}
		switch {
		case i == 0:
			*last += item
		case len(*last)+1+len(item) > lineWidth:
			lines = append(lines, indent+item)
		default:
			*last += " " + item
		}
	}
	return lines
}

func parameters(params []contract.Param) []string {
	if len(params) == 0 {
		return []string{"void"}
	}
	var list []string
	for _, p := range params {
		list = append(list, p.Type+" "+p.Name)
	}
	return list
}

// cString quotes text for C. The contract's texts are ASCII, so Go's escapes are C's.
func cString(text string) string { return strconv.QuoteToASCII(text) }

// goString quotes text for Go, raw where that reads better.
func goString(text string) string {
	if strings.Contains(text, `"`) && strconv.CanBackquote(text) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

// cInt writes an integer so that C takes it as an int: the smallest has no literal.
func cInt(n int32) string {
	if n == -2147483648 {
		return "(-2147483647 - 1)"
	}
	return strconv.Itoa(int(n))
}

func join(numbers []int32) string {
	var list []string
	for _, n := range numbers {
		list = append(list, fmt.Sprint(n))
	}
	return strings.Join(list, ", ")
}
