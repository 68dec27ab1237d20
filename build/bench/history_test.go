package bench

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestHistoriesAreRead measures pages of a long history through the whole server. The conversation
// was put into the store.
func TestHistoriesAreRead(t *testing.T) {
	name, rounds := askedFor(t)
	messages, long := 1_000_000, "10s"
	if name == smoke {
		messages, long = 1000, "1s"
	}
	m := measure{args: words("history", "--messages", 1, "--rate", 100, "--duration", long)}
	for _, page := range []struct{ name, key string }{
		{"the newest", "newest"}, {"from a place (seq) on", "by_seq"}, {"of two seconds", "by_time"},
	} {
		for _, quantile := range []string{"p50", "p99"} {
			m.figures = append(m.figures, figure{page.name + ", " + quantile, "ms", "latencies_ms." + page.key + "." + quantile})
		}
	}
	m.figures = append(m.figures, figure{"CPU of the server for one page", "us", "figures.server_cpu_us_per_page"})
	p := build(t)
	values := map[string][]float64{}
	stores := servers(database(t))
	for range rounds {
		for _, k := range stores {
			t.Run(k.name, func(t *testing.T) { readHistory(t, p, k, m, messages, values) })
		}
	}
	if t.Failed() || name == smoke {
		return
	}
	fmt.Println(historyTable(stores, m, messages, values))
}

// readHistory measures a server whose store has a conversation of so many messages.
func readHistory(t *testing.T, p programs, k kind, m measure, messages int, values map[string][]float64) {
	s := k.make(t, p)
	s.start() // makes the store
	s.end(syscall.SIGTERM)
	s.store.converse("bench0", "bench1", messages) // who the run's users are
	s.start()
	defer s.end(syscall.SIGKILL)
	report := s.bench(p, m)
	assert.EqualValues(t, messages, number(t, report, "counts.messages"), "what was put into the store is read")
	for _, f := range m.figures {
		value := number(t, report, f.key)
		assert.Positive(t, value, f.what)
		values[k.name+f.key] = append(values[k.name+f.key], value)
		if os.Getenv(asked) != "" {
			fmt.Printf("%s: %s %s %s\n", k.name, f.what, readable(value), f.unit)
		}
	}
}

func historyTable(stores []kind, m measure, messages int, values map[string][]float64) string {
	var table strings.Builder
	fmt.Fprintf(&table, "| a page of 20, of %d messages |", messages)
	for _, k := range stores {
		fmt.Fprintf(&table, " %s |", k.name)
	}
	table.WriteString("\n|---|" + strings.Repeat("---:|", len(stores)) + "\n")
	for _, f := range m.figures {
		fmt.Fprintf(&table, "| %s |", f.what)
		for _, k := range stores {
			fmt.Fprintf(&table, " %s %s |", readable(median(values[k.name+f.key])), f.unit)
		}
		table.WriteString("\n")
	}
	return table.String()
}
