//go:build linux

// Package suite runs the C# client as a game would: compiled by mcs, under Mono, against the
// built library and a real server.
package suite

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/rig"
)

// machines are the two collectors of Mono; Unity's is of the family of the second.
var machines = []string{"mono-sgen", "mono-boehm"}

// compiled is the folder with all programs. They outlive a test, so TestMain removes it.
var compiled = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "banter-csharp-")
	if err != nil {
		return "", err
	}
	built, err := rig.Build()
	if err != nil {
		return folder, err
	}
	if err := rig.BuildCSharp(built, folder); err != nil {
		return folder, err
	}
	tests, err := filepath.Glob("programs/tests/*.cs")
	if err != nil {
		return folder, err
	}
	for name, sources := range map[string][]string{
		"Tests":   tests,
		"States":  {"programs/States.cs"},
		"Wrapper": {"programs/Wrapper.cs"},
	} {
		if _, err := rig.CompileCSharp(folder, name, sources...); err != nil {
			return folder, fmt.Errorf("%s: %w", name, err)
		}
	}
	return folder, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if rig.MissingCSharp() == "" {
		folder, _ := compiled()
		os.RemoveAll(folder)
	}
	os.Exit(code)
}

// programs returns the folder of the compiled programs, and skips the test where there is no
// C# compiler or not this machine.
func programs(t *testing.T, machine string) string {
	t.Helper()
	if missing := rig.MissingCSharp(); missing != "" {
		t.Skip(missing)
	}
	if _, err := exec.LookPath(machine); err != nil {
		t.Skipf("%s is not installed", machine)
	}
	folder, err := compiled()
	require.NoError(t, err)
	return folder
}

// startServer starts a `banterd dev` that ends with the test.
func startServer(t *testing.T) *rig.Server {
	t.Helper()
	built, err := rig.Build()
	require.NoError(t, err)
	s, err := rig.Dev(built, t.TempDir(), filepath.Join(t.TempDir(), "server.log"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(syscall.SIGTERM)) })
	return s
}

// describe writes what Tests.exe is to know of the server to a file.
func describe(t *testing.T, s *rig.Server) string {
	t.Helper()
	expired := map[string]string{}
	for _, user := range []string{"alice", "heidi", "judy", "kim"} {
		expired[user] = s.Ticket(user, time.Now().Add(-time.Hour), time.Minute)
	}
	text, err := json.Marshal(map[string]any{"server_url": s.URL, "rest_url": s.REST, "app_id": s.AppID,
		"admin_ticket": s.Ticket("administrator", time.Now(), time.Hour), "expired_tickets": expired})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "server.json")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return file
}

// command runs a program of the folder under Mono. The process is killed after a minute.
func command(t *testing.T, machine, folder, program string, args ...string) *exec.Cmd {
	t.Helper()
	words := append([]string{"-k", "5", "90", machine, "--debug", filepath.Join(folder, program+".exe")}, args...)
	cmd := exec.Command("timeout", words...)
	cmd.Dir = t.TempDir() // for core files
	return cmd
}
