package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
)

// What a module may be linked into.
const (
	library = "library"
	server  = "server"
	tests   = "tests"
)

type module struct {
	path, version, dir string
	licence            string
	parts              []string
}

// systems are those whose code may want a module that others do not.
var systems = []string{"linux", "windows", "darwin", "android", "ios"}

// list returns what is linked into the library, the server and, of the rest, the tests.
func list() ([]module, error) {
	found := map[string]*module{}
	for _, system := range systems {
		if err := add(found, library, system, "./capi"); err != nil {
			return nil, err
		}
		if system == "android" || system == "ios" {
			continue // there is no server for them
		}
		if err := add(found, server, system, "./cmd/banterd"); err != nil {
			return nil, err
		}
	}
	all := map[string]*module{}
	if err := add(all, tests, "linux", "-test", "./..."); err != nil {
		return nil, err
	}
	for path, m := range all {
		if found[path] == nil {
			found[path] = m
		}
	}
	var modules []module
	for _, m := range found {
		modules = append(modules, *m)
	}
	return modules, nil
}

// add adds the modules of the packages and of what they import.
func add(found map[string]*module, part, system string, packages ...string) error {
	cmd := exec.Command("go", append([]string{"list", "-deps", "-json=Module"}, packages...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOARCH=arm64", "GOOS="+system)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list for %s: %w", system, err)
	}
	return read(found, part, out)
}

// read reads what go list says of packages.
func read(found map[string]*module, part string, out []byte) error {
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
				Replace            *struct{ Path, Version, Dir string }
			}
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if p.Module == nil || p.Module.Main {
			continue
		}
		if p.Module.Replace != nil {
			return fmt.Errorf("%s is replaced, which this list does not know", p.Module.Path)
		}
		m := found[p.Module.Path]
		if m == nil {
			m = &module{path: p.Module.Path, version: p.Module.Version, dir: p.Module.Dir}
			found[m.path] = m
		}
		if !slices.Contains(m.parts, part) {
			m.parts = append(m.parts, part)
		}
	}
}
