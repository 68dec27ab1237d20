//go:build unix

package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// hook are the settings of an app that tells g, which checks the token's sign.
func (o *operated) hook(g *game) string {
	o.write("token", "my token\n")
	return fmt.Sprintf("webhook_url = %q\nwebhook_token_file = 'FOLDER/token'\n", g.URL+"/hook")
}

// comeAndGo logs ann in and out.
func (o *operated) comeAndGo() {
	o.t.Helper()
	c, _ := o.connect()
	c.login("ann", o.ticket("secret"))
	require.Zero(o.t, c.call(wire.CmdLogout, nil).Code)
}

func TestAHangupChangesWhoHears(t *testing.T) {
	t.Parallel() // it waits more than it works
	o := startOperated(t)
	const reread = "the configuration was read again"
	before := startGame(t)
	before.set(true) // dead: what it does not take waits
	o.configure("", o.hook(before))
	o.reload(reread)
	o.comeAndGo()

	after := startGame(t)
	o.configure("", o.hook(after))
	o.reload(reread)
	after.await("ann", "Login/Register", "Logout/Unregister")

	o.configure("", "")
	o.reload(reread)
	o.comeAndGo() // is told to nobody, also later
	o.configure("", o.hook(after))
	o.reload(reread)
	o.comeAndGo()
	after.await("ann", "Login/Register", "Logout/Unregister", "Login/Register", "Logout/Unregister")
	assert.Empty(t, before.of("ann"))
	assert.NotContains(t, o.log.String(), "they need a restart")
	assert.NotContains(t, o.log.String(), "my token")
}

// strict is a receiver that takes events only from who shows a certificate that it trusts.
type strict struct {
	*game
	log     *safeBuffer // of failed handshakes
	mu      sync.Mutex
	trust   *x509.CertPool
	refused int
}

// startStrict starts one with the certificate in its folder, which is returned.
func startStrict(t *testing.T, g *game) (*strict, *httptest.Server, string) {
	folder := t.TempDir()
	writeCertificate(t, folder)
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem"))
	require.NoError(t, err)
	s := &strict{game: g, log: &safeBuffer{}, trust: x509.NewCertPool()}
	server := httptest.NewUnstartedServer(s)
	server.Config.ErrorLog = log.New(s.log, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	return s, server, folder
}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	shown := r.TLS.PeerCertificates[0]
	_, err := shown.Verify(x509.VerifyOptions{Roots: s.trust, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		s.refused++
	}
	s.mu.Unlock()
	if err != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	s.game.ServeHTTP(w, r)
}

// admit makes s trust pool and nobody else.
func (s *strict) admit(pool *x509.CertPool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trust = pool
}

// hasRefused says whether somebody came with a certificate that is not trusted.
func (s *strict) hasRefused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused > 0
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, text, 0o600))
}

func TestAReceiverKnowsTheServerByItsCertificate(t *testing.T) {
	t.Parallel() // it waits more than it works
	o := startOperated(t)
	g := startGame(t)
	receiver, server, theirs := startStrict(t, g)
	ours := filepath.Join(o.folder, "client")
	require.NoError(t, os.Mkdir(ours, 0o700))
	receiver.admit(writeCertificate(t, ours))
	copyFile(t, filepath.Join(theirs, "cert.pem"), filepath.Join(o.folder, "ca.pem"))
	settings := strings.Replace(o.hook(g), g.URL, server.URL, 1) + "webhook_ca = 'FOLDER/ca.pem'\n" +
		"webhook_cert = 'FOLDER/client/cert.pem'\nwebhook_key = 'FOLDER/client/key.pem'\n"
	o.configure("", settings)
	o.reload("the configuration was read again")
	o.comeAndGo()
	want := []string{"Login/Register", "Logout/Unregister"}
	g.await("ann", want...)

	next := writeCertificate(t, ours) // in the same files
	receiver.admit(next)
	o.comeAndGo() // is told with the old one
	require.Eventually(t, receiver.hasRefused, patience, 5*time.Millisecond)
	o.reload("the configuration was read again")
	g.await("ann", append(want, want...)...)

	writeCertificate(t, theirs) // another authority: the receiver is not who it should be
	copyFile(t, filepath.Join(theirs, "cert.pem"), filepath.Join(o.folder, "ca.pem"))
	o.reload("the configuration was read again")
	o.comeAndGo()
	require.Eventually(t, func() bool { return strings.Contains(receiver.log.String(), "bad certificate") }, patience, 5*time.Millisecond,
		"%s", receiver.log)
	assert.Equal(t, strings.Join(append(want, want...), ", "), g.of("ann"))
}
