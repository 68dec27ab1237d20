package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// documenter writes the comments of functions: what each adds to the rules that TIMCloud.h
// states once.
type documenter struct {
	values map[string]map[int32]string // an enum's names, by value
}

func enumValues(c *contract.Contract) map[string]map[int32]string {
	values := map[string]map[int32]string{}
	for _, e := range c.Enums {
		values[e.Name] = map[int32]string{}
		for _, v := range e.Values {
			values[e.Name][v.Value] = v.Name
		}
	}
	return values
}

func (d documenter) function(f contract.Function) []string {
	n := notes[f.Name]
	brief := n.brief
	if brief == "" {
		brief = published(f.Summary)
	}
	lines := wrap("@brief "+brief, commentWidth)
	for _, paragraph := range n.more {
		lines = append(append(lines, ""), wrap(paragraph, commentWidth)...)
	}
	if params := d.params(f, n); len(params) > 0 {
		lines = append(append(lines, ""), params...)
	}
	if returns := returnText(f, n); returns != "" {
		lines = append(append(lines, ""), wrap("@return "+returns, commentWidth)...)
	}
	return append(lines, codeLines(n.codes)...)
}

// params lists the parameters, their texts in one column.
func (d documenter) params(f contract.Function, n note) []string {
	width := 0
	for _, p := range f.Params {
		width = max(width, len(p.Name))
	}
	indent := strings.Repeat(" ", len("@param ")+width+2)
	var lines []string
	for i, p := range f.Params {
		text := n.params[p.Name]
		if text == "" {
			text = d.param(f, p, f.Rule.Params[i])
		}
		for j, l := range wrap(text, max(40, commentWidth-len(indent))) {
			if j == 0 {
				l = fmt.Sprintf("@param %-*s  %s", width, p.Name, l)
			} else {
				l = indent + l
			}
			lines = append(lines, l)
		}
	}
	return lines
}

func (d documenter) param(f contract.Function, p contract.Param, r contract.ParamRule) string {
	switch {
	case p.Type == "const void*":
		return userDataText(f)
	case !isArgument(p):
		return callbackText(f, p)
	case p.Type == "char*":
		return fmt.Sprintf("At least %d bytes, or NULL: gets the id before the function returns.", r.MinBytes)
	}
	text := paramTexts[p.Name]
	switch {
	case f.ParamsObject[p.Name] != "":
		text = jsonText(f.ParamsObject[p.Name])
	case r.JSON != "":
		text = "A JSON " + r.JSON + "."
	case r.Values != nil:
		text = d.choice(r) + "."
	case text == "" && r.Enum != "":
		text = "A value of " + r.Enum + "."
	case text == "" && p.Type == "const char*":
		text = "A text."
	case text == "":
		text = "A number."
	}
	return text + leftOut(p, r)
}

// choice names the values that an argument may have.
func (d documenter) choice(r contract.ParamRule) string {
	var names []string
	for _, v := range r.Values {
		names = append(names, d.values[r.Enum][v])
	}
	return strings.Join(names, " or ")
}

// leftOut says how an argument can be left out, if it can.
func leftOut(p contract.Param, r contract.ParamRule) string {
	switch {
	case p.Type != "const char*" || r.Rule == contract.RuleRequired && r.OnEmpty == nil:
		return ""
	case r.Rule == contract.RuleRequired && *r.OnEmpty == 0:
		return ` May be "".`
	case r.Rule == contract.RuleRequired:
		return ""
	case r.OnEmpty != nil:
		return " May be NULL."
	}
	return ` May be NULL or "".`
}

func userDataText(f contract.Function) string {
	if f.Kind == contract.KindSetCallback {
		return "Handed to cb each time. The library never reads it."
	}
	return "Handed back to the callback. The library never reads it."
}

func callbackText(f contract.Function, p contract.Param) string {
	switch {
	case f.Name == "TIMAddRecvNewMsgCallback":
		return "Called from now on, beside those that were added before."
	case f.Name == "TIMRemoveRecvNewMsgCallback":
		return "Called no more."
	case f.Kind == contract.KindSetCallback:
		return "Called from now on, instead of the one before. NULL: nothing is."
	case p.Name == "msgid_cb":
		return "Gets the message's id as json_params, first. May be NULL."
	}
	return "Answers the call; " + resultText(f.ResultObject) + " May be NULL."
}

func resultText(result string) string {
	switch result {
	case "":
		return "what its json_params hold depends on the call."
	case "empty":
		return `its json_params are "".`
	case "string":
		return "its json_params are a text, not JSON."
	}
	if element, ok := strings.CutPrefix(result, "array<"); ok {
		return "its json_params are an array of " + strings.TrimSuffix(element, ">") + "."
	}
	return "its json_params are an object: " + result + "."
}

// returnText names what the function can return, by the rules of its arguments.
func returnText(f contract.Function, n note) string {
	switch {
	case n.returns != "":
		return n.returns
	case f.Kind == contract.KindSetCallback:
		return ""
	}
	results := []string{"TIM_SUCC"}
	hasText := slices.ContainsFunc(f.Params, func(p contract.Param) bool { return p.Type == "const char*" })
	if hasText {
		results = append(results, "TIM_ERR_JSON")
	}
	refuses := func(r contract.ParamRule) bool { return r.Rule == contract.RuleRequired }
	if slices.ContainsFunc(f.Rule.Params, refuses) {
		results = append(results, "TIM_ERR_PARAM")
	}
	if len(results) == 1 {
		return "TIM_SUCC."
	}
	last := len(results) - 1
	return strings.Join(results[:last], ", ") + " or " + results[last] + "."
}

// codeLines are a table of the codes that a callback brings.
func codeLines(codes []codeNote) []string {
	if len(codes) == 0 {
		return nil
	}
	width := 0
	for _, c := range codes {
		width = max(width, len(c.meaning))
	}
	lines := []string{"", "The callback's code, and what to do:"}
	for _, c := range codes {
		todo := strings.ToLower(strings.TrimSuffix(string(adviceFor(c.code)), "."))
		lines = append(lines, strings.TrimRight(fmt.Sprintf("  %-6d %-*s  %s", c.code, width, c.meaning, todo), " "))
	}
	return append(lines, "  Others: see TIMErrorCode.h.")
}
