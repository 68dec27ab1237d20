//go:build linux

package suite

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A system that has no more threads for a while holds the library up, and ends nothing.
func TestAHostWithoutThreads(t *testing.T) {
	s := startServer(t)
	s.chatter(t, "bob", "linux", t.TempDir())
	lib := libraryFolder(t)
	program := compile(t, "puppet", []string{"-rdynamic", "-L" + lib, "-Wl,-rpath," + lib},
		"puppet.c", "zz_puppet.c", "stress/threads.c", "-lImSDK")
	state := filepath.Join(t.TempDir(), "threads")
	set := func(refused byte) {
		file, err := os.OpenFile(state, os.O_WRONLY|os.O_CREATE, 0o600)
		require.NoError(t, err)
		defer file.Close()
		_, err = file.Write([]byte{refused, 0})
		require.NoError(t, err)
	}
	oftener := func() bool { // than Go alone tries
		bytes, err := os.ReadFile(state)
		return err == nil && len(bytes) == 2 && bytes[1] > 25
	}
	set(1)
	p := startPuppetOf(t, program, io.Discard, os.Stderr, "HOST_THREADS="+state)
	require.NotZero(t, p.initResult(s.AppID, text(s.config(""))), "TIMInit without a thread")
	set(2) // Go's first
	p.send("init", s.AppID, text(s.config("")))
	require.Eventually(t, oftener, time.Minute, 10*time.Millisecond, "it waits for a thread")
	set(0)
	require.Zero(t, *p.next("TIMInit's return", func(l line) bool { return l.Init != nil }).Init)
	p.login("ann", s.ticket("ann"), 0)
	p.writes("bob", "hello")
	p.uninit()
}
