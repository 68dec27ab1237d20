package chaos

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/stretchr/testify/require"
)

// certificate is the nodes', and the authority that the clients trust: two files.
type certificate struct{ path, key string }

// certify makes one that is good for every address that a client dials.
func (s *stage) certify(clients int) {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(s.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "chaos"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for i := range clients {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(serverSide(i)))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	require.NoError(s.t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(secret)
	require.NoError(s.t, err)
	s.certificate = certificate{filepath.Join(s.folder, "cert.pem"), filepath.Join(s.folder, "key.pem")}
	s.writePEM(s.certificate.path, "CERTIFICATE", der)
	s.writePEM(s.certificate.key, "PRIVATE KEY", keyDER)
}

func (s *stage) writePEM(path, kind string, der []byte) {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	require.NoError(s.t, os.WriteFile(path, text, 0o600))
}
