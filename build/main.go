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
	race := flags.Bool("race", false, "only the server, with the race detector, in build/out/<os>-<arch>-race")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: scripts/build [-race] [os-arch ...]")
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
	b := builder{sources: banter, race: *race, stderr: stderr}
	for _, p := range targets {
		out, err := b.build(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name(), err)
		}
		fmt.Fprintln(stdout, out)
	}
	return nil
}
