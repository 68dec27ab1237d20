package main

import (
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// csNative is a function of the library as P/Invoke declares it.
type csNative struct{ Returns, Name, Params string }

// csDelegate is a callback's type.
type csDelegate struct {
	Name   string
	Doc    []string
	Params string
}

func csNativeOf(f contract.Function) csNative {
	return csNative{csNativeReturn(f.Returns), f.Name, csNativeParams(f.Params, "byte[]")}
}

// csNativeParams lists parameters as P/Invoke marshals them. Text is UTF-8 made by hand: a
// byte[] that is pinned for the call on its way in, an address on its way out.
func csNativeParams(params []contract.Param, text ...string) string {
	var list []string
	for _, p := range params {
		ctype := csNativeType(p.Type)
		if p.Type == "const char*" && len(text) > 0 {
			ctype = text[0]
		}
		list = append(list, ctype+" "+csName(p.Name))
	}
	return strings.Join(list, ", ")
}

func csNativeType(ctype string) string {
	switch ctype {
	case "const char*", "const void*":
		return "IntPtr"
	case "char*":
		return "[In, Out] byte[]"
	case "bool":
		return "[MarshalAs(UnmanagedType.I1)] bool"
	}
	if number := csNumber(ctype); number != "" {
		return number
	}
	if strings.HasPrefix(ctype, "enum ") {
		return csEnumName(ctype)
	}
	return ctype // a callback
}

// csNumber is the C# type of a C number, or nothing.
func csNumber(ctype string) string {
	return map[string]string{"int": "int", "int32_t": "int", "uint32_t": "uint", "int64_t": "long", "uint64_t": "ulong"}[ctype]
}

func csNativeReturn(ctype string) string {
	if ctype == "void" {
		return ctype
	}
	return csNativeType(ctype)
}
