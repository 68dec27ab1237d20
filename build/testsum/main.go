// Command testsum runs go test -json with its arguments. It shows a line for each package
// and the output of what failed, and at the end what was skipped and why, and the counts.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
}

// run returns an error unless go test ended well, at least one test passed and none failed.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s := newSummary(stdout)
	readErr := s.read(events)
	// go test fails when a test does: the summary says so better.
	waitErr := cmd.Wait()
	s.print()
	switch {
	case readErr != nil:
		return readErr
	case s.failed > 0:
		return errors.New("tests failed")
	case waitErr != nil:
		return fmt.Errorf("go test: %w", waitErr)
	case s.passed == 0:
		return errors.New("no test ran")
	}
	return nil
}
