package suite

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/usersig"
)

// server is a running `banterd dev`.
type server struct {
	t     testing.TB
	data  string
	flags []string
	cmd   *exec.Cmd
	out   *bufio.Reader // its stdout, after the line of JSON
	log   string        // the file that its log goes to

	URL   string `json:"server_url"`
	REST  string `json:"rest_url"`
	AppID uint64 `json:"app_id"`
	Key   string `json:"app_key"`
	Users []struct {
		ID  string `json:"user_id"`
		Sig string `json:"user_sig"`
	} `json:"users"`
}

// startServer starts one on a free port and a folder of its own; it ends with the test.
func startServer(t testing.TB, flags ...string) *server {
	t.Helper()
	s := &server{t: t, data: t.TempDir(), flags: flags}
	s.log = s.data + "/../server.log"
	s.start()
	t.Cleanup(func() { s.stop(syscall.SIGTERM) })
	return s
}

// start starts the server, again on the same folder and so on the same address.
func (s *server) start() {
	s.t.Helper()
	s.cmd = exec.Command(product(s.t)+"/bin/banterd", append([]string{"dev", "--data", s.data}, s.flags...)...)
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(s.t, err)
	defer log.Close()
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, s.cmd.Start())
	s.out = bufio.NewReader(out)
	ready, err := s.out.ReadBytes('\n')
	require.NoError(s.t, err, "the server's line of JSON; its log: %s", s.logText())
	require.NoError(s.t, json.Unmarshal(ready, s), string(ready))
}

// stop ends the server and waits for its end.
func (s *server) stop(signal syscall.Signal) {
	s.t.Helper()
	if s.cmd == nil {
		return
	}
	require.NoError(s.t, s.cmd.Process.Signal(signal))
	rest, err := io.ReadAll(s.out)
	require.NoError(s.t, err)
	require.Empty(s.t, string(rest), "stdout is for the line of JSON alone")
	err = s.cmd.Wait()
	if signal == syscall.SIGTERM {
		require.NoError(s.t, err, s.logText())
	}
	s.cmd = nil
}

func (s *server) logText() string {
	text, _ := os.ReadFile(s.log)
	return string(text)
}

// ticket makes a ticket that is good for an hour.
func (s *server) ticket(user string) string { return s.ticketFor(user, time.Now(), time.Hour) }

func (s *server) ticketFor(user string, issued time.Time, life time.Duration) string {
	return usersig.Sign(s.AppID, []byte(s.Key), user, issued, life, nil)
}

// config is TIMInit's JSON for this server, with a folder of its own and more keys.
func (s *server) config(more string) string {
	return configFor(s.t, s.URL, more)
}

func configFor(t testing.TB, url, more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"sdk_config_server_url":%q,"sdk_config_config_file_path":%q%s}`, url, t.TempDir(), more)
}
