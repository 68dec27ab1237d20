// Package rig is what the demos and the tests from outside share: the product as
// scripts/build makes it, and a running banterd.
package rig

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
)

// Root returns the repository's folder, found upwards from the working folder.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("rig: no go.mod above the working folder")
		}
	}
}

// Built returns the folder of this machine's product: lib, include and bin. It does not
// look whether anything was built.
func Built() (string, error) { return BuiltFor(runtime.GOOS + "-" + runtime.GOARCH) }

// BuiltFor is Built for another platform, named as scripts/build names it.
func BuiltFor(platform string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "build", "out", platform), nil
}

// Build runs scripts/build for this machine, once in a process, and returns what Built does.
var Build = sync.OnceValues(func() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(filepath.Join(root, "scripts", "build"))
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", err
	}
	return Built()
})
