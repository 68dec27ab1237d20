package main

import (
	"slices"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// csEvent is an event for a function that sets a listener.
type csEvent struct {
	Name, Field  string
	Set, Unset   string // the native calls
	Callback     string // its delegate
	Doc          []string
	NativeParams string
	Action       string // the handlers' type
	Args         string // what handlers get, of the native parameters
	Copies       []string

	Params string // of the typed form's own handler
	Typed  string // what the typed form's handlers get
}

func (w csharpWriter) addEvent(m *csharpModel, f contract.Function, cb contract.Callback) {
	m.Events = append(m.Events, w.event(f, cb, false))
	if w.isBuilt(f.Name) && !slices.Contains(handTypedCSharp, f.Name) {
		m.TypedEvents = append(m.TypedEvents, w.event(f, cb, true))
	}
}

func (w csharpWriter) event(f contract.Function, cb contract.Callback, typed bool) csEvent {
	name := slotName(f.Name)
	if slices.ContainsFunc(w.c.Functions, func(other contract.Function) bool { return baseName(other.Name) == name }) {
		name += "Event" // a method has the name
	}
	e := csEvent{Name: name, Field: strings.ToLower(name[:1]) + name[1:] + "Handlers", Callback: cb.Name, NativeParams: csNativeParams(cb.Params),
		Set: f.Name + "(native" + name + ", id)", Unset: f.Name + "(null, IntPtr.Zero)"}
	if f.Name == "TIMAddRecvNewMsgCallback" {
		e.Unset = "TIMRemoveRecvNewMsgCallback(native" + name + ")"
	}
	var types, args, params, values []string
	for _, p := range cb.Params[:len(cb.Params)-1] {
		arg, ctype := csName(p.Name), csManagedType(p.Type)
		if p.Type == "const char*" {
			e.Copies = append(e.Copies, "var "+csName(p.Name+"_text")+" = Utf8.Copy("+arg+");")
			arg = csName(p.Name + "_text")
		}
		params = append(params, ctype+" "+csName(p.Name))
		value := csName(p.Name)
		if of := cb.Payload[p.Name]; typed && of != "" {
			ctype = w.resultType(of)
			value = "JsonText.Read<" + ctype + ">(" + value + ")"
		}
		types, args, values = append(types, ctype), append(args, arg), append(values, value)
	}
	e.Action = strings.TrimSuffix("Action<"+strings.Join(types, ", ")+">", "<>")
	e.Params = strings.Join(params, ", ")
	e.Args, e.Typed = strings.Join(args, ", "), strings.Join(values, ", ")
	e.Doc = csDoc("        ", "summary", published(cb.Summary)+" "+f.Name+" of the C API.")
	return e
}
