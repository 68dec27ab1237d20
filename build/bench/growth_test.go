package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// size is how large a service is: accounts that are in the store, and links on which nothing happens.
type size struct{ accounts, links int }

func (s size) String() string {
	return fmt.Sprintf("%s accounts, %s links", readable(float64(s.accounts)), readable(float64(s.links)))
}

// sizes have more and more links, and then more and more accounts.
var sizes = []size{{10_000, 1000}, {10_000, 5000}, {10_000, 10_000}, {100_000, 1000}, {1_000_000, 1000}}

// TestTheServerGrows measures the same at several sizes. Who comes is one of the accounts that were
// put into the store, each far from the one before. It checks that no promise was broken and that
// there are figures.
func TestTheServerGrows(t *testing.T) {
	name, rounds := askedFor(t)
	columns, effort := sizes, full
	if name == smoke {
		columns, effort = []size{{100, 6}}, least
	}
	p := build(t)
	stores := servers(database(t))
	values := map[string][]float64{}
	for range rounds {
		for _, k := range stores {
			for _, s := range columns {
				t.Run(fmt.Sprint(k.name, ", ", s), func(t *testing.T) { grow(t, p, k, s, effort, values) })
			}
		}
	}
	if t.Failed() {
		return
	}
	table := growthTable(stores, columns, effort, values)
	if name != smoke {
		fmt.Println(table)
	}
	assert.NotContains(t, table, "NaN", "every figure is there")
}

// effort is how much a measure takes.
type effort struct {
	seconds, settle                    float64
	outstanding, users, pairs, clients int
}

var (
	full  = effort{seconds: 4, settle: 5, outstanding: 64, users: 50_000, pairs: 64, clients: 1000}
	least = effort{seconds: 0.3, settle: 0.1, outstanding: 4, users: 100, pairs: 4, clients: 10}
)

// grownMeasures are what is measured at each size. The figures of the links are of another run, and
// the store's size is of none.
func grownMeasures(s size, e effort) []measure {
	among := func(scenario string, args ...any) []string {
		return words(append([]any{scenario, "--prefix", registeredPrefix, "--registered", s.accounts}, args...)...)
	}
	users, long := min(e.users, s.accounts), fmt.Sprint(e.seconds, "s")
	return []measure{{
		args: among("logins", "--outstanding", 1, "--users", users, "--duration", long),
		figures: []figure{
			{"one login at a time, p50", "ms", "latencies_ms.login.p50"},
			{"the same, p99", "ms", "latencies_ms.login.p99"},
		},
	}, {
		args: among("logins", "--outstanding", e.outstanding, "--users", users, "--duration", long),
		figures: []figure{
			{fmt.Sprint("logins in a second, ", e.outstanding, " at a time"), "/s", "figures.logins_per_second"},
			{"the same, CPU of the server for one", "us", "figures.server_cpu_us_per_login"},
		},
	}, {
		args: among("kicks", "--connections", e.clients/2, "--rate", 100, "--duration", long),
		figures: []figure{
			{"100 kicks in a second: the notice, p50", "ms", "latencies_ms.notice.p50"},
			{"the same, p99", "ms", "latencies_ms.notice.p99"},
		},
	}, {
		args: among("messages", "--pairs", e.pairs, "--outstanding", 16, "--duration", long),
		figures: []figure{
			{fmt.Sprint("messages in a second, ", e.pairs, " pairs with 16 each on their way"), "/s", "figures.messages_per_second"},
			{"the same, CPU of the server for one", "us", "figures.server_cpu_us_per_message"},
		},
	}, {
		args: among("reconnects", "--connections", e.clients, "--cut", "--spread", 0, "--outstanding", e.outstanding, "--settle", 0),
		figures: []figure{
			{fmt.Sprint("clients that come back in a second, ", e.outstanding, " at a time"), "/s", "figures.reconnects_per_second"},
		},
	}}
}

// linkFigures are those of the links that are held.
var linkFigures = []figure{
	{"memory of a link, from half of them to all", "KiB", "figures.server_rss_kib_per_link"},
	{"CPU while nobody does anything, of a core", "%", "figures.server_cpu_percent_idle"},
}

// storeFigures are of the store: when it was filled, and after all this.
var storeFigures = []figure{{"the store on disk, before", "MB", "before"}, {"the same, after", "MB", "after"}}

// grow measures one size of one kind of server.
func grow(t *testing.T, p programs, k kind, sized size, e effort, values map[string][]float64) {
	note := func(f figure, value float64) {
		key := fmt.Sprint(k.name, f.key, f.what, sized)
		values[key] = append(values[key], value)
		if e == full {
			fmt.Printf("%s, %v: %s %s %s\n", k.name, sized, f.what, readable(value), f.unit)
		}
	}
	s := k.make(t, p)
	s.start() // makes the store
	s.end(syscall.SIGTERM)
	s.store.register(sized.accounts)
	note(storeFigures[0], s.store.size())
	s.start()
	defer s.end(syscall.SIGKILL)
	links := s.hold(p, sized.links, e)
	for _, m := range grownMeasures(sized, e) {
		report := s.bench(p, m)
		for _, f := range m.figures {
			note(f, number(t, report, f.key))
		}
	}
	report := links.end()
	for _, f := range linkFigures {
		note(f, number(t, report, f.key))
	}
	note(storeFigures[1], s.store.size())
}

// heldLinks are links of a run that goes on.
type heldLinks struct {
	t      *testing.T
	run    *exec.Cmd
	report strings.Builder
}

// hold has so many links, of users of their own, and returns when they are measured.
func (s *server) hold(p programs, links int, e effort) *heldLinks {
	s.t.Helper()
	h := &heldLinks{t: s.t, run: s.benchCommand(p, measure{args: words("idle", "--prefix", "held", "--connections", links,
		"--settle", fmt.Sprint(e.settle, "s"), "--duration", fmt.Sprint(e.seconds, "s"), "--hold")})}
	h.run.Stdout = &h.report
	told, err := h.run.StderrPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, h.run.Start())
	s.t.Cleanup(func() { h.run.Process.Kill() })
	lines := bufio.NewScanner(told)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "the links stay") {
			return h
		}
	}
	require.NoError(s.t, h.run.Wait(), "%s", &h.report)
	require.Fail(s.t, "the run did not hold its links")
	return nil
}

// end ends the links and returns what their run reports.
func (h *heldLinks) end() (report map[string]any) {
	h.t.Helper()
	require.NoError(h.t, h.run.Process.Signal(syscall.SIGINT))
	require.NoError(h.t, h.run.Wait(), "%s", &h.report)
	require.NoError(h.t, json.Unmarshal([]byte(h.report.String()), &report))
	assert.Empty(h.t, report["broken"], "of the links that were held")
	if errors, _ := report["errors"].([]any); len(errors) > 0 {
		h.t.Log("errors of the links that were held: ", errors)
	}
	return report
}

// growthTable has a line for each figure of each store, and a column for each size.
func growthTable(stores []kind, columns []size, e effort, values map[string][]float64) string {
	var table strings.Builder
	table.WriteString("| what | store |")
	for _, c := range columns {
		fmt.Fprintf(&table, " %v |", c)
	}
	table.WriteString("\n|---|---|" + strings.Repeat("---:|", len(columns)) + "\n")
	figures := linkFigures
	for _, m := range grownMeasures(columns[0], e) {
		figures = append(figures, m.figures...)
	}
	for _, f := range append(figures, storeFigures...) {
		for _, k := range stores {
			fmt.Fprintf(&table, "| %s | %s |", f.what, k.name)
			for _, c := range columns {
				fmt.Fprintf(&table, " %s %s |", readable(median(values[fmt.Sprint(k.name, f.key, f.what, c)])), f.unit)
			}
			table.WriteString("\n")
		}
	}
	return table.String()
}

// words are arguments of a command.
func words(args ...any) (texts []string) {
	for _, a := range args {
		texts = append(texts, fmt.Sprint(a))
	}
	return texts
}
