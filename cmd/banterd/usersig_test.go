package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
)

const testKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// usersigRun runs the command and returns what it printed on stdout.
func usersigRun(stdin string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	err := usersigCommand(args, strings.NewReader(stdin), &stdout, &stderr)
	return stdout.String(), err
}

func keyFile(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestUsersigSignPrintsATicketAlone(t *testing.T) {
	for _, ending := range []string{"", "\n", "\r\n"} {
		fromFile, err := usersigRun("", "sign", "--app-id", "1400000001", "--app-key-file", keyFile(t, testKey+ending),
			"--user", "a b", "--expire", "60", "--time", "1700000000")
		require.NoError(t, err)
		fromStdin, err := usersigRun(testKey+ending, "sign", "-app-id=1400000001", "-app-key-file=-",
			"-user=a b", "-expire=60", "-time=1700000000")
		require.NoError(t, err)
		assert.Equal(t, fromFile, fromStdin)

		token, whole := strings.CutSuffix(fromFile, "\n")
		require.True(t, whole)
		ticket, err := usersig.Verify(token, 1400000001, "a b", time.Unix(1700000060, 0),
			func(uint64) ([]byte, bool) { return []byte(testKey), true })
		require.NoError(t, err)
		assert.EqualValues(t, 1700000060, ticket.Expires)
	}
}

func TestUsersigInspectTellsWhichCheckFails(t *testing.T) {
	signed, err := usersigRun(testKey, "sign", "--app-id", "7", "--app-key-file", "-", "--user", "ann")
	require.NoError(t, err)
	good := strings.TrimSpace(signed)
	signed, err = usersigRun(testKey, "sign", "--app-id", "7", "--app-key-file", "-", "--user", "ann", "--time", "1700000000", "--expire", "1")
	require.NoError(t, err)
	expired := strings.TrimSpace(signed)

	tests := []struct {
		name  string
		stdin string
		args  []string
		code  timerr.Code
		words string
	}{
		{"a good ticket", testKey, []string{"--app-key-file", "-", "--app-id", "7", "--user", "ann", good}, 0, "signature   ok\n"},
		{"nothing is known but the time", "", []string{good}, 0, "signature   not checked: no key given\n"},
		{"another app", "", []string{"--app-id", "9", good}, 70014, "app         FAILED with 70014"},
		{"another user", "", []string{"--user", "bob", good}, 70013, "user        FAILED with 70013"},
		{"another key", "other", []string{"--app-key-file", "-", good}, 70009, "signature   FAILED with 70009"},
		{"too late", "", []string{expired}, 70001, "expiry      FAILED with 70001"},
		{"cut short", "", []string{good[:len(good)-4]}, 70003, "form        FAILED with 70003"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := usersigRun(tt.stdin, append([]string{"inspect"}, tt.args...)...)
			assert.Equal(t, tt.code, timerr.CodeOf(err))
			assert.Contains(t, out, tt.words)
			assert.NotContains(t, out, testKey)
			assert.NotContains(t, out, good)
		})
	}
}

func TestUsersigRefusesBadArguments(t *testing.T) {
	key := keyFile(t, testKey)
	sign := func(args ...string) []string { return append([]string{"sign"}, args...) }
	tests := []struct {
		name string
		args []string
		err  string
	}{
		{"nothing", nil, "usage: banterd usersig sign"},
		{"an unknown command", []string{"make"}, "usage: banterd usersig sign"},
		{"no app", sign("--app-key-file", key, "--user", "ann"), "--app-id is missing"},
		{"no key", sign("--app-id", "7", "--user", "ann"), "--app-key-file is missing"},
		{"no user", sign("--app-id", "7", "--app-key-file", key), `--user "" is not 1 to 32 characters`},
		{"a long user", sign("--app-id", "7", "--app-key-file", key, "--user", strings.Repeat("x", 33)), "is not 1 to 32 characters"},
		{"a user that is not ASCII", sign("--app-id", "7", "--app-key-file", key, "--user", "é"), "printable ASCII"},
		{"a negative lifetime", sign("--app-id", "7", "--app-key-file", key, "--user", "ann", "--expire", "-1"), "--expire -1 is out of range"},
		{"milliseconds", sign("--app-id", "7", "--app-key-file", key, "--user", "ann", "--time", "1700000000000"), "it is in seconds"},
		{"an argument too many", sign("--app-id", "7", "--app-key-file", key, "--user", "ann", "bob"), `unexpected argument "bob"`},
		{"a file that is not there", sign("--app-id", "7", "--app-key-file", key+"x", "--user", "ann"), "read the app key: open "},
		{"an empty key", sign("--app-id", "7", "--app-key-file", keyFile(t, "\n"), "--user", "ann"), "is empty"},
		{"an empty stdin", sign("--app-id", "7", "--app-key-file", "-", "--user", "ann"), "stdin is empty"},
		{"a file that is no key", sign("--app-id", "7", "--app-key-file", keyFile(t, strings.Repeat("x", 5000)), "--user", "ann"), "holds more than 4096 bytes"},
		{"no ticket", []string{"inspect", "--user", "ann"}, "give one ticket"},
		{"two tickets", []string{"inspect", "a", "b"}, "give one ticket"},
		{"a key file that is empty", []string{"inspect", "--app-key-file", keyFile(t, ""), "a"}, "is empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := usersigRun("", tt.args...)
			assert.ErrorContains(t, err, tt.err)
			assert.Empty(t, out)
		})
	}
	_, err := usersigRun("", "sign", "--app-key", testKey)
	assert.ErrorContains(t, err, "not defined: -app-key")
	_, err = usersigRun("", "sign", "-h")
	assert.ErrorIs(t, err, flag.ErrHelp)
}
