package suite

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/freeport"
	"github.com/banter-im/banter/internal/usersig"
)

// certificate makes a key and a certificate for 127.0.0.1 in folder, and returns the pin
// of its key.
func certificate(t *testing.T, folder string) (pin string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "banter test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	write := func(name, kind string, bytes []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600))
	}
	write("cert.pem", "CERTIFICATE", cert)
	write("key.pem", "PRIVATE KEY", private)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	hash := sha256.Sum256(public)
	return base64.StdEncoding.EncodeToString(hash[:])
}

func serve(t *testing.T, folder string) (address string) {
	address, admin := freeport.Address(t), freeport.Address(t)
	require.NoError(t, os.WriteFile(folder+"/app.key", []byte("the key of app 9\n"), 0o600))
	config := fmt.Sprintf(`
[server]
listen = %q
admin_listen = %q
tls_cert = %q
tls_key = %q
data = %q

[[apps]]
id = 9
key_file = %q
`, address, admin, folder+"/cert.pem", folder+"/key.pem", folder+"/data", folder+"/app.key")
	require.NoError(t, os.WriteFile(folder+"/banterd.toml", []byte(config), 0o600))
	banterd := product(t) + "/bin/banterd"
	out, err := exec.Command(banterd, "config", "check", "--config", folder+"/banterd.toml").CombinedOutput()
	require.NoError(t, err, string(out))
	cmd := exec.Command(banterd, "serve", "--config", folder+"/banterd.toml")
	log, err := os.Create(folder + "/banterd.log")
	require.NoError(t, err)
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		text, _ := os.ReadFile(folder + "/banterd.log")
		require.NoError(t, cmd.Wait(), string(text))
	})
	require.Eventually(t, func() bool {
		answer, err := http.Get("http://" + admin + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}, time.Minute, 50*time.Millisecond)
	return address
}

func TestLoginOverTLS(t *testing.T) {
	folder := t.TempDir()
	pin := certificate(t, folder)
	url := "wss://" + serve(t, folder)
	ticket := usersig.Sign(9, []byte("the key of app 9"), "alice", time.Now(), time.Hour, nil)
	start := func(t *testing.T, more string) *puppet {
		p := startPuppet(t)
		p.listen(onNetwork)
		p.init(9, configFor(t, url, more))
		return p
	}
	t.Run("with its own CA file", func(t *testing.T) {
		start(t, fmt.Sprintf(`"sdk_config_tls_ca_file":%q`, folder+"/cert.pem")).login("alice", ticket, 0)
	})
	t.Run("with the key's pin", func(t *testing.T) {
		start(t, fmt.Sprintf(`"sdk_config_tls_pin_sha256":%q`, pin)).login("alice", ticket, 0)
	})
	t.Run("a server that no CA of this system knows is not trusted", func(t *testing.T) {
		assert.Contains(t, start(t, "").eventWith(onNetwork, "[3,"), "certificate")
	})
	t.Run("another key than the pinned one is not trusted", func(t *testing.T) {
		other := base64.StdEncoding.EncodeToString(make([]byte, 32))
		assert.Contains(t, start(t, fmt.Sprintf(`"sdk_config_tls_pin_sha256":%q`, other)).eventWith(onNetwork, "[3,"), "pin")
	})
}

func TestLoginOverIPv6(t *testing.T) {
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	} else {
		l.Close()
	}
	s := startServer(t, "--listen", "[::1]:0")
	assert.Contains(t, s.URL, "[::1]")
	s.client("").login("alice", s.ticket("alice"), 0)
}
