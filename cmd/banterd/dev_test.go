package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

func TestDevIsTheSameServerAfterARestart(t *testing.T) {
	folder := testFolder(t)
	s := startDev(t, folder)
	c, session := s.online("ann", "linux", "1")
	require.NoError(t, s.stop())
	closing := c.expectClosing(wire.CloseShutdown)
	assert.True(t, closing.Redial)

	again := startDev(t, folder)
	assert.Equal(t, s.ServerURL, again.ServerURL)
	assert.Equal(t, s.RestURL, again.RestURL)
	assert.Equal(t, s.AppID, again.AppID)
	assert.Equal(t, s.AppKey, again.AppKey)
	back := again.connect("linux", "1")
	resumed := back.session(back.resume("ann", s.ticket("ann", 3600), session))
	assert.Equal(t, session.SessionID, resumed.SessionID)
}

func TestDevKeepsItsFolderToItself(t *testing.T) {
	folder := testFolder(t)
	s := startDev(t, folder)
	for path, mode := range map[string]os.FileMode{folder: 0o700, devFile(folder): 0o600, filepath.Join(folder, "banter.db"): 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, mode, info.Mode().Perm(), path)
	}
	err := run(t.Context(), []string{"dev", "--data", folder}, noEnv, nil, io.Discard, io.Discard)
	require.ErrorContains(t, err, "in use by another banterd")
	assert.NoError(t, s.stop())
}

func TestDevTakesAppAndKey(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte("my key\n"), 0o600))
	s := startDev(t, testFolder(t), "--app-id", "1400000001", "--app-key-file", key)
	assert.EqualValues(t, 1400000001, s.AppID)
	assert.Equal(t, "my key", s.AppKey)
	s.online("ann", "linux", "1")
}

func TestDevMakesTickets(t *testing.T) {
	s := startDev(t, testFolder(t))
	var made devUser
	require.NoError(t, json.Unmarshal([]byte(s.get("/dev/usersig?user=some%20one")), &made))
	assert.Equal(t, "some one", made.UserID)
	s.connect("linux", "1").login("some one", made.UserSig)
	assert.Contains(t, s.get("/dev/usersig?user="+strings.Repeat("x", 33)), "user must be 1 to 32 bytes")
	assert.Equal(t, "ok\n", s.get("/readyz"))
	assert.Equal(t, "404 page not found\n", s.get("/v5/"))
}

func TestDevPrintsAnAddressToCopy(t *testing.T) {
	s := startDev(t, testFolder(t), "--listen", "0.0.0.0:0")
	assert.NotContains(t, s.ServerURL, "0.0.0.0")
	socket, _, err := websocket.DefaultDialer.Dial(s.ServerURL+wire.Path, nil)
	require.NoError(t, err)
	socket.Close()
}

func TestDevRefuses(t *testing.T) {
	broken := testFolder(t)
	require.NoError(t, os.MkdirAll(broken, 0o700))
	require.NoError(t, os.WriteFile(devFile(broken), []byte("{"), 0o600))
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"a broken dev.json", []string{"--data", broken}, "dev.json is broken, remove it to start anew"},
		{"an address that is none", []string{"--listen", "7000"}, `--listen: "7000" is no host:port`},
		{"another argument", []string{"now"}, `unexpected argument "now"`},
		{"a key file that is not there", []string{"--app-key-file", "/none"}, "read the app key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"dev", "--data", testFolder(t)}, tt.args...)
			err := run(context.Background(), args, noEnv, nil, io.Discard, io.Discard)
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

func TestKeptAddress(t *testing.T) {
	tests := []struct{ name, asked, kept, want string }{
		{"at first it is a free port on this machine", "", "", "127.0.0.1:0"},
		{"what was used is used again", "", "127.0.0.1:4711", "127.0.0.1:4711"},
		{"also when a free port is asked for", "127.0.0.1:0", "127.0.0.1:4711", "127.0.0.1:4711"},
		{"on another host a free port is another one", "0.0.0.0:0", "127.0.0.1:4711", "0.0.0.0:0"},
		{"a port that is asked for is taken", "127.0.0.1:7000", "127.0.0.1:4711", "127.0.0.1:7000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, keptAddress(tt.asked, tt.kept))
		})
	}
}

// Logs at the most verbose level hold no ticket, key or session id.
func TestLogsHoldNoSecrets(t *testing.T) {
	s := startDev(t, testFolder(t))
	sig, other := s.ticket("ann", 3600), s.ticket("bob", 3600)
	c := s.connect("linux", "1")
	c.refused("ann", other)
	session := c.login("ann", sig)
	c.cut()
	back := s.connect("linux", "1")
	back.session(back.resume("ann", sig, session))
	s.online("ann", "linux", "2")
	back.expectKicked()
	require.NoError(t, s.stop())

	log := s.log.String()
	assert.Contains(t, log, `"check":"user"`)
	assert.Contains(t, log, `"session kicked"`)
	for _, secret := range []string{sig, other, s.AppKey, session.SessionID, s.Users[0].UserSig} {
		assert.NotContains(t, log, secret)
	}
	for _, line := range lines(log) {
		assert.True(t, json.Valid([]byte(line)), line)
	}
}

func TestCommands(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		stdout string
		err    string
	}{
		{"no command is a call for help", nil, "banterd dev ", ""},
		{"help helps", []string{"help"}, "banterd serve ", ""},
		{"version says what it is", []string{"version"}, "protocol 1, " + runtime.Version(), ""},
		{"an unknown command is named", []string{"server"}, "", `unknown command "server"`},
		{"help of a command is no failure", []string{"dev", "--help"}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout strings.Builder
			err := run(t.Context(), tt.args, noEnv, nil, &stdout, io.Discard)
			assert.Contains(t, stdout.String(), tt.stdout)
			if tt.err == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, tt.err)
			}
		})
	}
}
