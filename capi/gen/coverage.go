package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/banter-im/banter/capi/contract"
)

// The README's coverage table stands between these.
const (
	coverageBegin = "<!-- coverage:begin -->"
	coverageEnd   = "<!-- coverage:end -->"
)

// coverage is the README's table: a row for each module, in the contract's order.
func coverage(functions []contract.Function) []byte {
	type row struct{ functions, built int }
	rows := map[string]*row{}
	var modules []string
	for _, f := range functions {
		if rows[f.Module] == nil {
			rows[f.Module] = &row{}
			modules = append(modules, f.Module)
		}
		rows[f.Module].functions++
		if slices.Contains(built, f.Name) {
			rows[f.Module].built++
		}
	}
	var table bytes.Buffer
	total := row{}
	table.WriteString("| module       | functions | built | state                   |\n")
	table.WriteString("|--------------|----------:|------:|-------------------------|\n")
	line := func(module string, r row) {
		fmt.Fprintf(&table, "| %-12s | %9d | %5d | %-23s |\n", module, r.functions, r.built, state(r.functions, r.built))
		total.functions, total.built = total.functions+r.functions, total.built+r.built
	}
	for _, m := range modules {
		line(m, *rows[m])
	}
	line("all", total)
	return table.Bytes()
}

func state(functions, built int) string {
	switch built {
	case functions:
		return "built"
	case 0:
		return "not built: answers 7013"
	}
	return "partly built"
}

// readmeWith returns the README in root with the table between its markers. A README that
// is not there is made of the markers alone.
func readmeWith(root string, table []byte) ([]byte, error) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if errors.Is(err, os.ErrNotExist) {
		readme, err = []byte(coverageBegin+"\n"+coverageEnd+"\n"), nil
	}
	if err != nil {
		return nil, err
	}
	return between(readme, table)
}

func between(readme, table []byte) ([]byte, error) {
	before, rest, ok := bytes.Cut(readme, []byte(coverageBegin))
	if !ok {
		return nil, fmt.Errorf("README.md: %s is missing", coverageBegin)
	}
	_, after, ok := bytes.Cut(rest, []byte(coverageEnd))
	if !ok {
		return nil, fmt.Errorf("README.md: %s is missing", coverageEnd)
	}
	return bytes.Join([][]byte{before, []byte(coverageBegin + "\n"), table, []byte(coverageEnd), after}, nil), nil
}
