// Package arch holds the module to its architecture: which folder may import which,
// where cgo and init may stand, and that the client starts goroutines in spawn alone.
package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// module is the path that imports of our own packages begin with.
const module = "github.com/banter-im/banter/"

// file is one Go file of the tree.
type file struct {
	path   string // slash-separated, from the root of the module
	syntax *ast.File
	fset   *token.FileSet
}

func (f file) dir() string { return path.Dir(f.path) }

func (f file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// at says where node stands, followed by what is wrong with it.
func (f file) at(node ast.Node, format string, args ...any) string {
	line := f.fset.Position(node.Pos()).Line
	return fmt.Sprintf("%s:%d: ", f.path, line) + fmt.Sprintf(format, args...)
}

// Check reads every Go file under fsys, the root of the module, whatever platform it
// is for, and returns the places where the tree breaks a rule, in order.
func Check(fsys fs.FS) ([]string, error) {
	var broken []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(name):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		f, err := parse(fsys, name)
		if err != nil {
			return err
		}
		for _, rule := range []func(file) []string{checkFolder, checkImports, checkInit, checkSpawn} {
			broken = append(broken, rule(f)...)
		}
		return nil
	})
	slices.Sort(broken)
	return broken, err
}

// skipped tells whether dir holds no code of the module. The go command leaves out
// testdata and names with a dot or an underscore too.
func skipped(dir string) bool {
	base := path.Base(dir)
	hidden := dir != "." && (base[0] == '.' || base[0] == '_')
	return hidden || base == "testdata" || base == "node_modules" || dir == "build/out"
}

func parse(fsys fs.FS, name string) (file, error) {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return file{}, err
	}
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, source, parser.SkipObjectResolution)
	return file{path: name, syntax: syntax, fset: fset}, err
}

// within tells whether dir is folder or stands below it.
func within(dir, folder string) bool {
	return dir == folder || strings.HasPrefix(dir, folder+"/")
}

// checkInit keeps init to capi, whose one global is the library's client.
func checkInit(f file) []string {
	if within(f.dir(), "capi") {
		return nil
	}
	var broken []string
	for _, decl := range f.syntax.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			broken = append(broken, f.at(fn, "init stands outside capi: construct with New"))
		}
	}
	return broken
}
