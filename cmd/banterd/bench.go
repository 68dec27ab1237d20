package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/banter-im/banter/server/bench"
)

// benchCommand puts load on a server, and prints what came of it. Its error says which
// promises the server did not keep.
func benchCommand(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	name, args := split(args)
	scenario, known := bench.Find(name)
	switch {
	case name == "" || strings.TrimLeft(name, "-") == "help" || name == "-h":
		fmt.Fprint(stdout, benchHelp())
		return nil
	case !known:
		fmt.Fprint(stderr, benchHelp())
		return fmt.Errorf("bench: unknown scenario %.32q", name)
	}
	var cfg bench.Config
	flags := flag.NewFlagSet("banterd bench "+name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	keyFile := flags.String("app-key-file", "", "`file` that holds the app's key; - is stdin")
	asJSON := flags.Bool("json", false, "print one JSON object instead of a table")
	cfg.Flags(flags)
	scenario.Flags(&cfg, flags)
	if err := parse(flags, args); err != nil {
		return err
	}
	if *keyFile == "" {
		return errors.New("bench: --app-key-file is missing")
	}
	key, err := readKey(*keyFile, stdin)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	cfg.Key = key
	report, err := scenario.Run(ctx, cfg, stderr)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	report.Parameters = bench.ParametersOf(flags)
	print := report.Table
	if *asJSON {
		print = report.JSON
	}
	if err := print(stdout); err != nil {
		return err
	}
	if len(report.Broken) > 0 {
		return fmt.Errorf("bench: the server did not keep its promises: %s", strings.Join(report.Broken, "; "))
	}
	return nil
}

func benchHelp() string {
	var text strings.Builder
	text.WriteString("usage: banterd bench SCENARIO --server ADDRESS --app-id N --app-key-file F|- [flags]\n\n")
	for _, s := range bench.Scenarios() {
		fmt.Fprintf(&text, "  %-12s %s\n", s.Name, s.About)
	}
	text.WriteString("\nEach says more with --help. It is for servers whose users may be bothered: the users of a\n" +
		"run stay in the store. Users of a run that goes on have ids which begin with --prefix.\n")
	return text.String()
}
