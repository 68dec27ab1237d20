package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unit returns the service's unit in a folder of the test, with a program that is there.
func unit(t *testing.T) string {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd is not installed")
	}
	text, err := os.ReadFile("banterd.service")
	require.NoError(t, err)
	require.Contains(t, string(text), "/usr/bin/banterd ")
	path := filepath.Join(t.TempDir(), "banterd.service")
	require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(text), "/usr/bin/banterd ", "/bin/true ")), 0o644))
	return path
}

func TestTheUnitIsValid(t *testing.T) {
	said, err := exec.Command("systemd-analyze", "verify", "--man=no", unit(t)).CombinedOutput()
	require.NoError(t, err, "%s", said)
	assert.NotContains(t, string(said), "banterd.service:", "no setting is unknown")
}

// The exposure that systemd reckons goes from 0 to 10. What is left is mostly that a server has
// to reach the network.
func TestTheUnitIsConfined(t *testing.T) {
	said, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", unit(t)).CombinedOutput()
	require.NoError(t, err, "%s", said)
	level := regexp.MustCompile(`Overall exposure level for banterd.service: ([\d.]+)`).FindSubmatch(said)
	require.NotNil(t, level, "%s", said)
	exposure, err := strconv.ParseFloat(string(level[1]), 64)
	require.NoError(t, err)
	assert.Less(t, exposure, 2.0, "%s", said)
}
