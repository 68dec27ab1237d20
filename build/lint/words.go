package main

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// unfinished are the marks of work that was put off: finish it, or write down where it
// is decided that it waits.
var unfinished = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b|(?i)\b(not implemented|for now)\b`)

// readsAsProse tells whether somebody writes and reads the file. This folder is left out,
// since it names the marks; so are checksums, and the licence, which is not ours to edit.
func readsAsProse(name string) bool {
	text := []string{".go", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".md", ".sh", ".sql", ".toml",
		".yml", ".yaml", ".tmpl", ".txtar", ".html", ".js", ".css", ".mod", ".map", ".def", ""}
	return slices.Contains(text, path.Ext(name)) && path.Dir(name) != "build/lint" && name != "LICENSE"
}

func checkWords(_, text string) ([]finding, error) {
	var found []finding
	for i, line := range strings.Split(text, "\n") {
		if mark := unfinished.FindString(line); mark != "" {
			found = append(found, finding{i + 1, "a mark of unfinished work: " + mark})
		}
	}
	return found, nil
}
