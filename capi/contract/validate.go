package contract

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// check is one test of the contract. It names file, entry and field of what it dislikes.
type check func(*Contract) error

// validate refuses a contract that is incomplete or contradicts itself, so that nothing
// which is made from it has to ask again.
func (c *Contract) validate() error {
	for _, check := range []check{
		(*Contract).counts,
		(*Contract).uniqueNames,
		(*Contract).uniqueKeys,
		(*Contract).uniqueCodes,
		(*Contract).functions,
		(*Contract).callbacks,
		(*Contract).objects,
		(*Contract).rules,
	} {
		if err := check(c); err != nil {
			return err
		}
	}
	return nil
}

// counts holds the contract to what the headers have: an entry that got lost breaks games.
func (c *Contract) counts() error {
	kinds := map[string]int{}
	for _, f := range c.Functions {
		kinds[f.Kind]++
	}
	values, keys := 0, 0
	for _, e := range c.Enums {
		values += len(e.Values)
	}
	for _, o := range c.Objects {
		keys += len(o.Fields)
	}
	for _, n := range []struct {
		what      string
		got, want int
	}{
		{"functions.json: functions", len(c.Functions), 244},
		{"functions.json: functions of kind call", kinds[KindCall], 163},
		{"functions.json: functions of kind set_callback", kinds[KindSetCallback], 71},
		{"functions.json: functions of kind sync", kinds[KindSync], 10},
		{"callbacks.json: callbacks", len(c.Callbacks), 72},
		{"enums.json: enums", len(c.Enums), 57},
		{"enums.json: values", values, 703},
		{"objects.json: objects", len(c.Objects), 153},
		{"objects.json: keys", keys, 902},
		{"errors.json: errors", len(c.Errors), 378},
	} {
		if n.got != n.want {
			return fmt.Errorf("%s: %d, not %d", n.what, n.got, n.want)
		}
	}
	return nil
}

// uniqueNames refuses a name that C would see twice: functions, types, constants and
// their aliases share one space.
func (c *Contract) uniqueNames() error {
	seen := map[string]string{}
	add := func(where string, names ...string) error {
		for _, name := range names {
			if name == "" {
				return fmt.Errorf("%s: a name is empty", where)
			}
			if other, twice := seen[name]; twice {
				return fmt.Errorf("%s: the name %s is taken by %s", where, name, other)
			}
			seen[name] = where
		}
		return nil
	}
	for _, f := range c.Functions {
		if err := add("functions.json: "+f.Name, f.Name); err != nil {
			return err
		}
	}
	for _, cb := range c.Callbacks {
		if err := add("callbacks.json: "+cb.Name, cb.Name); err != nil {
			return err
		}
	}
	for _, e := range c.Enums {
		names := []string{e.Name}
		for _, v := range e.Values {
			names = append(append(names, v.Name), v.Aliases...)
		}
		if err := add("enums.json: "+e.Name, names...); err != nil {
			return err
		}
	}
	for _, o := range c.Objects {
		for _, f := range o.Fields {
			if err := add("objects.json: "+o.Name, append([]string{f.Const}, f.Aliases...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// uniqueKeys is about one object: two objects may share a key.
func (c *Contract) uniqueKeys() error {
	objects := map[string]bool{}
	for _, o := range c.Objects {
		if objects[o.Name] {
			return fmt.Errorf("objects.json: %s: there are two", o.Name)
		}
		objects[o.Name] = true
		keys := map[string]bool{}
		for _, f := range o.Fields {
			if f.Key == "" {
				return fmt.Errorf("objects.json: %s: %s: key is empty", o.Name, f.Const)
			}
			if keys[f.Key] {
				return fmt.Errorf("objects.json: %s: %s: the key %s is taken", o.Name, f.Const, f.Key)
			}
			keys[f.Key] = true
		}
	}
	return nil
}

// uniqueCodes also holds errors.json and the enum TIMErrCode to the same codes.
func (c *Contract) uniqueCodes() error {
	enum := map[string]int32{}
	for _, e := range c.Enums {
		if e.Name == "TIMErrCode" {
			for _, v := range e.Values {
				enum[v.Name] = v.Value
			}
		}
	}
	codes := map[int32]string{}
	for _, e := range c.Errors {
		if e.CodeRange != nil {
			if len(e.CodeRange) != 2 || e.CodeRange[0] >= e.CodeRange[1] {
				return fmt.Errorf("errors.json: code_range: %v is no range", e.CodeRange)
			}
			continue
		}
		if other, twice := codes[e.Code]; twice {
			name := cmp.Or(e.Name, "the one without a name")
			return fmt.Errorf("errors.json: %s: the code %d is that of %s", name, e.Code, other)
		}
		codes[e.Code] = e.Name
		if e.Name == "" {
			continue
		}
		if value, ok := enum[e.Name]; !ok || value != e.Code {
			return fmt.Errorf("errors.json: %s: code %d is not what enums.json has", e.Name, e.Code)
		}
		delete(enum, e.Name)
	}
	for name := range enum {
		return fmt.Errorf("enums.json: TIMErrCode: %s is not in errors.json", name)
	}
	return nil
}

// names says which callbacks, enums and objects there are.
type names struct{ callbacks, enums, objects map[string]bool }

func (c *Contract) names() names {
	n := names{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, cb := range c.Callbacks {
		n.callbacks[cb.Name] = true
	}
	for _, e := range c.Enums {
		n.enums[e.Name] = true
	}
	for _, o := range c.Objects {
		n.objects[o.Name] = true
		if o.Kind == KindStrings {
			n.enums[o.Name] = true // the values of a text, not of a number
		}
	}
	return n
}

// cTypes are the types of C that parameters and results may have, beside enums and callbacks.
var cTypes = []string{"void", "const char*", "char*", "const void*", "bool", "int",
	"int32_t", "uint32_t", "int64_t", "uint64_t"}

func (n names) hasType(t string) bool {
	if enum, ok := strings.CutPrefix(t, "enum "); ok {
		return n.enums[enum]
	}
	return slices.Contains(cTypes, t) || n.callbacks[t]
}

// jsonTypes are the types of JSON values, beside objects and arrays.
var jsonTypes = []string{"string", "bool", "int", "uint", "int32", "uint32", "int64", "uint64",
	"uint8", "double", "unknown", "empty", ""}

// undefined are objects that the headers name and define nowhere.
var undefined = []string{"GroupInfo"}

func (n names) hasJSON(t string) bool {
	if of, ok := strings.CutPrefix(t, "array<"); ok {
		t = strings.TrimSuffix(of, ">")
	}
	t = strings.TrimPrefix(t, "object ")
	return n.objects[t] || slices.Contains(jsonTypes, t) || slices.Contains(undefined, t)
}
