package main

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"go/format"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/banter-im/banter/capi/contract"
)

//go:embed templates/*.tmpl
var templateFiles embed.FS

// outputs names the template of every generated file. The module headers share one.
var outputs = map[string]string{
	"capi/include/TIMCloud.h":        "cloud.h.tmpl",
	"capi/include/TIMCloudDef.h":     "def.h.tmpl",
	"capi/include/TIMErrorCode.h":    "errors.h.tmpl",
	"capi/include/TIMExtension.h":    "extension.h.tmpl",
	"capi/harness/zz_puppet.c":       "puppet.c.tmpl",
	"capi/zz_exports.c":              "exports.c.tmpl",
	"capi/zz_functions.h":            "functions.h.tmpl",
	"capi/zz_functions.c":            "functions.c.tmpl",
	"capi/zz_events.h":               "events.h.tmpl",
	"capi/zz_events.c":               "events.c.tmpl",
	"capi/zz_dispatch.go":            "dispatch.go.tmpl",
	"internal/timerr/zz_codes.go":    "codes.go.tmpl",
	"internal/tim/zz_enums.go":       "enums.go.tmpl",
	"build/libImSDK.map":             "exports.map.tmpl",
	"build/ImSDK.def":                "exports.def.tmpl",
	"build/libImSDKForMac_C.exports": "exports.mac.tmpl",

	"bindings/cpp/include/banter/Generated/calls.hpp":  "cpp_calls.hpp.tmpl",
	"bindings/cpp/include/banter/Generated/codes.hpp":  "cpp_codes.hpp.tmpl",
	"bindings/cpp/include/banter/Generated/enums.hpp":  "cpp_enums.hpp.tmpl",
	"bindings/cpp/include/banter/Generated/events.hpp": "cpp_events.hpp.tmpl",
	"bindings/cpp/include/banter/Generated/keys.hpp":   "cpp_keys.hpp.tmpl",
}

// model is what the templates see. Everything in it is worked out before.
type model struct {
	Calls      []call
	ValueLists []valueList
	Exports    []export
	Slots      []slot
	Headers    []header
	Header     header // the one that is being written
	Codes      []codeConst
	Enums      []goEnum
	Symbols    []string

	PuppetCalls  []puppetCall
	PuppetEvents []puppetEvent

	CppCalls  []cppMember
	CppEvents []cppEvent
	Cpp       cppConstants
}

// generate makes every file, by its path in the repository. The README is read from root:
// only its table is ours.
func generate(c *contract.Contract, root string) (map[string][]byte, error) {
	templates, err := template.ParseFS(templateFiles, "templates/*.tmpl")
	if err != nil {
		return nil, err
	}
	m, err := modelOf(c)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	render := func(path, name string) error {
		files[path], err = execute(templates, path, name, m)
		return err
	}
	for _, h := range m.Headers {
		m.Header = h
		file := "capi/include/" + h.Name
		if err := render(file, cmp.Or(outputs[file], "module.h.tmpl")); err != nil {
			return nil, err
		}
	}
	for _, file := range sortedKeys(outputs) {
		if files[file] != nil {
			continue
		}
		if err := render(file, outputs[file]); err != nil {
			return nil, err
		}
	}
	if err := addCSharp(files, templates, c, built); err != nil {
		return nil, err
	}
	if err := addUnityMetas(files, root); err != nil {
		return nil, err
	}
	readme, err := readmeWith(root, coverage(c.Functions))
	if err != nil {
		return nil, err
	}
	files["README.md"] = readme
	return files, nil
}

func modelOf(c *contract.Contract) (*model, error) {
	m := &model{Calls: calls(c.Functions), Exports: exports(c.Functions), Slots: slots(c),
		Headers: headers(c), Codes: codeConsts(c.Errors), Symbols: symbols(c.Functions),
		PuppetCalls: puppetCalls(c.Functions), PuppetEvents: puppetEvents(c),
		CppCalls: cppCalls(c.Functions), CppEvents: cppEvents(c)}
	m.ValueLists = valueLists(m.Calls)
	var err error
	if m.Enums, err = goEnums(c.Enums); err != nil {
		return nil, err
	}
	m.Cpp, err = cppConstantsOf(c, m.Enums)
	return m, err
}

func execute(templates *template.Template, file, name string, m *model) ([]byte, error) {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, m); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if path.Ext(file) != ".go" {
		return out.Bytes(), nil
	}
	formatted, err := format.Source(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return formatted, nil
}

// symbols lists what the library exports: the contract's functions and ours.
func symbols(functions []contract.Function) []string {
	list := strings.Fields(extensionFunctions)
	for _, f := range functions {
		list = append(list, f.Name)
	}
	slices.Sort(list)
	return list
}

// extensionFunctions are those of TIMExtension.h, whose text is its template.
const extensionFunctions = "TIMXPump TIMXSetCallbackMode TIMXVersion " +
	"TIMXClientCreate TIMXClientSelect TIMXClientSelected TIMXClientDestroy"

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
