package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Figures count what a run did. Its methods may be called at the same time.
type Figures struct {
	mu     sync.Mutex
	counts map[string]map[string]int
	away   []time.Duration // from when an outage could end until it did
}

// NewFigures returns figures that are all 0.
func NewFigures() *Figures { return &Figures{counts: map[string]map[string]int{}} }

// Count adds one to what is counted under a heading.
func (f *Figures) Count(heading, what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counts[heading] == nil {
		f.counts[heading] = map[string]int{}
	}
	f.counts[heading][what]++
}

// Of returns what was counted under a heading.
func (f *Figures) Of(heading string) map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.counts[heading])
}

// Sum returns all that was counted under a heading.
func (f *Figures) Sum(heading string) (sum int) {
	for _, n := range f.Of(heading) {
		sum += n
	}
	return sum
}

// Back notes how long a client took to be online again.
func (f *Figures) Back(after time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = append(f.away, after)
}

// String shows all figures, a heading a line.
func (f *Figures) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var text strings.Builder
	for _, heading := range slices.Sorted(maps.Keys(f.counts)) {
		fmt.Fprintf(&text, "%s:", heading)
		sum := 0
		for _, what := range slices.Sorted(maps.Keys(f.counts[heading])) {
			n := f.counts[heading][what]
			sum += n
			fmt.Fprintf(&text, " %s %d ·", what, n)
		}
		fmt.Fprintf(&text, " in all %d\n", sum)
	}
	sorted := slices.Sorted(slices.Values(f.away))
	fmt.Fprintf(&text, "online again after an outage (%d): p50 %v, p99 %v, longest %v\n",
		len(sorted), percentile(sorted, 50), percentile(sorted, 99), percentile(sorted, 100))
	return text.String()
}

// percentile returns the value that p percent of the sorted ones do not exceed.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*p + 99) / 100
	return sorted[max(rank, 1)-1].Round(time.Millisecond)
}
