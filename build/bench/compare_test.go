package bench

import (
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
)

// What scripts/bench asks for. A test makes do with a short round of one scenario.
const (
	asked       = "BANTER_BENCH"
	askedRounds = "BANTER_BENCH_ROUNDS"

	askedWithout = "BANTER_BENCH_WITHOUT_POSTGRESQL"
)

// TestServersAreCompared measures the server beside the relay. It checks that no promise was
// broken and that there are figures; how large they are is for whoever reads the table.
func TestServersAreCompared(t *testing.T) {
	scenario, rounds := askedFor(t)
	wanted, known := measures()[scenario]
	require.True(t, known, "%s is none of %v", scenario, slices.Sorted(maps.Keys(measures())))
	p := build(t)
	var postgres *pgtest.Server
	if scenario != smoke && os.Getenv(askedWithout) == "" { // the smoke needs none
		postgres = database(t)
	}
	all := kinds(scenario, postgres)
	values := map[string][]float64{} // of each kind and figure, one of each round
	for range rounds {
		for _, k := range all {
			t.Run(k.name, func(t *testing.T) { round(t, p, k, wanted, values) })
		}
	}
	table := tableOf(t, all, wanted, values)
	if scenario != smoke {
		fmt.Println(table)
	}
	assert.Contains(t, table, "| SQLite |")
}

// askedFor returns the scenario that is asked for, and how many rounds of it.
func askedFor(t *testing.T) (scenario string, rounds int) {
	t.Helper()
	if scenario = os.Getenv(asked); scenario == "" {
		return smoke, 1
	}
	rounds, err := strconv.Atoi(os.Getenv(askedRounds))
	require.NoError(t, err, askedRounds)
	require.Positive(t, rounds, askedRounds)
	return scenario, rounds
}

// database starts PostgreSQL where it is installed; else its column is left out, and its
// own test says so.
func database(t *testing.T) (postgres *pgtest.Server) {
	t.Run("PostgreSQL is there", func(s *testing.T) {
		pgtest.RequireInstalled(s)
		postgres = pgtest.Start(t)
	})
	return postgres
}

// round runs every measure against a new server of a kind.
func round(t *testing.T, p programs, k kind, wanted []measure, values map[string][]float64) {
	s := k.make(t, p)
	s.start()
	defer s.end(syscall.SIGKILL)
	for m, one := range wanted {
		report := s.bench(p, one)
		for f, figure := range one.figures {
			key := keyOf(k, m, f)
			value := number(t, report, figure.key)
			values[key] = append(values[key], value)
			if os.Getenv(asked) != "" {
				fmt.Printf("%s: %s %s %s\n", k.name, figure.what, readable(value), figure.unit)
			}
		}
	}
}

func keyOf(k kind, measure, figure int) string { return fmt.Sprint(k.name, " ", measure, " ", figure) }

// number finds a number in a report by its path.
func number(t *testing.T, report map[string]any, path string) float64 {
	t.Helper()
	var at any = report
	for name := range strings.SplitSeq(path, ".") {
		in, ok := at.(map[string]any)
		require.True(t, ok, "%s in %v", path, report)
		at = in[name]
	}
	value, ok := at.(float64)
	require.True(t, ok, "%s in %v", path, report)
	return value
}

// tableOf writes the medians, and their ratios to what the relay takes.
func tableOf(t *testing.T, all []kind, wanted []measure, values map[string][]float64) string {
	t.Helper()
	var table strings.Builder
	table.WriteString("| what |")
	for _, k := range all {
		fmt.Fprintf(&table, " %s |", k.name)
	}
	columns := len(all)
	for _, k := range all {
		if !k.relay {
			columns += 2
			fmt.Fprintf(&table, " %s / relay | %s / relay with log |", k.name, k.name)
		}
	}
	table.WriteString("\n|---|" + strings.Repeat("---:|", columns) + "\n")
	for m, one := range wanted {
		for f, figure := range one.figures {
			fmt.Fprintf(&table, "| %s |", figure.what)
			at := func(k kind) float64 { return median(values[keyOf(k, m, f)]) }
			for _, k := range all {
				fmt.Fprintf(&table, " %s %s |", readable(at(k)), figure.unit)
			}
			for _, k := range all {
				if !k.relay {
					fmt.Fprintf(&table, " %s | %s |", ratio(at(k), at(all[0])), ratio(at(k), at(all[1])))
				}
			}
			table.WriteString("\n")
		}
	}
	return table.String()
}

func ratio(a, b float64) string {
	if b == 0 {
		return "" // a share of the CPU that is too small to be seen
	}
	return strconv.FormatFloat(a/b, 'f', 2, 64)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// readable is a value with three digits, or whole with its thousands apart.
func readable(value float64) string {
	switch {
	case value >= 1_000_000:
		return fmt.Sprintf("%d,%03d,%03d", int(value)/1_000_000, int(value)/1000%1000, int(value)%1000)
	case value >= 1000:
		return fmt.Sprintf("%d,%03d", int(value)/1000, int(value)%1000)
	case value >= 100 || value == math.Trunc(value):
		return strconv.FormatFloat(value, 'f', 0, 64)
	case value >= 10:
		return strconv.FormatFloat(value, 'f', 1, 64)
	}
	return strconv.FormatFloat(value, 'f', 2, 64)
}
