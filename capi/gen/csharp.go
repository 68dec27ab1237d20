package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/banter-im/banter/capi/contract"
)

// csharpFolder is where the generated part of the C# package stands.
const csharpFolder = "bindings/csharp/Runtime/Generated/"

// csharpFiles names the template of each file; the JSON objects have one file a module.
var csharpFiles = map[string]string{
	"NativeMethods.cs": "csharp_native.cs.tmpl",
	"Delegates.cs":     "csharp_delegates.cs.tmpl",
	"Enums.cs":         "csharp_enums.cs.tmpl",
	"ErrorCode.cs":     "csharp_codes.cs.tmpl",
	"Constants.cs":     "csharp_constants.cs.tmpl",
	"RawCalls.cs":      "csharp_raw_calls.cs.tmpl",
	"RawEvents.cs":     "csharp_raw_events.cs.tmpl",
	"TypedCalls.cs":    "csharp_typed_calls.cs.tmpl",
	"TypedEvents.cs":   "csharp_typed_events.cs.tmpl",
	"ElemKinds.cs":     "csharp_elem_kinds.cs.tmpl",
}

// csharpModel is what the templates of C# see.
type csharpModel struct {
	Natives     []csNative
	Delegates   []csDelegate
	Enums       []csEnum
	Codes       []csCode
	Advice      []csAdvice
	Constants   []csObject
	Calls       []csCall
	Events      []csEvent
	TypedCalls  []csCall
	TypedEvents []csEvent
	ElemKinds   []csObject

	Objects []csObject // those of the file that is being written
}

// addCSharp adds the files of the C# package. Typed forms are made of the functions that
// are built alone: there is no method that can only fail.
func addCSharp(files map[string][]byte, templates *template.Template, c *contract.Contract, built []string) error {
	w := csharpWriter{c: c, built: built, documenter: documenter{enumValues(c)}, classes: csClasses(c)}
	m, objects, err := w.model()
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(csharpFiles) {
		if err := renderCSharp(files, templates, name, csharpFiles[name], m); err != nil {
			return err
		}
	}
	for _, module := range sortedKeys(objects) {
		m.Objects = objects[module]
		if err := renderCSharp(files, templates, capital(module)+"Objects.cs", "csharp_objects.cs.tmpl", m); err != nil {
			return err
		}
	}
	return nil
}

func renderCSharp(files map[string][]byte, templates *template.Template, name, from string, m *csharpModel) error {
	var out strings.Builder
	if err := templates.ExecuteTemplate(&out, from, m); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	files[path.Join(csharpFolder, name)] = []byte(out.String())
	return nil
}

// csharpWriter turns parts of the contract into parts of the model.
type csharpWriter struct {
	c          *contract.Contract
	built      []string
	documenter documenter
	classes    map[string]string // an object's class, by its name in the contract
}

func (w csharpWriter) isBuilt(function string) bool { return slices.Contains(w.built, function) }

func (w csharpWriter) model() (*csharpModel, map[string][]csObject, error) {
	m := &csharpModel{Codes: csCodes(w.c.Errors), Advice: csAdvices(w.c.Errors)}
	callbacks := callbackTypes(w.c)
	for _, f := range w.c.Functions {
		m.Natives = append(m.Natives, csNativeOf(f))
		switch {
		case f.Name == "TIMRemoveRecvNewMsgCallback": // the other half of TIMAddRecvNewMsgCallback
		case f.Kind == contract.KindSetCallback:
			w.addEvent(m, f, callbacks[f.Callback])
		default:
			w.addCall(m, f)
		}
	}
	for _, cb := range w.c.Callbacks {
		m.Delegates = append(m.Delegates, csDelegate{cb.Name, csDoc("    ", "summary", published(cb.Summary)), csNativeParams(cb.Params)})
	}
	for _, e := range w.c.Enums {
		if e.Name != "TIMErrCode" {
			m.Enums = append(m.Enums, csEnumOf(e, w.c.Objects))
		}
	}
	objects, err := w.addObjects(m)
	return m, objects, err
}

// csName makes a C# parameter's name of a C one: json_msg_Locator_array is jsonMsgLocatorArray.
func csName(name string) string {
	words := strings.Split(name, "_")
	for i, word := range words {
		if i > 0 {
			words[i] = capital(word)
		}
	}
	joined := strings.Join(words, "")
	if slices.Contains([]string{"event", "params", "string", "object", "out", "lock"}, joined) {
		return "@" + joined
	}
	return joined
}

// csEnumName is an enum's name in the namespace Banter.
func csEnumName(ctype string) string { return goEnumName(strings.TrimPrefix(ctype, "enum ")) }
