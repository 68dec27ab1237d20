package suite

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDemo plays the demo against a server of this machine. On another target its
// transcript is the one of this machine, line by line.
func TestDemo(t *testing.T) {
	s := startServer(t)
	args := s.DemoArguments(t.TempDir())
	native := here.demo(t, args)
	require.Equal(t, []string{"done", ""}, native[max(0, len(native)-2):])
	require.Contains(t, strings.Join(native, "\n"), `
alice -> bob: Hello, bob!
bob   <- alice: Hello, bob!
bob   -> alice: Hello, alice! 你好
alice <- bob: Hello, alice! 你好
log out
`)
	if chosen.name != here.name {
		args[2] = t.TempDir()
		assert.Equal(t, native, chosen.demo(t, args))
	}
}

// moment is where two transcripts differ that were made a second apart.
var moment = regexp.MustCompile(`expired \d+ s ago by the server's clock [0-9:]+`)

// demo compiles the demo for p, and returns the lines that it prints.
func (p target) demo(t *testing.T, args []string) []string {
	t.Helper()
	lib := filepath.Join(p.product(t), "lib")
	program := p.compile(t, filepath.Join(t.TempDir(), "demo"), []string{"-L" + lib, "-Wl,-rpath," + lib}, "demo.c", "-lImSDK")
	cmd := p.command(t.Context(), program, args...)
	if p.suffix != ".exe" { // wine starts programs by itself
		cmd.Env = append(os.Environ(), "DEMO_RUNNER="+strings.Join(p.runner, " "))
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	text := moment.ReplaceAllString(string(out), "expired")
	return strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
}
