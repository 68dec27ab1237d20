package main

import (
	"fmt"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// csCode is a constant of ErrorCode.
type csCode struct {
	Name string
	Code int32
	Doc  []string
}

// csAdvice is one of the three things a game does about a code, with the codes.
type csAdvice struct {
	Name  string
	Codes []string // each `case 6013:`
}

func csCodes(errors []contract.Error) []csCode {
	var list []csCode
	for _, c := range codeConsts(errors) {
		list = append(list, csCode{c.Name, c.Code, csDoc("        ", "summary", strings.TrimSpace(c.Note+" "+string(adviceFor(c.Code))))})
	}
	return list
}

// csAdvices lists the codes that do not mean stop.
func csAdvices(errors []contract.Error) []csAdvice {
	list := []csAdvice{{Name: "TryAgain"}, {Name: "NewTicket"}}
	advices := []advice{tryAgain, newTicket}
	for _, e := range errors {
		for i := range list {
			if e.Name != "" && adviceFor(e.Code) == advices[i] {
				list[i].Codes = append(list[i].Codes, fmt.Sprintf("case %d:", e.Code))
			}
		}
	}
	return list
}

// csEnum is an enum with its values.
type csEnum struct {
	Name, Base string
	Doc        []string
	Flags      bool
	Wide       bool
	Values     []csValue
}

type csValue struct {
	Name, Value string
	Doc         []string
}

// csEnumOf is an enum in C#. One that a key of 64 bits has is as wide: games have bits of their own there.
func csEnumOf(e contract.Enum, objects []contract.Object) csEnum {
	summary := published(e.Summary)
	if ours := rewritten[e.Name]; ours != "" {
		summary = sentence(ours)
	}
	list := csEnum{Name: csEnumName(e.Name), Doc: csDoc("    ", "summary", summary), Flags: strings.Contains(e.Summary, "it mask")}
	for _, v := range e.Values {
		if v.Unsigned != 0 {
			list.Base = " : uint" // JSON holds the highest bit as an unsigned number
		}
	}
	if isWide(e.Name, objects) {
		list.Base, list.Wide = " : ulong", true
	}
	for i, name := range shortNames(e.Values) {
		v := e.Values[i]
		value := fmt.Sprint(v.Value)
		if v.Unsigned != 0 {
			value = fmt.Sprint(v.Unsigned)
		}
		list.Values = append(list.Values, csValue{name, value, csDoc("        ", "summary", published(v.Meaning))})
	}
	return list
}

// isWide says whether a key of 64 bits has the enum's values.
func isWide(enum string, objects []contract.Object) bool {
	for _, o := range objects {
		for _, f := range o.Fields {
			if f.Enum == enum && strings.Contains(f.Type, "uint64") {
				return true
			}
		}
	}
	return false
}

// csDoc is an XML comment: one element, on as many lines as its text needs.
func csDoc(indent, tag, text string) []string {
	if text == "" {
		return nil
	}
	element, _, _ := strings.Cut(tag, " ")
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	lines := wrap("<"+tag+">"+escaped+"</"+element+">", 100)
	for i := range lines {
		lines[i] = indent + "/// " + lines[i]
	}
	return lines
}
