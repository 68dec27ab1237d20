//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// asMain makes the test's binary the program itself, for tests of whole processes.
const asMain = "BANTERD_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is `banterd dev` in a process of its own.
type process struct {
	*devServer
	*exec.Cmd
}

func startProcess(t testing.TB, folder string, args ...string) process {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"dev", "--data", folder}, args...)...)
	cmd.Env = append(os.Environ(), asMain+"=1")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	log := &safeBuffer{}
	cmd.Stderr = log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill() })
	s := &devServer{t: t, log: log}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	require.NoError(t, err, log)
	require.NoError(t, json.Unmarshal(line, &s.devReady))
	return process{s, cmd}
}

func TestAKilledServerLetsPlayersResume(t *testing.T) {
	folder := testFolder(t)
	first := startProcess(t, folder)
	_, ann := first.online("ann", "linux", "1")
	first.online("bob", "android", "phone")
	_, bob := first.online("bob", "windows", "pc") // the phone's notice goes down with the server
	require.NoError(t, first.Process.Kill())
	first.Wait()

	again := startProcess(t, folder)
	assert.Equal(t, first.devReady.ServerURL, again.ServerURL)
	for user, session := range map[string]wire.Session{"ann": ann, "bob": bob} {
		c := again.connect("linux", "1")
		resumed := c.session(c.resume(user, again.ticket(user, 3600), session))
		assert.Greater(t, resumed.Number, session.Number)
	}
}

func TestASignalEndsTheServerInOrder(t *testing.T) {
	p := startProcess(t, testFolder(t))
	c, _ := p.online("ann", "linux", "1")
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	assert.True(t, c.expectClosing(wire.CloseShutdown).Redial)
	c.socket.Close()
	assert.NoError(t, p.Wait(), p.log)
}

func TestASecondSignalEndsItAtOnce(t *testing.T) {
	p := startProcess(t, testFolder(t))
	c, _ := p.online("ann", "linux", "1")
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, wire.EventClosing, c.read().Event) // and does not close its side: the server waits
	ended := make(chan struct{})
	go func() {
		p.Wait()
		close(ended)
	}()
	for p.Process.Signal(syscall.SIGTERM) == nil { // until one comes after the first was taken
		select {
		case <-ended:
		case <-time.After(10 * time.Millisecond):
		}
	}
	<-ended
	assert.Equal(t, syscall.SIGTERM, p.ProcessState.Sys().(syscall.WaitStatus).Signal())
}
