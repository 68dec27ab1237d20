// Command fuzz runs the fuzzers of the module, each for a while, some at once, and writes a
// table of what each has done:
//
//	fuzz [-time 30s] [-at-once 4] [-match regexp] [folder]
//
// It fails when one of them finds something; the input is then in that package's testdata.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("fuzz", flag.ContinueOnError)
	flags.SetOutput(stderr)
	each := flags.Duration("time", 30*time.Second, "how long each runs")
	atOnce := flags.Int("at-once", 2*runtime.NumCPU(), "how many run at once")
	match := flags.String("match", "", "run those whose `folder/name` matches")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*match)
	if err != nil {
		return err
	}
	root := "."
	if flags.NArg() > 0 {
		root = flags.Arg(0)
	}
	all, err := find(os.DirFS(root), wanted)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("no fuzzer found")
	}
	bench, err := newBench(ctx, root, *each)
	if err != nil {
		return err
	}
	defer os.RemoveAll(bench.programs)
	if err := bench.build(ctx, all, stderr); err != nil {
		return err
	}
	results := bench.run(ctx, all, max(1, *atOnce), stderr)
	return errors.Join(ctx.Err(), report(stdout, results))
}

// bench is where fuzzers run.
type bench struct {
	root, programs, cache string
	each                  time.Duration
}

func newBench(ctx context.Context, root string, each time.Duration) (*bench, error) {
	cache, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	programs, err := os.MkdirTemp("", "fuzz")
	if err != nil {
		return nil, err
	}
	root, err = filepath.Abs(root)
	return &bench{root: root, programs: programs, cache: filepath.Join(strings.TrimSpace(string(cache)), "fuzz"), each: each}, err
}

// program is the test program of a folder.
func (b *bench) program(folder string) string {
	return filepath.Join(b.programs, strings.ReplaceAll(folder, "/", "_")+".test")
}

// build compiles the packages of the fuzzers, with what tells a fuzzer where it has been.
func (b *bench) build(ctx context.Context, all []fuzzer, stderr io.Writer) error {
	folders := []string{}
	for _, f := range all {
		folders = append(folders, f.folder)
	}
	for _, folder := range slices.Compact(folders) {
		cmd := exec.CommandContext(ctx, "go", "test", "-trimpath", "-c", "-fuzz=.", "-o", b.program(folder), "./"+folder)
		cmd.Dir, cmd.Stdout, cmd.Stderr = b.root, stderr, stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build the tests of %s: %w", folder, err)
		}
	}
	return nil
}

// run runs the fuzzers and returns what each has done, in their order.
func (b *bench) run(ctx context.Context, all []fuzzer, atOnce int, stderr io.Writer) []result {
	results := make([]result, len(all))
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i, f := range all {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			results[i] = b.one(ctx, f)
			if results[i].failed() {
				fmt.Fprintf(stderr, "%s\n%s\n", f, results[i].output)
			}
		})
	}
	running.Wait()
	return results
}

// one runs a fuzzer. Of the time for each, little goes into making inputs small.
func (b *bench) one(ctx context.Context, f fuzzer) result {
	cmd := exec.CommandContext(ctx, b.program(f.folder), "-test.run=^$", "-test.fuzz=^"+f.name+"$", "-test.fuzztime="+b.each.String(),
		"-test.fuzzminimizetime=1s", "-test.fuzzcachedir="+filepath.Join(b.cache, f.folder), "-test.parallel=1", "-test.timeout=0")
	cmd.Dir = filepath.Join(b.root, f.folder)
	started := time.Now()
	output, err := cmd.CombinedOutput()
	return resultOf(f, string(output), err, time.Since(started))
}
