package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// compileC builds demo.c as a game would be: a compiler, the headers, the library.
func compileC(built, folder string) ([]string, error) {
	program, lib := filepath.Join(folder, "demo"), filepath.Join(built, "lib")
	cc := exec.Command("cc", "-std=c99", "-Wall", "-Wextra", "-I", filepath.Join(built, "include"), "-o", program,
		filepath.Join("capi", "harness", "demo.c"), "-L", lib, "-lImSDK", "-Wl,-rpath,"+lib)
	cc.Stdout, cc.Stderr = os.Stderr, os.Stderr
	if err := cc.Run(); err != nil {
		return nil, fmt.Errorf("compile demo.c: %w", err)
	}
	return []string{program}, nil
}
