package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// cppConstants are the constants of the C++ header.
type cppConstants struct {
	Codes  []cppConst
	Advice []cppAdvice
	Enums  []cppEnum
	Keys   []cppKeys
}

type cppConst struct {
	Comment     []string
	Name, Value string
}

type cppAdvice struct {
	First, Last int32
	Advice      string // try_again
}

type cppEnum struct {
	Comment    []string
	Name, Base string
	Values     []cppConst
}

// cppKeys are the keys of one object.
type cppKeys struct {
	Comment []string
	Keys    []cppConst
}

func cppConstantsOf(c *contract.Contract, enums []goEnum) (cppConstants, error) {
	constants := cppConstants{Codes: cppCodes(c.Errors), Advice: cppAdvices(), Enums: cppEnums(c, enums)}
	var err error
	constants.Keys, err = cppObjectKeys(c.Objects)
	return constants, err
}

// cppCodes names the codes, each with what helps.
func cppCodes(errors []contract.Error) []cppConst {
	var list []cppConst
	for _, e := range errors {
		if e.Name == "" {
			continue
		}
		text := strings.TrimSpace(capital(sentence(codeMeaning(e.Name, e.Meaning))) + " " + string(adviceFor(e.Code)))
		list = append(list, cppConst{cppComment("", text), strings.ToLower(strings.TrimPrefix(e.Name, "ERR_")), cInt(e.Code)})
	}
	return list
}

func cppAdvices() []cppAdvice {
	names := map[advice]string{tryAgain: "try_again", newTicket: "new_ticket"}
	var list []cppAdvice
	for _, r := range advised {
		list = append(list, cppAdvice{r.first, r.last, names[r.advice]})
	}
	return list
}

// cppRenamed are enums whose name in C++ is another than in Go: result.hpp has a Result.
var cppRenamed = map[string]string{"Result": "CallResult"}

// cppEnums are the enums. One that a key of 64 bits has is as wide: games have bits of their own there.
func cppEnums(c *contract.Contract, enums []goEnum) []cppEnum {
	base := map[string]string{}
	for _, e := range c.Enums {
		base[goEnumName(e.Name)] = "std::int32_t"
		if isWide(e.Name, c.Objects) {
			base[goEnumName(e.Name)] = "std::uint64_t"
		}
	}
	var list []cppEnum
	for _, e := range enums {
		cpp := cppEnum{Comment: cppComment("", capital(e.Doc)), Name: cmp.Or(cppRenamed[e.Name], e.Name), Base: base[e.Name]}
		for _, v := range e.Values {
			cpp.Values = append(cpp.Values, cppConst{cppComment("    ", v.Doc), strings.TrimPrefix(v.Name, e.Name), cInt(v.Value)})
		}
		list = append(list, cpp)
	}
	return list
}

// cppObjectKeys names the keys as their constants in C are named: kTIMLoginParamUserSig is
// login_param_user_sig.
func cppObjectKeys(objects []contract.Object) ([]cppKeys, error) {
	taken := map[string]string{}
	var list []cppKeys
	for _, o := range objects {
		c := objectOf(o)
		keys := cppKeys{Comment: cppComment("", o.Name+": "+sentence(published(o.Summary)))}
		for i, f := range o.Fields {
			name := strings.ToLower(snake(libraryPrefix.ReplaceAllString(f.Const, "")))
			switch taken[name] {
			case "":
			case f.Key:
				continue // two spellings of one constant in C
			default:
				return nil, fmt.Errorf("banter::key: two keys are called %s", name)
			}
			taken[name] = f.Key
			keys.Keys = append(keys.Keys, cppConst{cppComment("", keyText(f)), name, c.Keys[i].Value})
		}
		list = append(list, keys)
	}
	return list, nil
}
