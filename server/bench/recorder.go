package bench

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// recorder collects a run's figures. Several goroutines use it at the same time.
type recorder struct {
	pids []int

	mu      sync.Mutex
	counts  map[string]int64
	figures map[string]float64
	errors  map[string]*Failure
	faults  map[string]int64 // promises that were broken
	timings map[string]*timing
}

func newRecorder(pids []int) *recorder {
	return &recorder{pids: pids, counts: map[string]int64{}, figures: map[string]float64{},
		errors: map[string]*Failure{}, faults: map[string]int64{}, timings: map[string]*timing{}}
}

// count adds to a count.
func (r *recorder) count(name string, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[name] += n
}

func (r *recorder) counted(name string) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[name]
}

// figure keeps a figure that is no count: its name ends with its unit.
func (r *recorder) figure(name string, value float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.figures[name] = value
}

// failed counts an error.
func (r *recorder) failed(err error) {
	label, desc := labelOf(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.errors[label] == nil {
		r.errors[label] = &Failure{Code: label, First: desc}
	}
	r.errors[label].Count++
}

// broken notes a promise of the server's that was not kept.
func (r *recorder) broken(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults[what]++
}

// timing returns the latencies of that name.
func (r *recorder) timing(name string) *timing {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.timings[name]
	if t == nil {
		t = &timing{values: hdrhistogram.New(1, int64(time.Hour), 3)}
		r.timings[name] = t
	}
	return t
}

// timing is a histogram of latencies, exact to three digits.
type timing struct {
	mu     sync.Mutex
	values *hdrhistogram.Histogram // of nanoseconds
}

func (t *timing) since(due time.Time) { t.record(time.Since(due)) }

func (t *timing) record(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// What is out of range is an hour: no wait of ours is longer.
	_ = t.values.RecordValue(min(max(1, int64(d)), int64(time.Hour)))
}

func (t *timing) latency() Latency {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := func(quantile float64) float64 { return millis(t.values.ValueAtQuantile(quantile)) }
	return Latency{Count: t.values.TotalCount(), P50: at(50), P90: at(90), P99: at(99), P999: at(99.9),
		Max: millis(t.values.Max())}
}

func millis(ns int64) float64 { return float64(ns) / float64(time.Millisecond) }

// report returns what was collected in so long a run.
func (r *recorder) report(scenario string, took time.Duration) *Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	report := &Report{Scenario: scenario, Seconds: took.Seconds(), Counts: r.counts, Figures: r.figures,
		Errors: []Failure{}, Broken: []string{}, Latencies: map[string]Latency{}}
	for _, label := range slices.Sorted(maps.Keys(r.errors)) {
		report.Errors = append(report.Errors, *r.errors[label])
	}
	for _, what := range slices.Sorted(maps.Keys(r.faults)) {
		report.Broken = append(report.Broken, times(what, r.faults[what]))
	}
	for name, t := range r.timings {
		report.Latencies[name] = t.latency()
	}
	return report
}
