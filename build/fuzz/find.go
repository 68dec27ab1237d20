package main

import (
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// fuzzer is one fuzz target of a package.
type fuzzer struct{ folder, name string }

func (f fuzzer) String() string { return f.folder + "/" + f.name }

var target = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(\w+ \*testing\.F\)`)

// find returns the fuzzers of the test files of a module, by folder and name.
func find(module fs.FS, wanted *regexp.Regexp) (all []fuzzer, err error) {
	err = fs.WalkDir(module, ".", func(at string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && at != "." && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(at, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(module, at)
		if err != nil {
			return err
		}
		for _, found := range target.FindAllSubmatch(text, -1) {
			if f := (fuzzer{path.Dir(at), string(found[1])}); wanted.MatchString(f.String()) {
				all = append(all, f)
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b fuzzer) int { return cmp.Or(cmp.Compare(a.folder, b.folder), cmp.Compare(a.name, b.name)) })
	return all, err
}
