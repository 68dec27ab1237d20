// Command lint holds the hand-written files to what gofmt, vet and staticcheck do not
// know: the length of files and functions, and marks of unfinished work.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

func main() {
	found, err := check(os.DirFS("."))
	for _, line := range found {
		fmt.Fprintln(os.Stderr, line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lint:", err)
	}
	if err != nil || len(found) > 0 {
		os.Exit(1)
	}
}

// A rule returns what is wrong with a file, each finding with its line.
type rule func(name, text string) ([]finding, error)

type finding struct {
	line    int
	message string
}

// check returns what is wrong in the tree below fsys, in order.
func check(fsys fs.FS) ([]string, error) {
	var found []string
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && notOurs(name):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		lines, err := checkFile(fsys, name)
		found = append(found, lines...)
		return err
	})
	slices.Sort(found)
	return found, err
}

// notOurs tells whether dir holds what git does not: results and data.
func notOurs(dir string) bool {
	return slices.Contains([]string{".git", "build/out"}, dir) ||
		slices.Contains([]string{"node_modules", "banter-dev", "bin", "obj"}, path.Base(dir))
}

func checkFile(fsys fs.FS, name string) ([]string, error) {
	var rules []rule
	if readsAsProse(name) {
		rules = append(rules, checkWords)
	}
	if isCode(name) && !isGenerated(name) {
		rules = append(rules, checkFileLength, checkFunctionLength)
	}
	if len(rules) == 0 {
		return nil, nil
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, rule := range rules {
		findings, err := rule(name, string(text))
		if err != nil {
			return nil, err
		}
		for _, f := range findings {
			found = append(found, fmt.Sprintf("%s:%d: %s", name, f.line, f.message))
		}
	}
	return found, nil
}

func isCode(name string) bool {
	return slices.Contains([]string{".go", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs"}, path.Ext(name))
}

// isGenerated knows generated files by where they are, as a reader does.
func isGenerated(name string) bool {
	return strings.HasPrefix(path.Base(name), "zz_") ||
		strings.HasPrefix(name, "capi/include/") ||
		slices.Contains(strings.Split(path.Dir(name), "/"), "Generated")
}
