package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// csCall is a method for a function that is no listener.
type csCall struct {
	Name, Native string
	Doc          []string
	Kind         string // text, members, message, progress, or sync
	Returns      string // of the method
	Params       string // of the method, without the token
	NativeArgs   string // before callback and user_data
	Callbacks    string
	Buffer       string // the out parameter that native code fills, or nothing
	Size         int
	RawArgs      string // what the typed form hands to the raw one
	Result       string // the typed form's class, or nothing
}

// handWrittenCSharp are the functions whose raw form is written by hand.
var handWrittenCSharp = []string{"TIMInit", "TIMUninit", "TIMLogin", "TIMLogout", "TIMGetLoginUserID"}

// handTypedCSharp are the functions whose typed form is written by hand, in BanterClient.
var handTypedCSharp = []string{"TIMLogin", "TIMLogout",
	"TIMSetNetworkStatusListenerCallback", "TIMSetKickedOfflineCallback", "TIMSetUserSigExpiredCallback"}

func (w csharpWriter) addCall(m *csharpModel, f contract.Function) {
	if slices.Contains(handWrittenCSharp, f.Name) {
		return
	}
	m.Calls = append(m.Calls, w.call(f, false))
	if f.Kind == contract.KindCall && w.isBuilt(f.Name) && !slices.Contains(handTypedCSharp, f.Name) {
		m.TypedCalls = append(m.TypedCalls, w.call(f, true))
	}
}

func (w csharpWriter) call(f contract.Function, typed bool) csCall {
	c := csCall{Name: baseName(f.Name), Native: f.Name, Kind: "text", Returns: "Task<string>", Callbacks: "cb, userData"}
	var params, native, raw []string
	for i, p := range f.Params {
		name := csName(p.Name)
		switch {
		case p.Type == "const void*":
			continue
		case p.Type == "char*":
			c.Buffer, c.Size = strings.TrimSuffix(name, "Buffer"), f.Rule.Params[i].MinBytes
			params, raw, native = append(params, "out string "+c.Buffer), append(raw, "out "+c.Buffer), append(native, "buffer")
			continue
		case !isArgument(p):
			continue
		}
		param, argument := w.argument(f, p, typed)
		params, raw, native = append(params, param), append(raw, argument), append(native, csNativeArg(p))
	}
	switch {
	case f.Kind == contract.KindSync:
		c.Kind, c.Returns = "sync", csSyncReturn(f)
	case f.Callback == "TIMMsgGroupMessageReadMemberListCallback":
		c.Kind, c.Returns = "members", "Task<ReadMemberPage>"
	case len(callbackParams(f)) == 2:
		c.Kind, c.Callbacks = "message", "first, cb, userData"
		params, raw = append(params, "Action<string> onMessageId"), append(raw, "onMessageId")
	case f.Rule.Progress:
		c.Kind = "progress"
		params, raw = append(params, "Action<string> onProgress"), append(raw, "onProgress")
	}
	if typed && c.Kind != "sync" && c.Kind != "members" && c.Kind != "message" {
		c.Result = w.typedResult(f)
		c.Returns = strings.TrimSuffix("Task<"+c.Result+">", "<>")
	}
	c.Params, c.NativeArgs, c.RawArgs = strings.Join(params, ", "), strings.Join(native, ", "), strings.Join(raw, ", ")
	c.Doc = w.callDoc(f, c, typed)
	return c
}

func callbackParams(f contract.Function) (list []contract.Param) {
	for _, p := range f.Params {
		if p.Type != "const void*" && !isArgument(p) {
			list = append(list, p)
		}
	}
	return list
}

// argument is a parameter of the method, and how the typed form hands it to the raw one.
func (w csharpWriter) argument(f contract.Function, p contract.Param, typed bool) (param, raw string) {
	name := csName(p.Name)
	of := f.ParamsObject[p.Name]
	if typed && of != "" {
		short := csName(strings.TrimPrefix(p.Name, "json_"))
		ctype := w.resultType(of)
		if element, ok := strings.CutPrefix(ctype, "List<"); ok {
			ctype = "IList<" + element
		}
		return ctype + " " + short, "JsonText.Write(" + short + ")"
	}
	return csManagedType(p.Type) + " " + name, name
}

// csManagedType is the C# type of a value as a game writes it.
func csManagedType(ctype string) string {
	switch {
	case ctype == "const char*":
		return "string"
	case ctype == "bool":
		return ctype
	case strings.HasPrefix(ctype, "enum "):
		return csEnumName(ctype)
	}
	return csNumber(ctype)
}

func csNativeArg(p contract.Param) string {
	if p.Type == "const char*" {
		return "Utf8.Bytes(" + csName(p.Name) + ")"
	}
	return csName(p.Name)
}

func csSyncReturn(f contract.Function) string {
	switch {
	case f.Returns == "int":
		return "Result"
	case f.Returns == "const char*":
		return "string"
	}
	return csManagedType(f.Returns)
}

// typedResult is the class of a call's answer; nothing when the answer holds nothing.
func (w csharpWriter) typedResult(f contract.Function) string {
	switch f.ResultObject {
	case "empty":
		return ""
	case "", "string":
		return "string"
	}
	return w.resultType(f.ResultObject)
}

func (w csharpWriter) callDoc(f contract.Function, c csCall, typed bool) []string {
	const indent = "        "
	n := notes[f.Name]
	summary := n.brief
	if summary == "" {
		summary = published(f.Summary)
	}
	lines := csDoc(indent, "summary", csWords(summary)+" "+f.Name+" of the C API.")
	for i, p := range f.Params {
		text := n.params[p.Name]
		if text == "" {
			text = w.documenter.param(f, p, f.Rule.Params[i])
		}
		name := csName(p.Name)
		switch {
		case p.Type == "char*":
			name, text = c.Buffer, "The id, known at once."
		case p.Type == "const void*" || !isArgument(p):
			continue
		case typed && f.ParamsObject[p.Name] != "":
			name = csName(strings.TrimPrefix(p.Name, "json_"))
		}
		lines = append(lines, csDoc(indent, fmt.Sprintf("param name=%q", strings.TrimPrefix(name, "@")), csWords(text))...)
	}
	if c.Kind == "message" {
		lines = append(lines, csDoc(indent, `param name="onMessageId"`, "Called with the message's id, before the answer. May be null.")...)
	}
	if c.Kind == "progress" {
		lines = append(lines, csDoc(indent, `param name="onProgress"`, "Called with how far it has come, as JSON of the result's form, before the answer. May be null.")...)
	}
	if c.Kind != "sync" {
		lines = append(lines, csDoc(indent, `param name="cancel"`, "Gives up waiting; the call itself goes on.")...)
	}
	if c.Kind == "text" && !typed && f.ResultObject != "" {
		lines = append(lines, csDoc(indent, "returns", capital(csWords(resultText(f.ResultObject))))...)
	}
	return lines
}

// csWords are words of the C headers as they are said in C#.
func csWords(text string) string {
	text = strings.ReplaceAll(text, "its json_params are", "its JSON is")
	return strings.ReplaceAll(text, "NULL", "null")
}
