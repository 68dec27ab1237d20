package suite

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/harness/rig"
)

// server is a banterd of a test.
type server struct {
	*rig.Server
	t     testing.TB
	data  string
	flags []string
	log   string // the file that its log goes to
}

// startServer starts a `banterd dev` on a free port and a folder of its own; it ends with the test.
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
	var err error
	s.Server, err = rig.Dev(product(s.t), s.data, s.log, s.flags...)
	require.NoError(s.t, err)
}

// stop ends the server and waits for its end.
func (s *server) stop(signal syscall.Signal) {
	s.t.Helper()
	require.NoError(s.t, s.Stop(signal), s.logText())
}

func (s *server) logText() string {
	text, _ := os.ReadFile(s.log)
	return string(text)
}

// ticket makes a ticket that is good for an hour.
func (s *server) ticket(user string) string { return s.Ticket(user, time.Now(), time.Hour) }

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
