package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// linkedModules returns the folders of the modules that the library and the server are
// made of on all the platforms of the release, by "path version".
func linkedModules(ctx context.Context) (map[string]string, error) {
	folders := map[string]string{}
	for _, platform := range desktop {
		system, arch, _ := strings.Cut(platform, "-")
		list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Module", "./capi", "./cmd/banterd")
		list.Env = append(os.Environ(), "CGO_ENABLED=1", "GOOS="+system, "GOARCH="+arch)
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", platform, err)
		}
		if err := addModules(folders, out); err != nil {
			return nil, err
		}
	}
	return folders, nil
}

// addModules reads what go list says of packages.
func addModules(folders map[string]string, list []byte) error {
	for packages := json.NewDecoder(bytes.NewReader(list)); ; {
		var p struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if p.Module != nil && !p.Module.Main {
			folders[p.Module.Path+" "+p.Module.Version] = p.Module.Dir
		}
	}
}

// licence matches the names of the files that say under which terms a module may be used.
var licence = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)`)

// writeNotices puts the licences of Go and of the modules into one file. A module without
// a licence is an error: it may not be shipped.
func writeNotices(name, goRoot string, folders map[string]string) error {
	var all bytes.Buffer
	fmt.Fprintln(&all, "Banter's library and server contain the following software, under these terms.")
	folders = maps.Clone(folders)
	folders["Go"] = goRoot
	for _, module := range slices.Sorted(maps.Keys(folders)) {
		entries, err := os.ReadDir(folders[module])
		if err != nil {
			return err
		}
		texts := 0
		for _, entry := range entries {
			if entry.IsDir() || !licence.MatchString(entry.Name()) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(folders[module], entry.Name()))
			if err != nil {
				return err
			}
			texts++
			fmt.Fprintf(&all, "\n%s\n%s, %s\n\n%s\n", strings.Repeat("=", 80), module, entry.Name(), bytes.TrimSpace(text))
		}
		if texts == 0 {
			return fmt.Errorf("%s has no licence in %s: it cannot be shipped", module, folders[module])
		}
	}
	return os.WriteFile(name, all.Bytes(), 0o644)
}
