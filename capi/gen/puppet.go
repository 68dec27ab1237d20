package main

import (
	"fmt"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// puppetCall is a function as capi/harness/puppet.c calls it: by name, with arguments
// that its input describes.
type puppetCall struct {
	Name  string
	Kinds string   // a letter for each argument: t text, n number, b buffer
	Lines []string // the body of its C function
}

// puppetEvent is a set_callback function with a callback that prints what it hears.
type puppetEvent struct {
	Setter string
	Define []string // the callback
	Set    string   // the call of the setter
}

func puppetCalls(functions []contract.Function) []puppetCall {
	var list []puppetCall
	for _, f := range functions {
		if f.Kind == contract.KindSetCallback || len(f.Params) == 0 || f.Rule.Dispatch == contract.DispatchC || f.Name == "TIMInit" {
			continue
		}
		list = append(list, puppetCallOf(f))
	}
	return list
}

func puppetCallOf(f contract.Function) puppetCall {
	c := puppetCall{Name: f.Name}
	var args []string
	for _, p := range f.Params {
		if isArgument(p) {
			i := len(c.Kinds)
			kind, arg := puppetArg(p, i)
			c.Kinds += kind
			args = append(args, arg)
			continue
		}
		args = append(args, puppetCallback(p))
	}
	if !strings.Contains(strings.Join(args, " "), "user_data") {
		c.Lines = []string{"    (void)listens;", "    (void)user_data;"}
	}
	if c.Kinds == "" {
		c.Lines = append(c.Lines, "    (void)a;")
	}
	c.Lines = append(c.Lines, listed("    return "+f.Name+"(", args, ");")...)
	return c
}

func puppetArg(p contract.Param, i int) (kind, arg string) {
	switch p.Type {
	case "const char*":
		return "t", fmt.Sprintf("a[%d].text", i)
	case "char*":
		return "b", fmt.Sprintf("a[%d].buffer", i)
	case "bool":
		return "n", fmt.Sprintf("a[%d].number != 0", i)
	}
	return "n", fmt.Sprintf("(%s)a[%d].number", p.Type, i)
}

func puppetCallback(p contract.Param) string {
	switch {
	case p.Type == "const void*":
		return "user_data"
	case p.Name == "msgid_cb":
		return "listens ? on_message_id : NULL"
	case p.Type == "TIMMsgGroupMessageReadMemberListCallback":
		return "listens ? on_member_list : NULL"
	}
	return "listens ? on_answer : NULL"
}

func puppetEvents(c *contract.Contract) []puppetEvent {
	types := callbackTypes(c)
	var list []puppetEvent
	for _, f := range c.Functions {
		if f.Kind == contract.KindSetCallback && f.Name != "TIMRemoveRecvNewMsgCallback" {
			list = append(list, puppetEventOf(f.Name, types[f.Callback]))
		}
	}
	return list
}

func puppetEventOf(setter string, cb contract.Callback) puppetEvent {
	var params []string
	body := []string{"    event_begin(" + cString(setter) + ");"}
	for _, p := range cb.Params {
		params = append(params, p.Type+" "+p.Name)
		switch p.Type {
		case "const char*":
			body = append(body, "    event_text("+p.Name+");")
		case "const void*":
			body = append(body, "    event_end("+p.Name+");")
		default:
			body = append(body, "    event_number((int64_t)"+p.Name+");")
		}
	}
	handler := "on_" + strings.ToLower(snake(slotName(setter)))
	e := puppetEvent{Setter: setter, Define: append(listed("static void "+handler+"(", params, ") {"), body...)}
	e.Set = fmt.Sprintf("%s(listens ? %s : NULL, user_data)", setter, handler)
	return e
}
