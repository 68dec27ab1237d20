package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// maxAgain is the number of failures above which none is run again: then it is not the
// machine.
const maxAgain = 3

// noSecondChance is in the output of what failed for a reason that another run cannot undo.
var noSecondChance = regexp.MustCompile(`(?m)WARNING: DATA RACE|^panic:|^fatal error:|Sanitizer:|test timed out`)

// again runs each test that failed while others ran once more alone, and takes what passes
// then out of the failures: tests of real processes on a machine that others share can starve.
// It is listed all the same. Flags are the arguments of go test without the packages.
func (s *summary) again(ctx context.Context, flags []string, stderr io.Writer) {
	if len(s.failures) > maxAgain || slices.ContainsFunc(s.failures, failure.final) {
		return
	}
	var failed []failure
	for _, f := range s.failures {
		fmt.Fprintf(s.out, "\nAgain, alone: %s\n", f.test)
		alone := newSummary(s.out)
		args := append(slices.Clone(flags), "-run="+f.pattern(), f.pkg)
		if err := goTest(ctx, args, alone, stderr); err != nil || alone.failed > 0 || alone.passed == 0 {
			failed = append(failed, f)
			continue
		}
		s.failed--
		s.passed += alone.passed
		s.passedAlone = append(s.passedAlone, f.String())
	}
	s.failures = failed
}

// failure is what failed, and how.
type failure struct {
	test
	text   string // what it wrote
	during string // what was cut short by it
}

func (f failure) String() string { return f.test.String() + f.during }

// final tells whether a second run would prove nothing.
func (f failure) final() bool { return f.name == "" || noSecondChance.MatchString(f.text) }

// pattern is the argument of -run that means this test and no other.
func (f failure) pattern() string {
	parts := strings.Split(f.name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}
