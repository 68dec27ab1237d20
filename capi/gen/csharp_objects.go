package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// csObject is a class of a JSON object, or of named strings.
type csObject struct {
	Name, Base string
	Doc        []string
	ElemType   string // the value of elem_type that tells this kind of element
	Fields     []csField
}

type csField struct {
	Name, Key, Type string
	Doc             []string
	Obsolete        bool
}

// elemObject is the object that the kinds of message elements extend.
const elemObject = "ElemType"

// csClasses names the class of every object. An enum has the name ElemType already.
func csClasses(c *contract.Contract) map[string]string {
	classes := map[string]string{}
	for _, o := range c.Objects {
		classes[o.Name] = goEnumName(o.Name)
	}
	classes[elemObject] = "Elem"
	return classes
}

// addObjects puts named strings and kinds of elements into the model, and returns the
// objects by module.
func (w csharpWriter) addObjects(m *csharpModel) (map[string][]csObject, error) {
	objects := map[string][]csObject{}
	for _, o := range w.c.Objects {
		if o.Kind == contract.KindStrings {
			m.Constants = append(m.Constants, w.constants(o))
			continue
		}
		class, err := w.object(o)
		if err != nil {
			return nil, err
		}
		if o.ElemType != nil {
			m.ElemKinds = append(m.ElemKinds, class)
		}
		objects[o.Module] = append(objects[o.Module], class)
	}
	return objects, nil
}

// constants is the class of named strings.
func (w csharpWriter) constants(o contract.Object) csObject {
	class := csObject{Name: w.classes[o.Name], Doc: csDoc("    ", "summary", cmp.Or(published(o.Summary), "The object "+o.Name+"."))}
	var values []contract.Value
	for _, f := range o.Fields {
		values = append(values, contract.Value{Name: f.Const})
	}
	for i, name := range shortNames(values) {
		f := o.Fields[i]
		class.Fields = append(class.Fields, csField{Name: name, Key: f.Key, Doc: csDoc("        ", "summary", csKeyText(f))})
	}
	return class
}

func (w csharpWriter) object(o contract.Object) (csObject, error) {
	class := csObject{Name: w.classes[o.Name], Base: "JsonObject", Doc: csDoc("    ", "summary", cmp.Or(published(o.Summary), "The object "+o.Name+"."))}
	if o.Extends != "" {
		class.Base = w.classes[o.Extends]
	}
	if o.ElemType != nil {
		class.ElemType = w.elemKind(o.ElemType.Value)
	}
	taken := map[string]bool{class.Name: true, "OtherKeys": true}
	prefix := cmp.Or(keyPrefix(o.Fields), strings.ToLower(snake(goEnumName(o.Name)))+"_")
	for _, f := range o.Fields {
		field := csField{Name: fieldName(f.Key, prefix), Key: f.Key, Type: w.fieldType(f), Obsolete: f.Deprecated,
			Doc: csDoc("        ", "summary", csKeyText(f))}
		for _, cut := range []string{"", f.Key[:strings.LastIndex(f.Key, "_")+1]} {
			if taken[field.Name] {
				field.Name = fieldName(f.Key, cut)
			}
		}
		if taken[field.Name] {
			return class, fmt.Errorf("object %s: two keys are called %s", o.Name, field.Name)
		}
		taken[field.Name] = true
		class.Fields = append(class.Fields, field)
	}
	return class, nil
}

// csKeyText says what a key holds, and whether a game writes it.
func csKeyText(f contract.Field) string {
	text := published(cmp.Or(rewritten[f.Const], f.Note))
	if f.Required != nil && *f.Required {
		text += " Required."
	}
	if f.Access == "read" {
		text += " Read only."
	}
	return cmp.Or(strings.TrimSpace(text), "The key "+f.Key+".")
}

// elemKind is the C# constant of an element's kind.
func (w csharpWriter) elemKind(value int32) string {
	for _, e := range w.c.Enums {
		if e.Name != "TIMElemType" {
			continue
		}
		for i, v := range e.Values {
			if v.Value == value {
				return csEnumName(e.Name) + "." + shortNames(e.Values)[i]
			}
		}
	}
	return fmt.Sprintf("(ElemType)%d", value)
}

// fieldType is a key's C# type; what can be left out can be null.
func (w csharpWriter) fieldType(f contract.Field) string {
	element, list := strings.CutPrefix(f.Type, "array<")
	element = strings.TrimSuffix(element, ">")
	ctype := w.jsonType(element)
	enum := f.Enum != "" && f.Enum != "TIMErrCode" && ctype != "string" // codes are numbers: new ones come
	if enum {
		ctype = csEnumName(f.Enum)
	}
	switch {
	case list:
		return "List<" + ctype + ">"
	case enum, slices.Contains(csValueTypes, ctype):
		return ctype + "?"
	}
	return ctype
}

var csValueTypes = []string{"bool", "int", "uint", "long", "ulong", "byte", "double"}

// jsonType is the C# type of one value of JSON. What the contract does not know is a JToken.
func (w csharpWriter) jsonType(name string) string {
	name = strings.TrimPrefix(name, "object ")
	switch name {
	case "string", "bool", "int", "uint", "double":
		return name
	case "int32", "uint32":
		return strings.TrimSuffix(name, "32")
	case "int64":
		return "long"
	case "uint64":
		return "ulong"
	case "uint8":
		return "byte"
	}
	if class, ok := w.classes[name]; ok {
		return class
	}
	return "JToken"
}

// resultType is the C# type of a JSON text: a class, or a list.
func (w csharpWriter) resultType(of string) string {
	if element, ok := strings.CutPrefix(of, "array<"); ok {
		return "List<" + w.jsonType(strings.TrimSuffix(element, ">")) + ">"
	}
	return w.jsonType(of)
}

// keyPrefix is the words that most of an object's keys begin with.
func keyPrefix(fields []contract.Field) string {
	best, most := "", 0
	counts := map[string]int{}
	for _, f := range fields {
		for i := range f.Key {
			if f.Key[i] == '_' && i > 0 {
				counts[f.Key[:i+1]]++
			}
		}
	}
	for _, prefix := range sortedKeys(counts) {
		if n := counts[prefix]; n > most || n == most && len(prefix) > len(best) {
			best, most = prefix, n
		}
	}
	if most < 2 || 2*most <= len(fields) {
		return ""
	}
	return best
}

// fieldName is a key without its prefix, each word with a capital.
func fieldName(key, prefix string) string {
	rest := strings.TrimPrefix(key, prefix)
	if rest == "" || rest[0] >= '0' && rest[0] <= '9' {
		rest = key
	}
	var joined strings.Builder
	for _, word := range strings.Split(rest, "_") {
		joined.WriteString(capital(word))
	}
	return joined.String()
}
