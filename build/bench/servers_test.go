// Package bench compares the server with a bare relay: processes of their own with new
// folders, in turn, so that what else the machine does meets them alike.
package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/pgtest"
)

const (
	appID  = 1400000001
	appKey = "a key of the comparison alone"
)

// programs are what is compared, as built from these sources.
type programs struct {
	banterd, relay string
}

func build(t *testing.T) programs {
	t.Helper()
	folder := t.TempDir()
	out, err := exec.Command("go", "build", "-trimpath", "-o", folder+string(filepath.Separator),
		"github.com/banter-im/banter/cmd/banterd", "github.com/banter-im/banter/build/relay").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return programs{filepath.Join(folder, "banterd"), filepath.Join(folder, "relay")}
}

// kind is a server that is compared.
type kind struct {
	name  string
	relay bool
	make  func(t *testing.T, p programs) *server
}

// kinds returns the servers of a scenario. The first two are what those that are no relays are compared with.
func kinds(scenario string, postgres *pgtest.Server) []kind {
	withLog := func(t *testing.T, p programs, more ...string) *server {
		return newRelay(t, p, append(more, "-log", filepath.Join(t.TempDir(), "log"))...)
	}
	all := []kind{
		{"relay", true, func(t *testing.T, p programs) *server { return newRelay(t, p) }},
		{"relay with log", true, func(t *testing.T, p programs) *server { return withLog(t, p) }},
	}
	if scenario == "logins" {
		all = append(all, kind{"relay with log and openings", true, func(t *testing.T, p programs) *server {
			return withLog(t, p, "-openings")
		}})
	}
	return append(all, servers(postgres)...)
}

// servers returns one of each store.
func servers(postgres *pgtest.Server) []kind {
	all := []kind{{"SQLite", false, func(t *testing.T, p programs) *server { return newBanterd(t, p, "") }}}
	if postgres != nil {
		all = append(all, kind{"PostgreSQL", false, func(t *testing.T, p programs) *server {
			s := newBanterd(t, p, postgres.Alone(t))
			s.beside = postgres.PID()
			return s
		}})
	}
	return all
}

// server is a process, and how to start it again at its address.
type server struct {
	t       *testing.T
	command []string
	env     []string
	ready   func(output io.Reader) error // reads until clients can come
	url     string
	beside  int // a process that works for it; 0: none
	store   store
	process *exec.Cmd
}

func newRelay(t *testing.T, p programs, args ...string) *server {
	address := freeport.Address(t)
	s := &server{t: t, command: append([]string{p.relay, "-listen", address}, args...), url: "ws://" + address}
	s.ready = func(output io.Reader) error {
		_, err := bufio.NewReader(output).ReadString('\n')
		return err
	}
	return s
}

func newBanterd(t *testing.T, p programs, postgres string) *server {
	folder := t.TempDir()
	address := freeport.Address(t)
	key, config := filepath.Join(folder, "key"), filepath.Join(folder, "banterd.toml")
	require.NoError(t, os.WriteFile(key, []byte(appKey), 0o600))
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, `
[server]
listen = %q
admin_listen = %q
data = %q
[limits]
max_connections = 60000
max_without_login = 60000
max_per_address = 60000
[[apps]]
id = %d
key_file = %q
`, address, freeport.Address(t), filepath.Join(folder, "data"), appID, key), 0o600))
	s := &server{t: t, command: []string{p.banterd, "serve", "--config", config}, url: "ws://" + address,
		store: store{t: t, file: filepath.Join(folder, "data", "banter.db"), postgres: postgres}}
	if postgres != "" {
		s.env = []string{"BANTER_SERVER_STORE=" + postgres}
	}
	s.ready = untilReady
	return s
}

// untilReady reads the server's log up to the line that says so.
func untilReady(output io.Reader) error {
	lines := bufio.NewReader(output)
	var said strings.Builder
	for {
		line, err := lines.ReadString('\n')
		said.WriteString(line)
		if err != nil {
			return fmt.Errorf("the server did not start: %w\n%s", err, &said)
		}
		var entry struct {
			Msg string `json:"msg"`
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "ready" {
			go io.Copy(io.Discard, lines)
			return nil
		}
	}
}

func (s *server) start() {
	s.t.Helper()
	s.process = exec.Command(s.command[0], s.command[1:]...)
	s.process.Env = append(os.Environ(), s.env...)
	output, input, err := os.Pipe()
	require.NoError(s.t, err)
	s.process.Stdout, s.process.Stderr = input, input
	require.NoError(s.t, s.process.Start())
	input.Close()
	s.t.Cleanup(func() { output.Close() })
	require.NoError(s.t, s.ready(output))
}

// end ends the process: in order, or as a crash does.
func (s *server) end(signal syscall.Signal) {
	if s.process == nil {
		return
	}
	s.process.Process.Signal(signal)
	s.process.Wait() // it says how it ended, which is of no matter here
	s.process = nil
}

func (s *server) pids() string {
	switch {
	case s.process == nil:
		return fmt.Sprint(s.beside)
	case s.beside == 0:
		return fmt.Sprint(s.process.Process.Pid)
	}
	return fmt.Sprint(s.process.Process.Pid, ",", s.beside)
}

// benchCommand is a measure as a command, which is yet to be started.
func (s *server) benchCommand(p programs, m measure) *exec.Cmd {
	args := append([]string{"bench", m.args[0], "--json", "--server", s.url, "--app-id", fmt.Sprint(appID), "--app-key-file", "-"}, m.args[1:]...)
	if m.restart == 0 { // or it would ask for a process that is gone
		args = append(args, "--pid", s.pids())
	}
	cmd := exec.Command(p.banterd, args...)
	cmd.Stdin = strings.NewReader(appKey)
	return cmd
}

// bench runs a measure against the server, and returns the report.
func (s *server) bench(p programs, m measure) map[string]any {
	s.t.Helper()
	cmd := s.benchCommand(p, m)
	told, err := cmd.StderrPipe()
	require.NoError(s.t, err)
	var out strings.Builder
	cmd.Stdout = &out
	require.NoError(s.t, cmd.Start())
	said := s.follow(told, m)
	require.NoError(s.t, cmd.Wait(), "%s: %s%s", strings.Join(m.args, " "), said, &out)
	var report map[string]any
	require.NoError(s.t, json.Unmarshal([]byte(out.String()), &report))
	assert.Empty(s.t, report["broken"], strings.Join(m.args, " "))
	if errors, _ := report["errors"].([]any); len(errors) > 0 {
		s.t.Log("errors: ", errors)
	}
	if m.restart != 0 {
		s.judgeRestart(report)
	}
	return report
}

// judgeRestart adds what the server that was started again has used, and ends it for that.
func (s *server) judgeRestart(report map[string]any) {
	s.t.Helper()
	refused := 0.0
	for _, one := range report["errors"].([]any) {
		failure := one.(map[string]any)
		switch failure["code"] {
		case "connection refused", "link lost": // by the one that ended
		default:
			refused += failure["count"].(float64)
		}
	}
	process := s.process
	s.end(syscall.SIGTERM)
	used := process.ProcessState.SysUsage().(*syscall.Rusage)
	add := func(path string, value float64) {
		report["figures"].(map[string]any)[strings.TrimPrefix(path, "figures.")] = value
	}
	add(figureRefused, refused)
	add(figurePeak, float64(used.Maxrss)/1024)
	add(figureCPU, (process.ProcessState.UserTime() + process.ProcessState.SystemTime()).Seconds())
	s.start()
}

// follow reads what a run tells, and kills and starts the server when it waits for that.
func (s *server) follow(told io.Reader, m measure) string {
	var said strings.Builder
	lines := bufio.NewScanner(told)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if m.restart != 0 && strings.Contains(lines.Text(), "end the server") {
			s.end(m.restart)
			time.Sleep(downFor)
			s.start()
		}
	}
	return said.String()
}

// downFor is for how long a server is away that is started anew.
const downFor = time.Second
