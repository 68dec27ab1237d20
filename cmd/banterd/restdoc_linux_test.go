package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheConversationOfRest(t *testing.T) {
	t.Parallel() // it waits more than it works
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	key := []byte("a key for this test\n")
	m := newMachines(t)
	file := m.root("") + "/etc/banter/app.key"
	require.NoError(t, os.WriteFile(file, key, 0o600))
	s := startDev(t, testFolder(t), "--app-id", "1400000001", "--app-key-file", file)
	m.name("127.0.0.1:7001", strings.TrimPrefix(s.RestURL, "http://"))
	m.check(transcripts(t, "rest.md")["A conversation"])
}
