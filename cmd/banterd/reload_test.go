//go:build unix

package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
)

// operated is `banterd serve` in a process of its own, with a file that changes.
type operated struct {
	t       *testing.T
	folder  string
	players string
	process *os.Process
	log     *safeBuffer
}

func (o *operated) write(name, text string) {
	require.NoError(o.t, os.WriteFile(filepath.Join(o.folder, name), []byte(text), 0o600))
}

// configure writes the configuration with more about its app.
func (o *operated) configure(limits, app string) {
	text := "[server]\ndata = 'FOLDER/data'\ntls_cert = 'FOLDER/cert.pem'\ntls_key = 'FOLDER/key.pem'\n" + limits +
		"\n[[apps]]\nid = 7\nkey_file = 'FOLDER/key'\n" + app
	o.write("banterd.toml", strings.ReplaceAll(text, "FOLDER", o.folder))
}

func startOperated(t *testing.T) *operated { return startOperatedWith(t, "") }

// startOperatedWith is startOperated with lines for the configuration.
func startOperatedWith(t *testing.T, limits string) *operated {
	o := &operated{t: t, folder: t.TempDir(), players: freeport.Address(t), log: &safeBuffer{}}
	admin := freeport.Address(t)
	writeCertificate(t, o.folder)
	o.write("key", "secret")
	o.configure(limits, "")
	cmd := exec.Command(os.Args[0], "serve", "--config", filepath.Join(o.folder, "banterd.toml"),
		"--listen", o.players, "--admin-listen", admin)
	cmd.Env = append(os.Environ(), asMain+"=1")
	cmd.Stderr = o.log
	require.NoError(t, cmd.Start())
	o.process = cmd.Process
	t.Cleanup(func() {
		require.NoError(t, o.process.Signal(syscall.SIGTERM))
		assert.NoError(t, cmd.Wait(), o.log)
	})
	require.Eventually(t, func() bool {
		answer, err := http.Get("http://" + admin + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, patience, 5*time.Millisecond, o.log)
	return o
}

// reload asks for one, and waits until the log says what came of it.
func (o *operated) reload(want string) {
	o.t.Helper()
	before := len(o.log.String())
	require.NoError(o.t, o.process.Signal(syscall.SIGHUP))
	require.Eventually(o.t, func() bool { return strings.Contains(o.log.String()[before:], want) }, patience, 5*time.Millisecond,
		"%s in %s", want, o.log)
}

// connect dials and says hello. It returns the server's certificate too.
func (o *operated) connect() (*client, []byte) {
	o.t.Helper()
	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // the certificate is looked at instead
	socket, _, err := dialer.Dial("wss://"+o.players+wire.Path, nil)
	require.NoError(o.t, err)
	o.t.Cleanup(func() { socket.Close() })
	c := &client{t: o.t, socket: socket}
	require.Zero(o.t, c.call(wire.CmdHello, wire.Hello{Protocol: wire.Version, AppID: 7, Platform: "linux"}).Code)
	return c, certificateOf(socket.NetConn())
}

func certificateOf(conn net.Conn) []byte {
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Raw
}

func (o *operated) ticket(key string) string {
	return usersig.Sign(7, []byte(key), "ann", time.Now(), time.Hour, nil)
}

// ticketOf is a ticket of any user with the first key.
func (o *operated) ticketOf(user string) string {
	return usersig.Sign(7, []byte("secret"), user, time.Now(), time.Hour, nil)
}

func TestAHangupReadsTheFileAgain(t *testing.T) {
	o := startOperated(t)
	first, certificate := o.connect()
	first.login("ann", o.ticket("secret"))

	o.configure("", "login_policy = 'multi'\ninstances = { linux = 2 }\n")
	o.write("key", "fresh")
	writeCertificate(t, o.folder)
	o.reload("the configuration was read again")

	second, next := o.connect()
	assert.NotEqual(t, certificate, next, "the new certificate is shown")
	code, _ := second.refused("ann", o.ticket("secret"))
	assert.Equal(t, timerr.SvrAccountUserSigMismatchPublickey, code, "the old key is void")
	second.login("ann", o.ticket("fresh"))
	assert.Zero(t, first.call(wire.CmdPing, nil).Code, "the new policy has room for two")

	third, _ := o.connect()
	third.login("ann", o.ticket("fresh"))
	first.expectKicked()
}

func TestABrokenFileChangesNothing(t *testing.T) {
	o := startOperated(t)
	for want, app := range map[string]string{
		"unknown setting apps.login_polcy": "login_polcy = 'multi'\n",
		"policy":                           "login_policy = 'quad'\n",
		"toml: line":                       "login_policy = \n",
	} {
		o.configure("", app)
		o.reload("nothing has changed")
		assert.Contains(t, o.log.String(), want)
	}
	o.configure("", "")
	o.write("cert.pem", "")
	o.reload("nothing has changed")
	c, _ := o.connect()
	c.login("ann", o.ticket("secret"))
	assert.NotContains(t, o.log.String(), "they need a restart")
}

func TestWhatNeedsARestartIsSaid(t *testing.T) {
	o := startOperated(t)
	o.configure("[limits]\nmax_connections = 5", "")
	o.reload("they need a restart")
}
