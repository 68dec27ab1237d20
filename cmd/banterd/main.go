// Command banterd is the server.
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
	"runtime/debug"
	"syscall"

	"github.com/banter-im/banter/internal/wire"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from then on a second signal ends the program at once
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "banterd:", err)
		os.Exit(1)
	}
}

const help = `banterd is the server of Banter.

  banterd dev             a server to develop against; needs no configuration
  banterd serve           a server for players
  banterd config check    looks for mistakes in a configuration
  banterd backup          copies a server's SQLite data while it runs
  banterd copy            brings SQLite data into a PostgreSQL database
  banterd usersig sign    makes a ticket
  banterd usersig inspect says what a ticket holds, and which check it fails
  banterd bench           puts load on a server, and says how it did
  banterd version         says which version this is

Each says more with --help.
`

// run is the whole program, so that a test can be its main. It returns when ctx ends and
// every connection has been closed.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	err := command(ctx, args, getenv, stdin, stdout, stderr)
	if errors.Is(err, flag.ErrHelp) { // and printed
		return nil
	}
	return err
}

func command(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	name, args := split(args)
	switch name {
	case "dev":
		return devCommand(ctx, args, stdout, stderr)
	case "serve":
		return serveCommand(ctx, args, getenv, stderr)
	case "config":
		return configCommand(args, getenv, stdout, stderr)
	case "backup":
		return backupCommand(ctx, args, getenv, stdout, stderr)
	case "copy":
		return copyCommand(ctx, args, getenv, stdout, stderr)
	case "usersig":
		return usersigCommand(args, stdin, stdout, stderr)
	case "bench":
		return benchCommand(ctx, args, stdin, stdout, stderr)
	case "version":
		fmt.Fprintln(stdout, version())
		return nil
	case "", "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, help)
		return nil
	}
	fmt.Fprint(stderr, help)
	return fmt.Errorf("unknown command %.32q", name)
}

// split takes the first argument off, or "" when there is none.
func split(args []string) (first string, rest []string) {
	if len(args) == 0 {
		return "", nil
	}
	return args[0], args[1:]
}

func version() string {
	of := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		of = info.Main.Version
	}
	return fmt.Sprintf("banterd %s, protocol %d, %s %s/%s", of, wire.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// parse reads flags that are all there is: banterd takes no other arguments.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s: unexpected argument %.32q", flags.Name(), flags.Arg(0))
	}
	return nil
}
