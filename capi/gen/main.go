// Command gen writes everything that is made from capi/contract: the public headers, the
// C exports and tables, the Go dispatch, codes and enums, export lists, and the README's
// coverage table.
//
//	go run ./capi/gen          writes what is stale
//	go run ./capi/gen -check   only says what is stale, and fails
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	check := flags.Bool("check", false, "write nothing, and fail when a file is stale")
	root := flags.String("root", ".", "folder of the repository")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c, err := contract.Load()
	if err != nil {
		return err
	}
	files, err := generate(c, *root)
	if err != nil {
		return err
	}
	stale, err := compare(files, *root)
	if err != nil {
		return err
	}
	if *check {
		if len(stale) > 0 {
			return fmt.Errorf("stale: %s; run scripts/generate", strings.Join(stale, ", "))
		}
		return nil
	}
	for _, path := range stale {
		if err := write(filepath.Join(*root, path), files[path]); err != nil {
			return err
		}
		fmt.Fprintln(stdout, "wrote", path)
	}
	return nil
}

// compare returns the paths of the files that are missing or differ, sorted.
func compare(files map[string][]byte, root string) ([]string, error) {
	var stale []string
	for _, path := range sortedKeys(files) {
		have, err := os.ReadFile(filepath.Join(root, path))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if err != nil || !bytes.Equal(have, files[path]) {
			stale = append(stale, path)
		}
	}
	return stale, nil
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
