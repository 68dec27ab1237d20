package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// publish moves every file below stage to its place below out, and removes what out holds
// of an older build and stage does not. A file is replaced at once, never half written.
func publish(stage, out string) error {
	fresh := map[string]bool{}
	err := eachFile(stage, func(name string) error {
		fresh[name] = true
		target := filepath.Join(out, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.Rename(filepath.Join(stage, name), target)
	})
	if err != nil {
		return err
	}
	return eachFile(out, func(name string) error {
		if fresh[name] {
			return nil
		}
		err := os.Remove(filepath.Join(out, name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another build was here first
		}
		return err
	})
}

// eachFile calls visit with the path of every file below dir, from dir.
func eachFile(dir string, visit func(name string) error) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return visit(name)
	})
}
