//go:build linux

package suite

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/rig"
)

// varies are the parts of a transcript that are never the same: times, app ids, and what a
// ticket looks like where it was cut.
var varies = regexp.MustCompile(`\d+ s ago|\d\d:\d\d:\d\d|app \d+|it is cut short: .*`)

func TestTheDemoSaysWhatTheOneInCSays(t *testing.T) {
	programs(t, "mono")
	t.Parallel()
	inC, inCSharp := transcript(t, "c"), transcript(t, "csharp")
	assert.Contains(t, inC, "kicked offline")
	assert.Equal(t, inC, inCSharp)
	assert.Contains(t, inCSharp, `
alice -> bob: Hello, bob!
bob   <- alice: Hello, bob!
bob   -> alice: Hello, alice! 你好
alice <- bob: Hello, alice! 你好
log out
`)
}

func transcript(t *testing.T, language string) string {
	t.Helper()
	root, err := rig.Root()
	require.NoError(t, err)
	demo := exec.Command("go", "run", filepath.Join(root, "capi", "harness", "demo"), language)
	demo.Dir = root
	out, err := demo.Output()
	require.NoError(t, err, string(out))
	return varies.ReplaceAllString(string(out), "…")
}
