package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// handWritten are exported functions whose C is written by hand, in capi/lifecycle.c and
// capi/getters.c.
var handWritten = []string{"TIMInit", "TIMUninit", "TIMGetSDKVersion", "TIMGetServerTime",
	"TIMGetLoginStatus", "TIMGetLoginUserID"}

// call is a function that goes to the client or to the server, as the tables of C and Go
// describe it.
type call struct {
	Name      string
	C, Go     string // TIM_FN_LOGIN and fnLogin
	Params    []callParam
	Dispatch  string // REQUEST or CALL, in the table of C
	GoKind    string // dispatchRequest or dispatchCall
	Answer    string // COMM or MEMBER_LIST
	Pre, Init outcome
	InitJSON  string // a Go string
}

type callParam struct {
	Name, Kind, GoKind, Check string
	Nonempty, Optional        bool
	OnNull, OnEmpty           int
	Values                    string // "1, 2", or nothing
	ValueList                 string // the C array that holds them
	ValueCount                int
	Lines                     []string // its entry in the C table
}

type outcome struct {
	Run  bool
	Code int32
	JSON string // a C string
}

// export is a function of zz_exports.c.
type export struct {
	Signature []string // with the opening brace
	Lines     []string
}

// calls lists the functions of the TIM_FN_ table, in the contract's order.
func calls(functions []contract.Function) []call {
	var list []call
	for _, f := range functions {
		if f.Rule.Dispatch == contract.DispatchC {
			continue
		}
		c := call{
			Name: f.Name, C: "TIM_FN_" + snake(baseName(f.Name)), Go: "fn" + baseName(f.Name),
			Dispatch: "REQUEST", GoKind: "dispatchRequest", Answer: "COMM",
			Pre: outcomeOf(f.Rule.Pre), Init: outcomeOf(f.Rule.Init),
			InitJSON: goString(f.Rule.Init.JSON),
		}
		if f.Rule.Dispatch == contract.DispatchCall {
			c.Dispatch, c.GoKind = "CALL", "dispatchCall"
		}
		if f.Callback == "TIMMsgGroupMessageReadMemberListCallback" {
			c.Answer = "MEMBER_LIST"
		}
		for i, p := range f.Params {
			if isArgument(p) {
				c.Params = append(c.Params, paramOf(p, f.Rule.Params[i]))
			}
		}
		list = append(list, c)
	}
	return list
}

// valueList is a C array of the numbers that an argument may have.
type valueList struct{ Name, Values string }

// valueLists lists each array once.
func valueLists(calls []call) []valueList {
	var list []valueList
	for _, c := range calls {
		for _, p := range c.Params {
			v := valueList{p.ValueList, p.Values}
			if p.Values != "" && !slices.Contains(list, v) {
				list = append(list, v)
			}
		}
	}
	return list
}

// isArgument tells what goes to the client from callbacks and user_data, which stay in C.
func isArgument(p contract.Param) bool {
	return p.Type != "const void*" && !strings.HasPrefix(p.Type, "TIM")
}

func outcomeOf(o contract.Outcome) outcome {
	code := o.Code
	if o.Ret != nil {
		code = *o.Ret
	}
	return outcome{Run: o.Run, Code: code, JSON: cString(o.JSON)}
}

func paramOf(p contract.Param, r contract.ParamRule) callParam {
	c := callParam{Name: p.Name, Kind: kindOf(p, r), Check: "NONE", Nonempty: r.Nonempty,
		Values: join(r.Values), ValueCount: len(r.Values)}
	switch r.Rule {
	case contract.RuleRequired:
		c.Check = "REQUIRED"
		if p.Type == "const char*" {
			c.OnNull, c.OnEmpty = -4, -4
		}
	case contract.RuleOptional:
		c.Check, c.Optional = "OPTIONAL", true
	}
	if c.Values != "" {
		c.ValueList = "values_" + strings.ReplaceAll(c.Values, ", ", "_")
	}
	if r.OnNull != nil {
		c.OnNull = *r.OnNull
	}
	if r.OnEmpty != nil {
		c.OnEmpty = *r.OnEmpty
	}
	c.Lines = tableLines(c)
	c.GoKind = "kind" + strings.ToUpper(c.Kind[:1]) + strings.ToLower(c.Kind[1:])
	return c
}

// tableLines are the C initialiser of a struct tim_param.
func tableLines(c callParam) []string {
	items := []string{".name = " + cString(c.Name), ".kind = TIM_KIND_" + c.Kind, ".check = TIM_CHECK_" + c.Check}
	if c.Nonempty {
		items = append(items, ".nonempty = true")
	}
	if c.OnNull != 0 {
		items = append(items, fmt.Sprintf(".on_null = %d", c.OnNull))
	}
	if c.OnEmpty != 0 {
		items = append(items, fmt.Sprintf(".on_empty = %d", c.OnEmpty))
	}
	if c.Values != "" {
		items = append(items, ".values = "+c.ValueList, fmt.Sprintf(".value_count = %d", c.ValueCount))
	}
	return listed("    {", items, "},")
}

func kindOf(p contract.Param, r contract.ParamRule) string {
	switch {
	case p.Type == "char*":
		return "BUFFER"
	case p.Type == "bool":
		return "BOOL"
	case p.Type == "uint64_t":
		return "UNSIGNED"
	case r.JSON != "":
		return strings.ToUpper(r.JSON)
	case p.Type == "const char*":
		return "TEXT"
	}
	return "NUMBER"
}

// exports lists the functions of zz_exports.c, in the contract's order.
func exports(functions []contract.Function) []export {
	var list []export
	for _, f := range functions {
		switch {
		case slices.Contains(handWritten, f.Name):
		case f.Kind == contract.KindSetCallback:
			list = append(list, exportSetter(f))
		default:
			list = append(list, exportCall(f))
		}
	}
	return list
}

// opened is a function's signature with the brace that opens its body.
func opened(f contract.Function) []string {
	lines := signature(f)
	lines[len(lines)-1] += " {"
	return lines
}

func exportSetter(f contract.Function) export {
	does := "set"
	switch f.Name {
	case "TIMAddRecvNewMsgCallback":
		does = "add"
	case "TIMRemoveRecvNewMsgCallback":
		does = "remove"
	}
	args := "TIM_SLOT_" + snake(slotName(f.Name)) + ", (tim_callback)cb"
	if does != "remove" {
		args += ", user_data"
	}
	return export{opened(f), []string{fmt.Sprintf("    tim_%s_callback(%s);", does, args)}}
}

func exportCall(f contract.Function) export {
	var values, callbacks []string
	userData := "NULL"
	for _, p := range f.Params {
		switch {
		case p.Type == "const void*":
			userData = p.Name
		case !isArgument(p):
			callbacks = append(callbacks, "(tim_callback)"+p.Name)
		default:
			values = append(values, valueOf(p))
		}
	}
	args, submit := "NULL", "tim_submit"
	var lines []string
	if len(values) > 0 {
		args, lines = "args", listed("    const struct tim_value args[] = {", values, "};")
	}
	switch len(callbacks) {
	case 0:
		callbacks = []string{"NULL"}
	case 2:
		submit = "tim_submit_message"
	}
	items := append([]string{"TIM_FN_" + snake(baseName(f.Name)), args}, callbacks...)
	return export{opened(f), append(lines, listed("    return "+submit+"(", append(items, userData), ");")...)}
}

// valueOf is the C expression that makes a struct tim_value of an argument.
func valueOf(p contract.Param) string {
	switch p.Type {
	case "const char*", "char*":
		return "tim_text(" + p.Name + ")"
	case "uint64_t":
		return "tim_number((int64_t)" + p.Name + ")"
	}
	return "tim_number(" + p.Name + ")"
}
