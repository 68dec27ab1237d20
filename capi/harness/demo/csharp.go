package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/banter-im/banter/capi/harness/rig"
)

// compileCSharp builds the C# client and Demo.cs, and runs them under Mono. As root on Debian
// it installs what is missing.
func compileCSharp(built, folder string) ([]string, error) {
	if os.Geteuid() == 0 && rig.MissingCSharp() != "" {
		needs := exec.Command("go", "run", "./build/needs")
		needs.Stderr = os.Stderr
		if err := needs.Run(); err != nil {
			return nil, err
		}
	}
	missing := rig.MissingCSharp()
	if _, err := exec.LookPath("mono"); err != nil && missing == "" {
		missing = "mono (mono-runtime) is not installed"
	}
	if missing != "" {
		return nil, errors.New(missing)
	}
	if err := rig.BuildCSharp(built, folder); err != nil {
		return nil, err
	}
	program, err := rig.CompileCSharp(folder, "Demo", filepath.Join("capi", "harness", "demo", "Demo.cs"))
	return []string{"mono", program}, err
}
