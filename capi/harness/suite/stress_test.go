//go:build linux

package suite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The library under the garbage collectors that engines have, beside the same API in
// plain C as control: what passes on the control must pass on the library.

// stress is one way to run one of the programs.
type stress struct {
	name    string
	missing string // why it cannot run here
	command func(lib, seconds, folder string) []string
}

// monoStress compiles Stress.cs once, for both of Mono's collectors.
func monoStress(t *testing.T) (all []stress) {
	program := filepath.Join(t.TempDir(), "Stress.exe")
	missing := ""
	if compiler, err := exec.LookPath("mcs"); err != nil {
		missing = "mcs, Mono's C# compiler, is not installed"
	} else {
		out, err := exec.Command(compiler, "-warnaserror", "-out:"+program, "../stress/Stress.cs").CombinedOutput()
		require.NoError(t, err, string(out))
	}
	for _, vm := range []string{"mono-sgen", "mono-boehm"} {
		missing := missing
		if _, err := exec.LookPath(vm); err != nil {
			missing = vm + " is not installed"
		}
		for _, mode := range modes {
			all = append(all, stress{vm + " with the " + mode, missing, func(_, seconds, folder string) []string {
				return []string{vm, program, mode, seconds, folder}
			}})
		}
	}
	return all
}

// boehmStress compiles collector.c, with and without alternate signal stacks.
func boehmStress(t *testing.T) (all []stress) {
	program, missing := "", ""
	if err := exec.Command("gcc", "-fsyntax-only", "-include", "gc.h", "-xc", "/dev/null").Run(); err != nil {
		missing = "Boehm's collector (libgc-dev) is not installed"
	} else {
		program = compile(t, "collector", nil, "stress/collector.c", "-lgc")
	}
	for _, stacks := range []string{"plain", "altstack"} {
		for _, mode := range modes {
			all = append(all, stress{"bdwgc on " + stacks + " threads with the " + mode, missing, func(lib, seconds, folder string) []string {
				return []string{program, filepath.Join(lib, "libImSDK.so"), mode, seconds, folder, stacks}
			}})
		}
	}
	return all
}

func TestCollectors(t *testing.T) {
	control := filepath.Dir(compile(t, "libImSDK.so", []string{"-shared", "-fPIC"}, "stress/control.c"))
	ours := filepath.Dir(library(t))
	turns := make(chan struct{}, atOnce(t)) // each wants more than a core
	brief, full := collectorSeconds(t)
	var table comparisons
	t.Cleanup(func() { t.Log(table.text()) })
	for _, s := range append(monoStress(t), boehmStress(t)...) {
		t.Run(s.name, func(t *testing.T) {
			if s.missing != "" {
				t.Skip(s.missing)
			}
			t.Parallel()
			turns <- struct{}{}
			defer func() { <-turns }()
			table.add(s.name, s.compare(t, control, ours, brief, full))
		})
	}
}

// atOnce returns how many run beside each other.
func atOnce(t *testing.T) int {
	set := os.Getenv("BANTER_COLLECTORS_AT_ONCE")
	if set == "" {
		return 2
	}
	n, err := strconv.Atoi(set)
	require.NoError(t, err, "BANTER_COLLECTORS_AT_ONCE")
	require.Positive(t, n, "BANTER_COLLECTORS_AT_ONCE")
	return n
}

// collectorSeconds returns how long the control runs first, and how long the library does.
func collectorSeconds(t *testing.T) (brief, full int) {
	switch set := os.Getenv("BANTER_COLLECTORS_SECONDS"); {
	case set != "":
		seconds, err := strconv.Atoi(set)
		require.NoError(t, err, "BANTER_COLLECTORS_SECONDS")
		return seconds, seconds
	case os.Getenv("BANTER_LONG") != "":
		return 120, 120
	}
	return 3, 10
}

// comparisons are what came of each comparison.
type comparisons struct {
	mu   sync.Mutex
	rows []string
}

func (f *comparisons) add(name string, row [2]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = append(f.rows, fmt.Sprintf("| %s | %s | %s |\n", name, row[0], row[1]))
}

func (f *comparisons) text() string {
	slices.Sort(f.rows)
	return "\n| combination | control | library |\n|---|---|---|\n" + strings.Join(f.rows, "")
}

// firstLine leaves out what the host's runtime says when it ends.
func firstLine(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return first
}

// compare runs the control and the library, and returns what each printed. When the library
// fails, the control gets as much time as it had before the blame is placed.
func (s stress) compare(t *testing.T, control, ours string, brief, full int) (printed [2]string) {
	plain, err := s.run(t, control, brief)
	if err != nil {
		t.Skipf("the control fails: %v\n%s", err, plain)
	}
	require.True(t, strings.HasPrefix(plain, "control: "), "not the control: %s", plain)
	out, err := s.run(t, ours, full)
	if err == nil {
		assert.False(t, strings.HasPrefix(out, "control: "), out)
		t.Log(out)
		return [2]string{firstLine(plain), firstLine(out)}
	}
	if brief < full {
		if out, err := s.run(t, control, full); err != nil {
			t.Skipf("the control fails in %d s, too: %v\n%s", full, err, out)
		}
	}
	t.Errorf("it fails where the control passes: %v\n%s", err, out)
	return [2]string{strings.TrimSpace(plain), "failed: " + err.Error()}
}

// run returns what the program printed, and why it failed. One that hangs is killed, and
// its threads are part of what is returned.
func (s stress) run(t *testing.T, lib string, seconds int) (string, error) {
	words := s.command(lib, strconv.Itoa(seconds), t.TempDir())
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = t.TempDir() // for core files
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+lib)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Mono starts a debugger when it crashes
	cmd.WaitDelay = 10 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())

	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return out.String(), err
	case <-time.After(time.Duration(seconds+30) * time.Second):
	}
	threads := threadsOf(cmd.Process.Pid)
	require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)) // and what it started
	<-ended
	return out.String() + threads, errors.New("it hangs")
}

// threadsOf tells where each thread of a process stands, as well as this machine can.
func threadsOf(pid int) string {
	if gdb, err := exec.LookPath("gdb"); err == nil {
		out, err := exec.Command(gdb, "-p", strconv.Itoa(pid), "-batch", "-ex", "thread apply all backtrace 12").CombinedOutput()
		if err == nil {
			return string(out)
		}
	}
	var all strings.Builder
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	for _, task := range tasks {
		name, _ := os.ReadFile(filepath.Join(task, "comm"))
		waits, _ := os.ReadFile(filepath.Join(task, "wchan"))
		fmt.Fprintf(&all, "%s %s: %s\n", filepath.Base(task), bytes.TrimSpace(name), waits)
	}
	return all.String()
}
