package suite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/banter-im/banter/capi/contract"
	"github.com/banter-im/banter/capi/harness/rig"
)

// given is an argument as a fuzzer has made it.
type given struct {
	null   bool
	text   string
	number int64
}

func (g given) arg(of argument) rig.Arg {
	switch {
	case g.null:
		return rig.NullArg
	case of.Type == "char*":
		return rig.BufferArg
	case of.Type == "const char*":
		return rig.TextArg(g.text)
	}
	return rig.NumberArg(g.number)
}

// result is what C makes of the argument alone, by the contract's rule.
func (g given) result(of argument) int {
	usual := 0
	if of.rule.Rule == contract.RuleRequired {
		usual = -4
	}
	switch of.Type {
	case "char*":
		if g.null {
			return or(of.rule.OnNull, 0)
		}
		return 0
	case "const char*":
		return g.textResult(of, usual)
	}
	return g.numberResult(of)
}

func (g given) numberResult(of argument) int {
	if of.rule.Rule != contract.RuleRequired {
		return 0
	}
	for _, allowed := range of.rule.Values {
		if g.number == int64(allowed) {
			return 0
		}
	}
	if len(of.rule.Values) == 0 && g.number != 0 {
		return 0
	}
	return -4
}

func (g given) textResult(of argument, usual int) int {
	text, _, _ := strings.Cut(g.text, "\x00") // C's end of a text
	if of.rule.Rule != contract.RuleAny {
		switch {
		case g.null:
			return or(of.rule.OnNull, usual)
		case text == "":
			return or(of.rule.OnEmpty, usual)
		case of.rule.JSON != "" && of.rule.Rule == contract.RuleOptional && text == "undefined":
			return 0
		case of.rule.JSON != "":
			return jsonResult(of.rule, text)
		}
	}
	if g.null || utf8.ValidString(text) {
		return 0
	}
	return -3
}

// jsonResult is what C makes of a text that has to be JSON.
func jsonResult(rule contract.ParamRule, text string) int {
	verdict := want([]byte(text))
	if !strings.EqualFold(verdict, rule.JSON[:1]) { // o or a, in capitals when it is empty
		return -3
	}
	if rule.Nonempty && verdict == strings.ToUpper(verdict) {
		return -3
	}
	return 0
}

// chooser makes arguments out of a fuzzer's bytes: each choice takes one. JSON has the shape
// that the contract gives it, for the most part, so that what is behind the checks is reached.
type chooser struct {
	choices []byte
	raw     string // the fuzzer's own text
	objects map[string]contract.Object
	enums   map[string][]int64
}

// below takes a choice of n; when the bytes are used up it is the first.
func (c *chooser) below(n int) int {
	if len(c.choices) == 0 || n == 0 {
		return 0
	}
	choice := int(c.choices[0]) % n
	c.choices = c.choices[1:]
	return choice
}

func (c *chooser) argument(f contract.Function, a argument) given {
	switch {
	case a.Type == "char*":
		return given{null: c.below(16) == 15}
	case a.Type != "const char*":
		return given{number: c.number(c.allowed(a))}
	}
	switch c.below(8) {
	case 7:
		return [...]given{{null: true}, {text: c.raw}, {text: ""}, {text: "undefined"}, {text: c.word()}}[c.below(5)]
	}
	if shape := f.ParamsObject[a.Name]; a.rule.JSON != "" && shape != "" {
		text, err := json.Marshal(c.value(shape, 0))
		if err != nil {
			panic(err)
		}
		return given{text: string(text)}
	}
	return given{text: c.word()}
}

func (c *chooser) allowed(a argument) (numbers []int64) {
	for _, n := range a.rule.Values {
		numbers = append(numbers, int64(n))
	}
	return append(numbers, c.enums[a.rule.Enum]...)
}

// number is an allowed one for the most part, else one from the edges.
func (c *chooser) number(allowed []int64) int64 {
	edges := [...]int64{0, 1, 2, 7, 20, 1000, -1, math.MaxInt32, math.MinInt32, math.MaxUint32, math.MaxInt64, math.MinInt64}
	if len(allowed) > 0 && c.below(4) != 3 {
		return allowed[c.below(len(allowed))]
	}
	return edges[c.below(len(edges))]
}

// word is a text that means something to somebody.
func (c *chooser) word() string {
	words := [...]string{"bob", "c2c_bob", "ann", "group_x", "", "a", "@all", "\u0000", "鸡😀", "../../x", "/nowhere/x.png", "1", "0-1-1", "administrator", "nowhere:x"}
	switch i := c.below(len(words) + 4); {
	case i < len(words):
		return words[i]
	case i == len(words):
		return strings.ToValidUTF8(c.raw, "?")
	case i == len(words)+1:
		return strings.Repeat("long", 1<<c.below(13))
	default:
		return "ann"
	}
}

// value is one of a type of the contract, or now and then of another.
func (c *chooser) value(kind string, depth int) any {
	if c.below(24) == 23 || depth > 4 {
		return [...]any{nil, true, -1, 1e300, c.word(), []any{}, map[string]any{}, []any{map[string]any{}}}[c.below(8)]
	}
	if inner, ok := strings.CutPrefix(kind, "array<"); ok {
		list := make([]any, 1+c.below(3))
		if c.below(12) == 11 {
			list = make([]any, c.below(120))
		}
		for i := range list {
			list[i] = c.value(strings.TrimSuffix(inner, ">"), depth+1)
		}
		return list
	}
	kind = strings.TrimPrefix(kind, "object ")
	switch kind {
	case "string", "unknown", "":
		return c.word()
	case "bool":
		return c.below(2) == 0
	case "double":
		return float64(c.number(nil)) / 3
	case "ElemType":
		return c.element(depth)
	}
	if o, ok := c.objects[kind]; ok {
		return c.object(o, depth)
	}
	return c.number(nil)
}

// element is a message's element of one of the kinds.
func (c *chooser) element(depth int) any {
	kinds := [...]string{"TextElem", "CustomElem", "FaceElem", "LocationElem", "ImageElem", "SoundElem", "VideoElem", "FileElem", "MergerElem"}
	o := c.objects[kinds[c.below(len(kinds))]]
	element := c.object(o, depth)
	if o.ElemType != nil {
		element["elem_type"] = o.ElemType.Value
	}
	return element
}

func (c *chooser) object(o contract.Object, depth int) map[string]any {
	object := map[string]any{}
	for _, f := range o.Fields {
		required := f.Required != nil && *f.Required
		if required && c.below(8) == 7 || !required && c.below(3) != 2 {
			continue
		}
		if f.Enum != "" && c.below(4) != 3 {
			object[f.Key] = c.number(c.enums[f.Enum])
			continue
		}
		object[f.Key] = c.value(f.Type, depth+1)
	}
	if c.below(32) == 31 {
		object["another_key"] = strings.ToValidUTF8(c.raw, "?")
	}
	return object
}

// newVocabulary reads what choosers need of the contract.
func newVocabulary(c *contract.Contract) (objects map[string]contract.Object, enums map[string][]int64) {
	objects, enums = map[string]contract.Object{}, map[string][]int64{}
	for _, o := range c.Objects {
		objects[o.Name] = o
	}
	for _, e := range c.Enums {
		for _, v := range e.Values {
			enums[e.Name] = append(enums[e.Name], int64(v.Value))
		}
	}
	return objects, enums
}

// describe writes a call as a person would, to be read when it went wrong.
func describe(name string, list []given) string {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s(", name)
	for i, g := range list {
		if i > 0 {
			out.WriteString(", ")
		}
		switch {
		case g.null:
			out.WriteString("NULL")
		case g.text != "":
			fmt.Fprintf(&out, "%.2000q", g.text)
		default:
			fmt.Fprint(&out, g.number)
		}
	}
	out.WriteString(")")
	return out.String()
}
