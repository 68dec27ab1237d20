// Command build makes the library, its headers and the server for one or more platforms,
// in build/out/<os>-<arch>/{lib,include,bin}. scripts/build runs it from the module's root.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	flags.SetOutput(stderr)
	b := builder{sources: banter, stderr: stderr}
	flags.BoolVar(&b.race, "race", false, "only the server, with the race detector; -race ends the folder's name")
	flags.BoolVar(&b.libraryOnly, "library", false, "only the library and its headers; -library ends the folder's name")
	release := flags.Bool("release", false, "as released, for systems with an old glibc; -release ends the folder's name")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: scripts/build [-race | -library] [-release] [os-arch ...]\nmakes build/out/<os>-<arch>/{lib,include,bin}")
		flags.PrintDefaults()
		fmt.Fprintln(stderr, "platforms:", platformNames())
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	names := flags.Args()
	if len(names) == 0 {
		names = []string{runtime.GOOS + "-" + runtime.GOARCH}
	}
	targets, err := findPlatforms(names)
	if err != nil {
		return err
	}
	if *release {
		if b.zig, err = findZig(ctx); err != nil {
			return err
		}
	}
	for _, p := range targets {
		out, err := b.build(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name(), err)
		}
		fmt.Fprintln(stdout, out)
	}
	return nil
}
