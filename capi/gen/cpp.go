package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// cppFaced are the functions that bindings/cpp has by hand: in client.hpp, and the session's
// events in listeners.hpp.
var cppFaced = []string{"TIMInit", "TIMUninit", "TIMLogin", "TIMLogout", "TIMGetSDKVersion", "TIMGetServerTime",
	"TIMGetLoginUserID", "TIMGetLoginStatus",
	"TIMSetNetworkStatusListenerCallback", "TIMSetKickedOfflineCallback", "TIMSetUserSigExpiredCallback",
	"TIMSetExperimentalNotifyCallback", "TIMSetLogCallback"}

// cppMember is a method of Calls or an event of Events, line by line.
type cppMember struct{ Comment, Lines []string }

// cppCalls lists the methods of the C++ class Calls, in the contract's order.
func cppCalls(functions []contract.Function) []cppMember {
	var list []cppMember
	for _, f := range functions {
		if f.Kind == contract.KindSetCallback || slices.Contains(cppFaced, f.Name) {
			continue
		}
		list = append(list, cppMember{cppCallComment(f), cppMethod(f)})
	}
	return list
}

func cppCallComment(f contract.Function) []string {
	text := notes[f.Name].brief
	if text == "" {
		text = published(f.Summary)
	}
	if f.Callback != "" {
		result := resultText(f.ResultObject)
		text += " " + f.Name + "; " + strings.Replace(result, "its json_params are", "the result's json is", 1)
	} else {
		text += " " + f.Name + "."
	}
	return cppComment("    ", text)
}

func cppComment(indent, text string) []string {
	var lines []string
	for _, l := range wrap(text, commentWidth) {
		lines = append(lines, indent+"/// "+l)
	}
	return lines
}

// cppMethod is one method: it hands its arguments to the C function of the client.
func cppMethod(f contract.Function) []string {
	var params, args []string
	var handlers []string
	buffer := ""
	for _, p := range f.Params {
		args = append(args, cppArgument(p))
		switch {
		case p.Type == "const void*":
		case p.Type == "char*":
			buffer = p.Name
			params = append(params, "std::string* "+p.Name)
		case isArgument(p):
			params = append(params, cppType(p.Type, "Text")+" "+p.Name)
		case p.Type == "TIMMsgGroupMessageReadMemberListCallback":
			handlers = append(handlers, p.Name)
			params = append(params, "MemberListHandler "+p.Name)
		default:
			if handlers = append(handlers, p.Name); f.Rule.Progress {
				params = append(params, "Handler progress")
			}
			params = append(params, "Handler "+p.Name+" = {}")
		}
	}
	name := strings.ToLower(snake(baseName(f.Name)))
	lines := listed("    "+f.Returns+" "+name+"(", params, ") const {")
	return append(append(lines, cppBody(f, args, handlers, buffer)...), "    }")
}

func cppBody(f contract.Function, args, handlers []string, buffer string) []string {
	call := strings.Join(args, ", ")
	inner := fmt.Sprintf("return %s(%s);", f.Name, call)
	if buffer != "" {
		inner = fmt.Sprintf("return detail::with_buffer(%s, [&](char* buffer) { %s });", buffer, inner)
	}
	var begin string
	switch {
	case len(handlers) == 0:
		begin = "detail::ask(client_, [&] {"
	case len(handlers) == 2:
		begin = fmt.Sprintf("detail::start_message(client_, std::move(%s), std::move(%s), "+
			"[&](TIMCommCallback native_id, TIMCommCallback native_done, const void* native_data) {", handlers[0], handlers[1])
	case f.Rule.Progress:
		begin = fmt.Sprintf("detail::start_progress(client_, std::move(progress), std::move(%s), [&](%s native_cb, const void* native_data) {", handlers[0], f.Callback)
	default:
		begin = fmt.Sprintf("detail::start(client_, std::move(%s), [&](%s native_cb, const void* native_data) {", handlers[0], f.Callback)
	}
	return []string{"        return " + begin, "            " + inner, "        });"}
}

// cppArgument is what the C function is given for a parameter.
func cppArgument(p contract.Param) string {
	switch {
	case p.Type == "const void*":
		return "native_data"
	case p.Type == "char*":
		return "buffer"
	case p.Type == "const char*":
		return p.Name + ".c_str()"
	case strings.HasPrefix(p.Type, "enum "):
		return fmt.Sprintf("static_cast<%s>(%s)", strings.TrimPrefix(p.Type, "enum "), p.Name)
	case p.Name == "msgid_cb":
		return "native_id"
	case p.Name == "res_cb":
		return "native_done"
	case !isArgument(p):
		return "native_cb"
	}
	return p.Name
}

// cppType is a C type as C++ has it; text says what stands for a text.
func cppType(of, text string) string {
	switch {
	case of == "const char*":
		return text
	case strings.HasPrefix(of, "enum "):
		return goEnumName(strings.TrimPrefix(of, "enum "))
	case strings.HasSuffix(of, "_t"):
		return "std::" + of
	}
	return of
}

// cppEvent is an event of the C++ class Events: its member, and the callback that raises it.
type cppEvent struct {
	Comment   []string
	Name      string
	Type      string // Event<std::string_view>
	Setter    string
	Remover   string   // what takes the callback away, where that is not the setter
	Raise     []string // the callback's heading
	Arguments string   // what it raises the event with
}

// cppEvents lists the members of Events, in the contract's order.
func cppEvents(c *contract.Contract) []cppEvent {
	types := callbackTypes(c)
	var list []cppEvent
	for _, f := range c.Functions {
		if f.Kind != contract.KindSetCallback || f.Name == "TIMRemoveRecvNewMsgCallback" || slices.Contains(cppFaced, f.Name) {
			continue
		}
		list = append(list, cppEventOf(f, types[f.Callback]))
	}
	return list
}

func cppEventOf(f contract.Function, cb contract.Callback) cppEvent {
	name := strings.ToLower(snake(slotName(f.Name)))
	var types, params, args, names []string
	for _, p := range cb.Params[:len(cb.Params)-1] {
		types = append(types, cppType(p.Type, "std::string_view"))
		params = append(params, strings.TrimPrefix(p.Type, "enum ")+" "+p.Name)
		names = append(names, p.Name)
		switch {
		case p.Type == "const char*":
			args = append(args, "detail::view("+p.Name+")")
		case strings.HasPrefix(p.Type, "enum "):
			args = append(args, fmt.Sprintf("static_cast<%s>(%s)", cppType(p.Type, ""), p.Name))
		default:
			args = append(args, p.Name)
		}
	}
	text := published(cb.Summary)
	if len(names) > 0 {
		text += " Brings " + strings.Join(names, ", ") + "."
	}
	e := cppEvent{Comment: cppComment("    ", text+" "+f.Name+"."), Name: name,
		Type: "Event<" + strings.Join(types, ", ") + ">", Setter: f.Name, Arguments: strings.Join(args, ", ")}
	e.Raise = listed("    static void raise_"+name+"(", append(params, "const void* user_data"), ") noexcept {")
	if f.Name == "TIMAddRecvNewMsgCallback" {
		e.Remover = "TIMRemoveRecvNewMsgCallback"
	}
	return e
}
