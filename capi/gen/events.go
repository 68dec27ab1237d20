package main

import (
	"fmt"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// slot is a place of the callback table: one event that the game may listen to.
type slot struct {
	C, Go string   // TIM_SLOT_KICKED_OFFLINE and slotKickedOffline
	Call  []string // the C function that hands the event to its callback
	Lines []string // the entry in the C table
}

// slots lists the callback table, in the contract's order.
func slots(c *contract.Contract) []slot {
	types := callbackTypes(c)
	var list []slot
	for _, f := range c.Functions {
		if f.Kind != contract.KindSetCallback || f.Name == "TIMRemoveRecvNewMsgCallback" {
			continue
		}
		list = append(list, slotOf(f.Name, types[f.Callback]))
	}
	return list
}

func slotOf(setter string, cb contract.Callback) slot {
	name := slotName(setter)
	args, texts := eventArgs(cb)
	call := "call_" + strings.ToLower(snake(name))
	s := slot{C: "TIM_SLOT_" + snake(name), Go: "slot" + name}
	s.Call = listed("static void "+call+"(",
		[]string{"tim_callback cb", "const struct tim_value *args", "const void *user_data"}, ") {")
	if len(args) == 1 { // user_data alone
		s.Call = append(s.Call, "    (void)args;")
	}
	s.Call = append(s.Call, listed("    (("+cb.Name+")cb)(", args, ");")...)
	s.Lines = listed("        {", []string{cString(setter), call, fmt.Sprint(len(args) - 1),
		fmt.Sprintf("0x%x", texts)}, "},")
	return s
}

func callbackTypes(c *contract.Contract) map[string]contract.Callback {
	types := map[string]contract.Callback{}
	for _, cb := range c.Callbacks {
		types[cb.Name] = cb
	}
	return types
}

// eventArgs are the C expressions that a callback is called with, and a bit for each that
// is text. A bool is 0 or 1 whatever the event holds, and the compiler widens it.
func eventArgs(cb contract.Callback) (args []string, texts uint) {
	for i, p := range cb.Params[:len(cb.Params)-1] {
		switch p.Type {
		case "const char*":
			args = append(args, fmt.Sprintf("args[%d].text", i))
			texts |= 1 << i
		case "bool":
			args = append(args, fmt.Sprintf("args[%d].number != 0", i))
		case "int64_t":
			args = append(args, fmt.Sprintf("args[%d].number", i))
		default:
			args = append(args, fmt.Sprintf("(%s)args[%d].number", p.Type, i))
		}
	}
	return append(args, "user_data"), texts
}
