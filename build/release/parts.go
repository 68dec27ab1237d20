package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// part is a file, or a folder with all below it, that an archive takes in.
type part struct {
	from string // from the module's root, or a whole path
	to   string // in the archive; ends with / to keep the file's name
}

// archive is one file of the release.
type archive struct {
	name  string
	root  string // the folder that all of it is in
	parts []part
	metas bool // it is for Unity, which wants a .meta for each file and for nothing else
}

// collect finds the archive's files. A part that is not there is an error that names it,
// or, where skip is given, what skip is told.
func (a archive) collect(skip func(missing string)) (entries, error) {
	found := entries{}
	for _, p := range a.parts {
		info, err := os.Stat(p.from)
		switch {
		case err != nil && skip != nil:
			skip(fmt.Sprintf("%s goes without %s", a.name, p.from))
		case err != nil:
			return nil, fmt.Errorf("%s wants %s, which is not there", a.name, p.from)
		case info.IsDir():
			if err := a.collectFolder(found, p); err != nil {
				return nil, err
			}
		default:
			to := path.Join(a.root, p.to)
			if strings.HasSuffix(p.to, "/") || p.to == "" {
				to = path.Join(a.root, p.to, filepath.Base(p.from))
			}
			found[to] = p.from
		}
	}
	if a.metas {
		found.dropOrphans()
	}
	return found, nil
}

// collectFolder leaves out what no release has: hidden files and tests' leftovers.
func (a archive) collectFolder(found entries, p part) error {
	return filepath.WalkDir(p.from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(entry.Name(), ".") && name != p.from {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		inside, err := filepath.Rel(p.from, name)
		if err != nil {
			return err
		}
		found[path.Join(a.root, p.to, filepath.ToSlash(inside))] = name
		return nil
	})
}
