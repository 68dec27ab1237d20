package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// compileCPP builds the demo of bindings/cpp: a compiler, the headers, the library.
func compileCPP(built, folder string) ([]string, error) {
	program, lib := filepath.Join(folder, "demo"), filepath.Join(built, "lib")
	cxx := exec.Command("c++", "-std=c++17", "-Wall", "-Wextra", "-I", filepath.Join(built, "include"),
		"-I", filepath.Join("bindings", "cpp", "include"), "-o", program,
		filepath.Join("bindings", "cpp", "examples", "demo.cpp"), "-L", lib, "-lImSDK", "-Wl,-rpath,"+lib)
	cxx.Stdout, cxx.Stderr = os.Stderr, os.Stderr
	if err := cxx.Run(); err != nil {
		return nil, fmt.Errorf("compile demo.cpp: %w", err)
	}
	return []string{program}, nil
}
