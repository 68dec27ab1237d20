package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// event is one line of go test -json (go doc test2json, go help buildjson).
type event struct {
	Action      string
	Package     string
	Test        string
	Elapsed     float64
	Output      string
	ImportPath  string // of what was built, in build events
	FailedBuild string // the ImportPath of the build that a package failed for
}

// test names a test, or with name "" its package.
type test struct{ pkg, name string }

func (t test) String() string {
	if t.name == "" {
		return t.pkg
	}
	return t.pkg + " " + t.name
}

// summary counts what went by. A test that has subtests is not counted beside them,
// unless it failed and none of them did.
type summary struct {
	out                     io.Writer
	passed, failed, skipped int

	running map[test]*strings.Builder // the output of tests that have not ended
	builds  map[string]*strings.Builder
	parents map[test]bool // tests that have subtests
	culprit map[test]bool // tests and packages below which something failed

	failures    []failure
	skips       []string
	passedAlone []string
}

func newSummary(out io.Writer) *summary {
	return &summary{
		out:     out,
		running: map[test]*strings.Builder{},
		builds:  map[string]*strings.Builder{},
		parents: map[test]bool{},
		culprit: map[test]bool{},
	}
}

// read takes all events. A line that is none is shown as it is.
func (s *summary) read(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var ev event
			if json.Unmarshal(line, &ev) == nil && ev.Action != "" {
				s.add(ev)
			} else {
				fmt.Fprintf(s.out, "%s\n", strings.TrimSuffix(string(line), "\n"))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) add(ev event) {
	t := test{ev.Package, ev.Test}
	switch ev.Action {
	case "run":
		keep(s.running, t, "")
		if parent := t.parent(); parent.name != "" {
			s.parents[parent] = true
		}
	case "output":
		keep(s.running, t, ev.Output)
	case "build-output":
		keep(s.builds, ev.ImportPath, ev.Output)
	case "pass", "fail", "skip":
		s.end(t, ev)
	}
}

func keep[K comparable](texts map[K]*strings.Builder, key K, text string) {
	if texts[key] == nil {
		texts[key] = &strings.Builder{}
	}
	texts[key].WriteString(text)
}

// parent is the test that t is a subtest of; its name is "" when t is none.
func (t test) parent() test {
	if i := strings.LastIndexByte(t.name, '/'); i >= 0 {
		return test{t.pkg, t.name[:i]}
	}
	return test{t.pkg, ""}
}

// end counts t, or shows how its package ended.
func (s *summary) end(t test, ev event) {
	output := s.take(t)
	switch {
	case ev.Action == "fail":
		s.fail(t, ev, output)
	case t.name == "" || s.parents[t]:
	case ev.Action == "skip":
		s.skipped++
		s.skips = append(s.skips, fmt.Sprintf("%s: %s", t, reason(output)))
	default:
		s.passed++
	}
	if t.name == "" && ev.Action != "skip" {
		fmt.Fprintf(s.out, "%-4s %s %.1fs\n", ev.Action, t.pkg, ev.Elapsed)
	}
}

func (s *summary) take(t test) string {
	output := s.running[t]
	delete(s.running, t)
	if output == nil {
		return ""
	}
	return output.String()
}

// fail counts t and shows its output, which for a package is what the compiler said, or
// how the process ended and what the tests that it cut short had written.
func (s *summary) fail(t test, ev event, output string) {
	below := s.culprit[t]
	s.culprit[t.parent()], s.culprit[test{t.pkg, ""}] = true, true
	if t.name != "" {
		fmt.Fprint(s.out, output)
	}
	if below {
		return
	}
	f := failure{test: t, text: output}
	if t.name == "" {
		if build := s.builds[ev.FailedBuild]; build != nil {
			fmt.Fprint(s.out, build)
		}
		f.during = s.cutShort(t.pkg)
		fmt.Fprint(s.out, output)
	}
	s.failed++
	s.failures = append(s.failures, f)
}

// cutShort shows what the tests of pkg that have not ended wrote, and returns their names.
func (s *summary) cutShort(pkg string) string {
	var names []string
	for t, text := range s.running {
		if t.pkg == pkg {
			fmt.Fprint(s.out, text)
			names = append(names, t.name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	return " ended during " + strings.Join(names, ", ")
}

// place is how the testing package begins a line that a test wrote.
var place = regexp.MustCompile(`(?m)^\s+\S+\.go:\d+: (.*)$`)

// reason is the last line that a skipped test wrote: what it gave to Skip.
func reason(output string) string {
	lines := place.FindAllStringSubmatch(output, -1)
	if len(lines) == 0 {
		return "no reason given"
	}
	return lines[len(lines)-1][1]
}

// print ends the report.
func (s *summary) print() {
	list(s.out, "Skipped:", s.skips)
	list(s.out, "Failed beside others, passed alone:", s.passedAlone)
	var failures []string
	for _, f := range s.failures {
		failures = append(failures, f.String())
	}
	list(s.out, "Failed:", failures)
	fmt.Fprintf(s.out, "\n%d passed, %d failed, %d skipped\n", s.passed, s.failed, s.skipped)
}

func list(out io.Writer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s\n", title)
	for _, line := range lines {
		fmt.Fprintf(out, "  %s\n", line)
	}
}
