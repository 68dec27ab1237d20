package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"
)

// Hand-written files and functions stay under these many lines.
const (
	fileLines     = 400
	functionLines = 50
)

func checkFileLength(_, text string) ([]finding, error) {
	lines := strings.Count(text, "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		lines++
	}
	if lines < fileLines {
		return nil, nil
	}
	return []finding{{1, fmt.Sprintf("%d lines: a file stays under %d", lines, fileLines)}}, nil
}

// function is where a function stands: the lines of its first word and of its last brace.
type function struct {
	name        string
	first, last int
}

func checkFunctionLength(name, text string) ([]finding, error) {
	functions := cFunctions(text)
	if path.Ext(name) == ".go" {
		var err error
		if functions, err = goFunctions(name, text); err != nil {
			return nil, err
		}
	}
	var found []finding
	for _, f := range functions {
		if lines := f.last - f.first + 1; lines >= functionLines {
			found = append(found, finding{f.first, fmt.Sprintf("%s has %d lines: a function stays under %d", f.name, lines, functionLines)})
		}
	}
	return found, nil
}

// goFunctions returns the declared functions of a Go file, and the literals outside them.
func goFunctions(name, text string) ([]function, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var functions []function
	ast.Inspect(file, func(node ast.Node) bool {
		f := function{name: "a function literal"}
		switch node := node.(type) {
		case *ast.FuncDecl:
			f.name = node.Name.Name
		case *ast.FuncLit:
		default:
			return true
		}
		f.first, f.last = fset.Position(node.Pos()).Line, fset.Position(node.End()).Line
		functions = append(functions, f)
		return false // what is inside is shorter
	})
	return functions, nil
}
