// Command testsum runs go test -json with its arguments, flags as -name=value. It shows a line
// for each package and the output of what failed, runs that again alone, and shows at the end
// what was skipped and why, what passed only alone, and the counts.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
}

// run returns an error unless go test ended well, at least one test passed and none failed
// both beside others and alone.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s := newSummary(stdout)
	err := goTest(ctx, args, s, stderr)
	if s.failed > 0 {
		s.again(ctx, slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return !strings.HasPrefix(arg, "-") }), stderr)
		err = nil // go test fails when a test does: the summary says so better
	}
	s.print()
	switch {
	case s.failed > 0:
		return errors.New("tests failed")
	case err != nil:
		return err
	case s.passed == 0:
		return errors.New("no test ran")
	}
	return nil
}

// goTest runs go test and sums up what it tells.
func goTest(ctx context.Context, args []string, s *summary, stderr io.Writer) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	readErr := s.read(events)
	waitErr := cmd.Wait()
	if readErr != nil {
		return readErr
	}
	if waitErr != nil {
		return fmt.Errorf("go test: %w", waitErr)
	}
	return nil
}
