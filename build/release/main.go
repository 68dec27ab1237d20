// Command release makes the files of a release in build/out/packages. scripts/package runs
// it from the module's root. The same commit gives the same bytes, on every machine that
// has the same tools.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Getenv("SOURCE_DATE_EPOCH"), os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, epoch string, stderr io.Writer) error {
	flags := flag.NewFlagSet("package", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", "build/out/packages", "the folder of the packages; it is emptied first")
	partial := flags.Bool("partial", false, "leave out what is not there, and say so")
	if err := flags.Parse(args); err != nil {
		return err
	}
	made, err := releaseTime(ctx, epoch)
	if err != nil {
		return err
	}
	if err := command(ctx, stderr, "scripts/build", append([]string{"-release"}, desktop...)...); err != nil {
		return err
	}
	stage, err := os.MkdirTemp("", "banter-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	var skip func(string)
	if *partial {
		skip = func(missing string) { fmt.Fprintln(stderr, "package:", missing) }
	}
	r, err := prepare(ctx, stage)
	if err != nil {
		return err
	}
	return r.writeAll(*out, made, skip)
}

// cmakeRecipe is the folder of the recipe for the C and C++ package.
const cmakeRecipe = "bindings/cpp"

// prepare makes in stage what the archives want beside the products and the repository.
func prepare(ctx context.Context, stage string) (release, error) {
	version, err := readVersion("capi/version.h")
	if err != nil {
		return release{}, err
	}
	r := release{
		version: version,
		product: func(platform string) string { return filepath.Join("build", "out", platform+"-release") },
		cmake:   func(platform string) string { return filepath.Join(stage, "cmake", platform) },
		notices: filepath.Join(stage, "THIRD-PARTY-NOTICES"),
		boms:    filepath.Join(stage, "boms"),
	}
	if _, err := os.Stat(cmakeRecipe); err != nil {
		r.cmake = func(string) string { return cmakeRecipe } // the archive that wants it says so
	}
	folders, err := linkedModules(ctx)
	if err != nil {
		return release{}, err
	}
	goRoot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return release{}, fmt.Errorf("go env GOROOT: %w", err)
	}
	if err := writeNotices(r.notices, strings.TrimSpace(string(goRoot)), folders); err != nil {
		return release{}, err
	}
	for _, platform := range desktop {
		if err := r.describe(ctx, platform); err != nil {
			return release{}, err
		}
		if r.cmake(platform) == cmakeRecipe {
			continue
		}
		if err := r.installCMake(ctx, platform, filepath.Join(stage, "build-"+platform)); err != nil {
			return release{}, err
		}
	}
	return r, nil
}

// installCMake makes the C and C++ package of a platform, with its own recipe.
func (r release) installCMake(ctx context.Context, platform, work string) error {
	product, err := filepath.Abs(r.product(platform))
	if err != nil {
		return err
	}
	if err := command(ctx, io.Discard, "cmake", "-S", cmakeRecipe, "-B", work, "-DBANTER_PRODUCT="+product); err != nil {
		return err
	}
	return command(ctx, io.Discard, "cmake", "--install", work, "--prefix", r.cmake(platform))
}

// writeAll writes every archive and SHA256SUMS.
func (r release) writeAll(out string, made time.Time, skip func(string)) error {
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var sums strings.Builder
	for _, a := range r.archives() {
		files, err := a.collect(skip)
		if err != nil {
			return err
		}
		name := filepath.Join(out, a.name)
		if err := files.write(name, made); err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(text), a.name)
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

// versionLine matches the version in capi/version.h.
var versionLine = regexp.MustCompile(`(?m)^#define BANTER_VERSION "(\d+\.\d+\.\d+)"$`)

func readVersion(header string) (string, error) {
	text, err := os.ReadFile(header)
	if err != nil {
		return "", err
	}
	found := versionLine.FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%s has no BANTER_VERSION", header)
	}
	return string(found[1]), nil
}

// releaseTime is the time that every file bears: SOURCE_DATE_EPOCH if it is set, or else
// the commit's.
func releaseTime(ctx context.Context, epoch string) (time.Time, error) {
	if epoch == "" {
		out, err := exec.CommandContext(ctx, "git", "log", "-1", "--format=%ct").Output()
		if err != nil {
			return time.Time{}, fmt.Errorf("git log: %w: outside a checkout, set SOURCE_DATE_EPOCH", err)
		}
		epoch = strings.TrimSpace(string(out))
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q, not a number of seconds", epoch)
	}
	return time.Unix(seconds, 0), nil
}

// command runs a tool and shows what it says when it fails.
func command(ctx context.Context, out io.Writer, name string, args ...string) error {
	var said strings.Builder
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = io.MultiWriter(out, &said), io.MultiWriter(out, &said)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, said.String())
	}
	return nil
}
