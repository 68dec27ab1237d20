package bench

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what came of a run.
type Report struct {
	Scenario    string             `json:"scenario"`
	Parameters  map[string]any     `json:"parameters"`
	Seconds     float64            `json:"seconds"` // of the whole run
	Interrupted bool               `json:"interrupted,omitempty"`
	Counts      map[string]int64   `json:"counts"`
	Figures     map[string]float64 `json:"figures"` // rates and what the server used, with their units in their names
	Latencies   map[string]Latency `json:"latencies_ms"`
	Errors      []Failure          `json:"errors"`
	Broken      []string           `json:"broken"` // promises that the server did not keep
}

// Latency is a distribution of latencies, in milliseconds.
type Latency struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99.9"`
	Max   float64 `json:"max"`
}

// Failure counts the errors of one code.
type Failure struct {
	Code  string `json:"code"` // of the TIM C API, or a name
	Count int64  `json:"count"`
	First string `json:"first,omitempty"` // what the first one said
}

// ParametersOf returns the values of flags by their names.
func ParametersOf(flags *flag.FlagSet) map[string]any {
	parameters := map[string]any{}
	flags.VisitAll(func(f *flag.Flag) {
		getter, ok := f.Value.(flag.Getter)
		if !ok {
			parameters[f.Name] = f.Value.String()
			return
		}
		switch value := getter.Get().(type) {
		case time.Duration:
			parameters[f.Name] = value.String()
		default:
			parameters[f.Name] = value
		}
	})
	return parameters
}

// JSON writes the report as one line.
func (r *Report) JSON(to io.Writer) error { return json.NewEncoder(to).Encode(r) }

// Table writes the report for a person.
func (r *Report) Table(to io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %.1f s", r.Scenario, r.Seconds)
	if r.Interrupted {
		text.WriteString(", interrupted")
	}
	text.WriteString("\n")
	rows := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, name := range slices.Sorted(maps.Keys(r.Counts)) {
		fmt.Fprintf(rows, "%s\t%d\t\n", spoken(name), r.Counts[name])
	}
	for _, name := range slices.Sorted(maps.Keys(r.Figures)) {
		fmt.Fprintf(rows, "%s\t%.4g\t\n", spoken(name), r.Figures[name])
	}
	rows.Flush()
	if len(r.Latencies) > 0 {
		fmt.Fprint(rows, "latency, ms\tcount\tp50\tp90\tp99\tp99.9\tmax\t\n")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Latencies)) {
		l := r.Latencies[name]
		fmt.Fprintf(rows, "%s\t%d\t%.3f\t%.3f\t%.3f\t%.3f\t%.3f\t\n", spoken(name), l.Count, l.P50, l.P90, l.P99, l.P999, l.Max)
	}
	rows.Flush()
	for _, f := range slices.SortedFunc(slices.Values(r.Errors), func(a, b Failure) int { return cmp.Compare(b.Count, a.Count) }) {
		fmt.Fprintf(&text, "error %s, %s: %s\n", f.Code, times("", f.Count), cmp.Or(f.First, "-"))
	}
	for _, what := range r.Broken {
		fmt.Fprintf(&text, "BROKEN: %s\n", what)
	}
	_, err := io.WriteString(to, text.String())
	return err
}

func spoken(name string) string { return strings.ReplaceAll(name, "_", " ") }

// times says how often something happened.
func times(what string, n int64) string {
	often := fmt.Sprint(n, " times")
	if n == 1 {
		often = "once"
	}
	if what == "" {
		return often
	}
	return what + " (" + often + ")"
}
