package suite

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// goal is a line of the table beside the incumbent. limit is its figure, of the same program without a
// network; of a ratio it is what a getter may take of its floor. atLeast: more is better.
type goal struct {
	name, what, unit string
	limit            float64
	atLeast          bool
}

// goals are what perf.c prints.
var goals = []goal{
	{name: "file", what: "the library's file", unit: "bytes", limit: incumbentBytes},
	{name: "dlopen", what: "dlopen, files cached", unit: "ms", limit: 3.7},
	{name: "init", what: "TIMInit", unit: "us", limit: 168},
	{name: "init_answered", what: "TIMInit and a call, until its callback", unit: "ms", limit: 3.7},
	{name: "uninit", what: "TIMUninit, until a call is answered with 6013", unit: "ms", limit: 2.7},
	{name: "status", what: "TIMGetLoginStatus", unit: "ns", limit: 7.1},
	{name: "status_threads", what: "TIMGetLoginStatus from 4 threads, for each call", unit: "ns", limit: 5.8},
	{name: "user_id", what: "TIMGetLoginUserID", unit: "ns", limit: 26},
	{name: "server_time", what: "TIMGetServerTime", unit: "ns", limit: 37},
	{name: "version", what: "TIMGetSDKVersion", unit: "ns", limit: 3.1},
	{name: "empty", what: "an empty C function of a shared library", unit: "ns"},
	{name: "clock", what: "the system's coarse clock", unit: "ns"},
	{name: "status_ratio", what: "TIMGetLoginStatus, times the empty function", limit: 1.2},
	{name: "user_id_ratio", what: "TIMGetLoginUserID, times the empty function", limit: 1.2},
	{name: "version_ratio", what: "TIMGetSDKVersion, times the empty function", limit: 1.2},
	{name: "server_time_ratio", what: "TIMGetServerTime, times the coarse clock", limit: 1.2},
	{name: "settings", what: "TIMSetConfig with a callback, among 20,000", unit: "us", limit: 0.60},
	{name: "trip_before", what: "call and answer before TIMInit, p50", unit: "us", limit: 14},
	{name: "rate_before", what: "calls and answers in a second before TIMInit, 50,000 at once", unit: "/s", limit: 234_000, atLeast: true},
	{name: "trip", what: "call and answer, p50", unit: "us", limit: 28},
	{name: "rate", what: "calls and answers in a second, 50,000 at once", unit: "/s", limit: 71_000, atLeast: true},
	{name: "rss_loaded", what: "resident memory after dlopen", unit: "MiB", limit: 8.1},
	{name: "rss_init", what: "resident memory after TIMInit", unit: "MiB", limit: 9.4},
	{name: "rss_pending", what: "resident memory, a login pending", unit: "MiB", limit: 10.4},
	{name: "rss_worked", what: "resident memory after 100,000 queued calls", unit: "MiB", limit: 25},
	{name: "threads_loaded", what: "threads after dlopen", limit: 3},
	{name: "threads_init", what: "threads after TIMInit", limit: 5},
	{name: "threads_pending", what: "threads, a login pending", limit: 6},
	{name: "threads_uninit", what: "threads after TIMUninit", limit: 5},
	{name: "switches_init", what: "context switches in a second, idle after TIMInit", unit: "/s", limit: 3.2},
	{name: "cpu_init", what: "CPU in 10 s, idle after TIMInit", unit: "ms", limit: 2.4},
	{name: "switches_pending", what: "context switches in a second, a login pending", unit: "/s", limit: 20},
	{name: "cpu_pending", what: "CPU in 10 s, a login pending", unit: "ms"},
}

// beside are the libraries that perf.c measures in turn: ours, and those that stand for what no library
// of Go's, and none at all, takes less of.
type beside struct{ ours, emptyGo, plainC costs }

// measureBeside runs perf.c with each library in each round.
func measureBeside(t *testing.T, s *server, rounds int, idle time.Duration) beside {
	t.Helper()
	program := compile(t, "perf", []string{"-O2"}, "perf.c")
	empty := compile(t, "libempty.so", []string{"-shared", "-fPIC"}, "costs_empty.c")
	plain := compile(t, "libplain.so", []string{"-shared", "-fPIC", "-O2"}, "perf_stub.c", "perf_thread.c")
	libraries := []string{library(t), buildStubGo(t), plain}
	url, app, rest := "ws://"+silence(t), fmt.Sprint(s.AppID), fmt.Sprint(idle.Milliseconds())
	values := []map[string][]float64{{}, {}, {}}
	for range rounds {
		for i, library := range libraries {
			for _, part := range []string{"footprint", "load"} {
				once := map[string][]float64{}
				readFigures(t, once, exec.Command(program, part, library, empty, url, app, t.TempDir(), "alice", s.ticket("alice"), rest))
				if part == "footprint" {
					delete(once, "dlopen") // of a file that may not be cached
				}
				for name, list := range once {
					values[i][name] = append(values[i][name], list...)
				}
			}
		}
	}
	return beside{medians(t, values[0], rounds), medians(t, values[1], rounds), medians(t, values[2], rounds)}
}

// medians are those of lists with a value of each round.
func medians(t *testing.T, values map[string][]float64, rounds int) costs {
	t.Helper()
	c := costs{}
	for name, list := range values {
		require.Len(t, list, rounds, name)
		slices.Sort(list)
		c[name] = list[rounds/2]
	}
	return c
}

// buildStubGo builds the library of Go that answers and does nothing else.
func buildStubGo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for to, from := range map[string]string{"main.go": "perf_go.txt", "perf_stub.c": "perf_stub.c", "perf_stub.h": "perf_stub.h"} {
		text, err := os.ReadFile(filepath.Join("..", from))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, to), text, 0o600))
	}
	return buildGoLibrary(t, dir)
}

// verdict says whether a figure of ours reaches the goal, and if not, which library that does nothing does not either.
func (g goal) verdict(b beside) string {
	reaches := func(c costs) bool { return g.atLeast == (c[g.name] > g.limit) || c[g.name] == g.limit }
	switch {
	case g.limit == 0:
		return ""
	case reaches(b.ours):
		return "met"
	case !reaches(b.plainC):
		return "no, nor does plain C"
	case !reaches(b.emptyGo):
		return "no, nor does an empty library of Go"
	}
	return "no"
}

// besideTable writes the figures as docs/performance.md shows them.
func besideTable(t *testing.T, b beside) string {
	t.Helper()
	var table strings.Builder
	table.WriteString("| what | incumbent | Banter | empty Go | plain C | at or below |\n|---|---:|---:|---:|---:|---|\n")
	for _, g := range goals {
		limit := ""
		switch {
		case g.unit == "" && strings.HasSuffix(g.name, "_ratio"):
			limit = "goal: " + readable(g.limit)
		case g.limit > 0:
			limit = words(readable(g.limit), g.unit)
		}
		cells := []string{g.what, limit}
		for _, c := range []costs{b.ours, b.emptyGo, b.plainC} {
			value, ok := c[g.name]
			assert.True(t, ok, "perf.c prints no %s", g.name)
			cells = append(cells, words(readable(value), g.unit))
		}
		fmt.Fprintf(&table, "| %s |\n", strings.Join(append(cells, g.verdict(b)), " | "))
	}
	assert.Len(t, b.ours, len(goals), "perf.c prints what no line shows")
	return table.String()
}

func TestVerdictsOfGoals(t *testing.T) {
	of := func(ours, emptyGo, plainC float64) beside {
		return beside{costs{"x": ours}, costs{"x": emptyGo}, costs{"x": plainC}}
	}
	most, least := goal{name: "x", limit: 5}, goal{name: "x", limit: 5, atLeast: true}
	assert.Equal(t, "met", most.verdict(of(5, 9, 9)))
	assert.Equal(t, "no", most.verdict(of(6, 4, 1)))
	assert.Equal(t, "no, nor does an empty library of Go", most.verdict(of(8, 6, 1)))
	assert.Equal(t, "no, nor does plain C", most.verdict(of(8, 6, 6)))
	assert.Equal(t, "met", least.verdict(of(6, 1, 1)))
	assert.Equal(t, "no", least.verdict(of(4, 6, 6)))
	assert.Empty(t, goal{name: "x"}.verdict(of(8, 6, 6)))
}
