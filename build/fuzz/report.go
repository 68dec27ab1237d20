package main

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// result is what a fuzzer has done.
type result struct {
	fuzzer
	runs, found, corpus int // inputs tried, those that reached something new, and all of those
	took                time.Duration
	err                 error
	output              string
}

var progress = regexp.MustCompile(`execs: (\d+) \(\d+/sec\), new interesting: (\d+) \(total: (\d+)\)`)

// resultOf reads what a fuzzer printed.
func resultOf(f fuzzer, output string, err error, took time.Duration) result {
	r := result{fuzzer: f, took: took, err: err, output: output}
	if lines := progress.FindAllStringSubmatch(output, -1); len(lines) > 0 {
		last := lines[len(lines)-1]
		r.runs, _ = strconv.Atoi(last[1])
		r.found, _ = strconv.Atoi(last[2])
		r.corpus, _ = strconv.Atoi(last[3])
	}
	return r
}

// failed tells whether the fuzzer has found something, or could not run. One whose time was over
// while it waited for its worker says so as a failure, without an input: it is none.
func (r result) failed() bool {
	if r.err == nil {
		return false
	}
	overdue := strings.Contains(r.output, "context deadline exceeded") && !strings.Contains(r.output, "Failing input written")
	return !overdue || r.runs == 0
}

// report writes the table, and returns an error that names the fuzzers that failed.
func report(out io.Writer, results []result) error {
	fmt.Fprintln(out, "| fuzzer | inputs tried | that reached something new | corpus | time |")
	fmt.Fprintln(out, "|---|---:|---:|---:|---:|")
	var failed []string
	total := 0
	for _, r := range results {
		verdict := r.took.Round(time.Second).String()
		if r.failed() {
			failed = append(failed, r.String())
			verdict += ", failed"
		}
		total += r.runs
		fmt.Fprintf(out, "| %s | %d | %d | %d | %s |\n", r, r.runs, r.found, r.corpus, verdict)
	}
	fmt.Fprintf(out, "\n%d fuzzers, %d inputs, %d failed\n", len(results), total, len(failed))
	if len(failed) > 0 {
		return fmt.Errorf("failed: %s", strings.Join(failed, ", "))
	}
	return nil
}
