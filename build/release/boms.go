package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
)

// describe makes the bills of materials of a platform's library and server, from what the
// Go linker wrote into them. C code has no entry of its own: SQLite is part of the module
// that brings it.
func (r release) describe(ctx context.Context, platform string) error {
	if err := os.MkdirAll(r.boms, 0o755); err != nil {
		return err
	}
	programs, err := filepath.Glob(filepath.Join(r.product(platform), "bin", "banterd*"))
	if err != nil {
		return err
	}
	for _, program := range programs {
		if err := r.describeFile(ctx, program, "banterd-"+platform); err != nil {
			return err
		}
	}
	return r.describeFile(ctx, r.libraryFile(platform), "library-"+platform)
}

// describeFile gives the tool a copy that is executable: it reads no other file.
func (r release) describeFile(ctx context.Context, file, name string) error {
	whole, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	subject := filepath.Join(r.boms, filepath.Base(file))
	if err := os.WriteFile(subject, whole, 0o755); err != nil {
		return err
	}
	defer os.Remove(subject)
	return command(ctx, io.Discard, "go", "tool", "-modfile=build/sbom.mod", "cyclonedx-gomod", "bin", "-json", "-noserial",
		"-notimestamp", "-std", "-version", "v"+r.version, "-output", filepath.Join(r.boms, name+".cdx.json"), subject)
}
