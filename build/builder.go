package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// sources says where the parts are, from the module's root.
type sources struct {
	library string // package of the library
	server  string // package of the server
	headers string // folder of the public headers
	exports string // folder of the export lists
	out     string // folder of the results
}

var banter = sources{
	library: "./capi",
	server:  "./cmd/banterd",
	headers: "capi/include",
	exports: "build",
	out:     "build/out",
}

// builder builds in the working directory, which is the module's root.
type builder struct {
	sources
	race        bool
	libraryOnly bool
	zig         string // the C compiler of released files; "": a developer's build
	stderr      io.Writer
}

// build makes everything for p and returns the folder it is in. It works in a folder of
// its own and moves file by file, so a program that has the old library open keeps it,
// and two builds at the same time leave whole files.
func (b builder) build(ctx context.Context, p platform) (string, error) {
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return "", err
	}
	stage, err := os.MkdirTemp(b.out, ".stage-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(stage)

	out, steps := b.plan(p)
	for _, step := range steps {
		if err := step(ctx, p, stage); err != nil {
			return "", err
		}
	}
	return out, publish(stage, out)
}

// step makes one part of the product in a folder.
type step func(ctx context.Context, p platform, stage string) error

// plan says where the product for p goes, and what it is made of.
func (b builder) plan(p platform) (out string, steps []step) {
	out = filepath.Join(b.out, p.name())
	if b.zig != "" {
		out += "-release"
	}
	switch {
	case b.race:
		return out + "-race", []step{b.buildServer}
	case b.libraryOnly:
		return out + "-library", []step{b.buildLibrary, b.copyHeaders}
	}
	return out, []step{b.buildServer, b.buildLibrary, b.copyHeaders}
}

func (b builder) buildServer(ctx context.Context, p platform, stage string) error {
	args := []string{"-trimpath", "-ldflags", "-s -w"}
	if b.race {
		args = []string{"-race"}
	}
	return b.goBuild(ctx, p, filepath.Join(stage, "bin", p.server), b.server, args...)
}

// buildLibrary links the library without the header that cgo makes of it: ours are in
// the folder of the public headers.
func (b builder) buildLibrary(ctx context.Context, p platform, stage string) error {
	exports, err := filepath.Abs(b.exports)
	if err != nil {
		return err
	}
	lib := filepath.Join(stage, "lib", p.library)
	flags := fmt.Sprintf("-s -w -extldflags %q", strings.Join(p.linkFlags(exports), " "))
	if err := b.goBuild(ctx, p, lib, b.library, "-buildmode=c-shared", "-trimpath", "-ldflags", flags); err != nil {
		return err
	}
	if err := os.RemoveAll(strings.TrimSuffix(lib, filepath.Ext(lib)) + ".h"); err != nil {
		return err
	}
	if p.os == "windows" {
		return b.buildImportLibrary(ctx, p, exports, filepath.Dir(lib))
	}
	return nil
}

// buildImportLibrary makes what a Windows linker wants beside the DLL. LLVM's tool makes
// the form that Microsoft's linker expects too, so it goes first.
func (b builder) buildImportLibrary(ctx context.Context, p platform, exports, dir string) error {
	lib := filepath.Join(dir, "ImSDK.lib")
	list := []string{"-d", filepath.Join(exports, "ImSDK.def"), "-D", p.library, "-l", lib}
	for _, tool := range []string{"llvm-dlltool", "llvm-dlltool-14"} {
		if _, err := exec.LookPath(tool); err == nil {
			return b.command(ctx, tool, append([]string{"-m", "i386:x86-64"}, list...)...).Run()
		}
	}
	return b.command(ctx, "x86_64-w64-mingw32-dlltool", list...).Run()
}

func (b builder) copyHeaders(_ context.Context, _ platform, stage string) error {
	headers, err := filepath.Glob(filepath.Join(b.headers, "*.h"))
	if err != nil {
		return err
	}
	if len(headers) == 0 {
		return fmt.Errorf("there are no headers in %s: scripts/generate makes them", b.headers)
	}
	dir := filepath.Join(stage, "include")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, header := range headers {
		text, err := os.ReadFile(header)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(header)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (b builder) goBuild(ctx context.Context, p platform, output, source string, args ...string) error {
	env, err := p.environment(b.zig)
	if err != nil {
		return err
	}
	args = append(append([]string{"build", "-o", output}, args...), source)
	cmd := b.command(ctx, "go", args...)
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build %s: %w", source, err)
	}
	return nil
}

// command shows what the tool has to say on stderr, where it does not mix with results.
func (b builder) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = b.stderr, b.stderr
	return cmd
}
