package suite

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// figure is a line of the table of costs.
type figure struct {
	name, what, unit string
}

var figures = []figure{
	{"empty", "an empty function of a shared library", "ns"},
	{"version", "TIMGetSDKVersion", "ns"},
	{"status", "TIMGetLoginStatus", "ns"},
	{"user_id", "TIMGetLoginUserID", "ns"},
	{"server_time", "TIMGetServerTime", "ns"},
	{"floor_copy", "floor: a C function of a shared library that copies a user id", "ns"},
	{"floor_clock", "floor: reading the system's quickest clock", "ns"},
	{"pump_empty", "TIMXPump with nothing to do", "ns"},
	{"refused", "a call with a NULL argument, refused", "ns"},
	{"settings", "TIMSetConfig with a callback, the call alone", "ns"},
	{"settings_answered", "TIMSetConfig until its callback, p50", "us"},
	{"settings_answered_p99", "the same, p99", "us"},
	{"floor_switch", "floor: a thread of C woken, and its answer, p50", "us"},
	{"floor_switch_cold", "floor: the same after 2 ms of rest", "us"},
	{"floor_thread", "floor: a thread of C started and joined, p50", "us"},
	{"posted", "a call posted among 20,000, callbacks by the thread, p50", "us"},
	{"posted_p99", "the same, p99", "us"},
	{"posted_mean", "the same, mean", "us"},
	{"posted_pump", "a call posted among 20,000, callbacks by the pump, p50", "us"},
	{"posted_pump_p99", "the same, p99", "us"},
	{"posted_pump_mean", "the same, mean", "us"},
	{"posted_cold", "a call posted after 2 ms of rest, p50", "us"},
	{"posted_cold_p99", "the same, p99", "us"},
	{"before_init", "call and answer before TIMInit, p50", "us"},
	{"before_init_p99", "the same, p99", "us"},
	{"thread", "call and answer by the thread, p50", "us"},
	{"thread_p99", "the same, p99", "us"},
	{"pump", "call and answer by the pump, p50", "us"},
	{"pump_p99", "the same, p99", "us"},
	{"thread_rate", "calls and answers in a second, by the thread", "/s"},
	{"pump_rate", "calls and answers in a second, by the pump", "/s"},
	{"thread_server", "call and answer of a server on this machine, by the thread, p50", "us"},
	{"thread_server_p99", "the same, p99", "us"},
	{"pump_server", "call and answer of a server on this machine, by the pump, p50", "us"},
	{"pump_server_p99", "the same, p99", "us"},
	{"dlopen", "dlopen, files cached", "ms"},
	{"init", "the first TIMInit of an install", "us"},
	{"init_again", "TIMInit again in the same process", "us"},
	{"login", "TIMLogin until its callback", "ms"},
	{"uninit_idle", "TIMUninit after 300 ms, nobody logged in", "us"},
	{"uninit", "TIMUninit, logged in", "us"},
	{"floor_end", "floor: a thread of C that has rested, told to end and joined", "us"},
	{"rss_before", "resident memory before dlopen", "MiB"},
	{"rss_loaded", "resident memory after dlopen", "MiB"},
	{"rss_init", "resident memory after TIMInit", "MiB"},
	{"rss_login", "resident memory logged in", "MiB"},
	{"rss_worked", "resident memory after 50,000 calls", "MiB"},
	{"floor_rss", "floor: memory of a library of Go that does nothing, once it runs", "MiB"},
	{"floor_threads", "floor: threads of a process with that", ""},
	{"threads_loaded", "threads after dlopen", ""},
	{"threads_init", "threads after TIMInit", ""},
	{"threads_login", "threads logged in", ""},
	{"threads_uninit", "threads after TIMUninit", ""},
	{"idle_init", "context switches in a second, idle after TIMInit", "/s"},
	{"idle_login", "context switches in a second, idle and logged in", "/s"},
	{"several_status", "TIMGetLoginStatus of the default client, beside a hundred others", "ns"},
	{"client_status", "the same of another client", "ns"},
	{"client_pump", "TIMXPump of another client with nothing to do", "ns"},
	{"select", "TIMXClientSelect", "ns"},
	{"client_wrapped", "a wrapper's call: ask what is selected, select, TIMGetLoginStatus, select again", "ns"},
	{"client_create", "TIMXClientCreate and TIMXClientDestroy", "us"},
	{"client_rss", "memory for each of a hundred clients logged in", "KiB"},
	{"threads_clients", "threads with a hundred clients logged in, callbacks by the pump", ""},
	{"idle_clients", "context switches in a second, a hundred clients idle and logged in", "/s"},
	{"message_posted", "TIMMsgSendMessage, the call alone among 1,000", "us"},
	{"message", "TIMMsgSendMessage until its callback, p50", "us"},
	{"message_p99", "the same, p99", "us"},
	{"message_arrived", "TIMMsgSendMessage until the receiver's callback, p50", "us"},
	{"message_arrived_p99", "the same, p99", "us"},
	{"message_rate", "messages in a second, 1,000 at once, until both have heard of all", "/s"},
	{"list", "TIMLogin and TIMConvGetConvList of a game that was started anew, 10,000 conversations", "ms"},
}

// costsRounds says how many rounds scripts/costs wants; a test makes do with one.
const costsRounds = "BANTER_COSTS_ROUNDS"

// TestCosts measures what the library costs a game. It checks that there are figures; how
// large they are is for whoever reads the table that scripts/costs makes.
func TestCosts(t *testing.T) {
	t.Parallel()
	rounds, idle := 1, 500*time.Millisecond
	if asked := os.Getenv(costsRounds); asked != "" {
		var err error
		rounds, err = strconv.Atoi(asked)
		require.NoError(t, err, costsRounds)
		require.Positive(t, rounds, costsRounds)
		idle = 4 * time.Second
	}
	s := startNode(t, "", "[limits]\nrequests_per_second = 1000000") // a program asks for more than a game does
	s.URL = "ws://" + s.URL
	measured := measureCosts(t, s, rounds, idle)
	checkSanity(t, measured)
	tables := besideTable(t, measureBeside(t, s, rounds, idle)) + "\n" + costsTable(t, measured)
	if os.Getenv(costsRounds) != "" {
		fmt.Println(tables)
	}
}

// incumbentBytes is the size of the native library that games load otherwise.
const incumbentBytes = 12_242_120

// A game carries the library's file along.
func TestTheLibraryIsSmallerThanWhatItStandsInFor(t *testing.T) {
	info, err := os.Stat(library(t))
	require.NoError(t, err)
	assert.Less(t, info.Size(), int64(incumbentBytes))
}

// costs are what was measured, by the names of figures: the medians of the rounds.
type costs map[string]float64

func checkSanity(t *testing.T, c costs) {
	for _, f := range figures {
		if f.unit != "/s" { // nothing need happen while all is idle
			assert.Positive(t, c[f.name], f.what)
		}
		if p99, ok := c[f.name+"_p99"]; ok {
			assert.GreaterOrEqual(t, p99, c[f.name], f.what)
		}
	}
	assert.EqualValues(t, 1, c["threads_loaded"], "nothing starts before a call needs it")
	assert.Greater(t, c["rss_loaded"], c["rss_before"], "the library takes memory")
	assert.Less(t, c["rss_worked"], 100.0, "MiB")
	assert.Less(t, c["threads_login"], 50.0)
	assert.Less(t, c["threads_clients"], 50.0, "a client has no thread of its own")
}

// measureCosts runs the programs in each round, all figures in turn, and takes the medians.
func measureCosts(t *testing.T, s *server, rounds int, idle time.Duration) costs {
	t.Helper()
	empty := compile(t, "libempty.so", []string{"-shared", "-fPIC"}, "costs_empty.c")
	program := compile(t, "costs", []string{"-O2"}, "costs.c")
	floor, goFloor := compile(t, "costs_floor", []string{"-O2"}, "costs_floor.c"), buildEmptyGo(t)
	clients := linked(t, "costs_clients", product(t)+"/lib", "-O2")
	messages := linked(t, "costs_messages", product(t)+"/lib", "-O2")
	app, rest := fmt.Sprint(s.AppID), fmt.Sprint(idle.Milliseconds())
	values := map[string][]float64{}
	for range rounds {
		for _, part := range []string{"footprint", "calls"} {
			readFigures(t, values, exec.Command(program, part, library(t), empty, s.URL, app, t.TempDir(),
				"alice", s.ticket("alice"), rest))
		}
		readFigures(t, values, exec.Command(floor, empty, goFloor))
		many := exec.Command(clients, s.URL, app, t.TempDir(), rest)
		many.Stdin = strings.NewReader(s.players(100))
		readFigures(t, values, many)
		pair := exec.Command(messages, s.URL, app, t.TempDir())
		pair.Stdin = strings.NewReader(s.players(2))
		readFigures(t, values, pair)
	}
	return medians(t, values, rounds)
}

// buildEmptyGo builds a library of Go that does nothing: what any has from the start.
func buildEmptyGo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nimport \"C\"\n\nfunc main() {}\n"), 0o600))
	return buildGoLibrary(t, dir)
}

// buildGoLibrary builds the package of a folder without a module as a shared library.
func buildGoLibrary(t *testing.T, dir string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module empty\n\ngo 1.26\n"), 0o600))
	build := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags", "-s -w", "-o", "libempty_go.so", ".")
	build.Dir = dir
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return filepath.Join(dir, "libempty_go.so")
}

// readFigures runs a program and adds what it prints to values.
func readFigures(t *testing.T, values map[string][]float64, cmd *exec.Cmd) {
	t.Helper()
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err, cmd.Path) // its arguments hold a ticket
	for line := range strings.Lines(string(out)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		value, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err, line)
		values[name] = append(values[name], value)
	}
}

// costsTable writes the figures as docs/performance.md shows them.
func costsTable(t *testing.T, c costs) string {
	t.Helper()
	var table strings.Builder
	table.WriteString("| what | Banter |\n|---|---:|\n")
	for _, f := range figures {
		value, ok := c[f.name]
		assert.True(t, ok, "costs.c prints no %s", f.name)
		fmt.Fprintf(&table, "| %s | %s |\n", f.what, words(readable(value), f.unit))
	}
	assert.Len(t, c, len(figures), "costs.c prints what no line shows")
	return table.String()
}

// words are the parts that are not empty, with a space between.
func words(parts ...string) string {
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// readable is a value with three digits, or whole with its thousands apart.
func readable(value float64) string {
	if value < 1000 && value == math.Trunc(value) {
		return strconv.Itoa(int(value))
	}
	if value < 1000 {
		return strconv.FormatFloat(value, 'f', max(0, min(2, 2-int(math.Log10(max(value, 1))))), 64)
	}
	digits := strconv.Itoa(int(value))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func TestReadable(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 6: "6", 0.352: "0.35", 2.444: "2.44", 27.19: "27.2", 215.6: "216",
		1922.8: "1,922", 71000: "71,000", 316358: "316,358", 12242120: "12,242,120"} {
		assert.Equal(t, want, readable(value))
	}
}
