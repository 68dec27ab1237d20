package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
)

func writeCertificate(t *testing.T, folder string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600))
	}
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return pool
}

func TestServeOverTLS(t *testing.T) {
	players, operators := freeport.Address(t), freeport.Address(t)
	path := configFile(t, `
[server]
data = "FOLDER/data"
tls_cert = "FOLDER/cert.pem"
tls_key = "FOLDER/key.pem"
`+oneApp)
	trust := writeCertificate(t, filepath.Dir(path))
	ctx, cancel := context.WithCancel(context.Background())
	ended, log := make(chan error, 1), &safeBuffer{}
	go func() {
		args := []string{"serve", "--config", path, "--listen", players, "--admin-listen", operators}
		ended <- run(ctx, args, noEnv, nil, log, log)
	}()
	require.Eventually(t, func() bool {
		response, err := http.Get("http://" + operators + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	}, patience, 5*time.Millisecond, log)

	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: trust}}
	socket, _, err := dialer.Dial("wss://"+players+wire.Path, nil)
	require.NoError(t, err)
	defer socket.Close()
	c := &client{t: t, socket: socket}
	c.call(wire.CmdHello, wire.Hello{Protocol: wire.Version, AppID: 7, Platform: "linux"})
	c.login("ann", usersig.Sign(7, []byte("secret"), "ann", time.Now(), time.Hour, nil))

	response, err := http.Get("http://" + operators + "/dev/usersig?user=ann")
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusNotFound, response.StatusCode, "only dev makes tickets")

	cancel()
	c.expectClosing(wire.CloseShutdown)
	assert.NoError(t, <-ended)
}
