package contract

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
)

//go:embed *.json
var files embed.FS

// Load reads the contract and checks that it is whole and agrees with itself.
func Load() (*Contract, error) { return load(files) }

func load(from fs.FS) (*Contract, error) {
	var c Contract
	var rules []Rule
	for _, part := range []struct {
		file string
		into any
	}{
		{"functions.json", &c.Functions},
		{"callbacks.json", &c.Callbacks},
		{"enums.json", &c.Enums},
		{"objects.json", &c.Objects},
		{"errors.json", &c.Errors},
		{"rules.json", &rules},
	} {
		if err := decode(from, part.file, part.into); err != nil {
			return nil, err
		}
	}
	if err := join(c.Functions, rules); err != nil {
		return nil, err
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	return &c, nil
}

// decode reads one file. A field that no type here knows is an error: it would be a fact
// that nobody looks at.
func decode(from fs.FS, file string, into any) error {
	data, err := fs.ReadFile(from, file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: before byte %d: %w", file, d.InputOffset(), err)
	}
	if d.More() {
		return fmt.Errorf("%s: something follows the list", file)
	}
	return nil
}

// join gives every function its rule. "*" is that of all which only set a callback.
func join(functions []Function, rules []Rule) error {
	byName := map[string]Rule{}
	for _, r := range rules {
		if _, twice := byName[r.Name]; twice {
			return fmt.Errorf("rules.json: %s: there are two rules", r.Name)
		}
		byName[r.Name] = r
	}
	for i := range functions {
		f := &functions[i]
		rule, ok := byName[f.Name]
		delete(byName, f.Name)
		if !ok {
			rule, ok = byName["*"], f.Kind == KindSetCallback
			rule.Params = rule.Params[:min(len(rule.Params), len(f.Params))]
		}
		if !ok {
			return fmt.Errorf("rules.json: nothing about %s", f.Name)
		}
		f.Rule = rule
	}
	delete(byName, "*")
	for name := range byName {
		return fmt.Errorf("rules.json: %s: there is no such function", name)
	}
	return nil
}
