package transport

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"strings"

	"github.com/banter-im/banter/internal/timerr"
)

// TLS says whom a wss link trusts. Its zero value trusts the system's roots.
type TLS struct {
	CAFile string // PEM certificates that are trusted instead of the system's
	Pin    Pin    // the server's key; without a CAFile it alone is trusted
}

// Pin is the SHA-256 of a server's public key (its SubjectPublicKeyInfo), or empty.
type Pin []byte

var errPin = errors.New("neither a public key (PEM, or DER in base64) nor the base64 of its SHA-256")

// ParsePin reads a pin: the base64 of the hash, or the public key itself as PEM or as
// base64 of its DER form. An empty text is no pin.
func ParsePin(text string) (Pin, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return pinOf(block.Bytes)
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errPin
	}
	if len(data) == sha256.Size {
		return data, nil
	}
	return pinOf(data)
}

func pinOf(der []byte) (Pin, error) {
	if _, err := x509.ParsePKIXPublicKey(der); err != nil {
		return nil, errPin
	}
	sum := sha256.Sum256(der)
	return sum[:], nil
}

// config leaves RootCAs nil when the system's roots are right: they are then loaded by
// the first handshake that needs them, and a ws or a pinned link never pays for them.
func (t TLS) config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, badCAFile("cannot be read", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, badCAFile("holds no certificate in PEM form", nil)
		}
	}
	if len(t.Pin) > 0 {
		config.InsecureSkipVerify = t.CAFile == "" // the pin says more than any authority
		config.VerifyConnection = t.verifyPin
	}
	return config, nil
}

func badCAFile(what string, err error) error {
	e := timerr.Newf(timerr.InvalidParameters, "the file that sdk_config_tls_ca_file names %s", what)
	e.Err = errors.Join(ErrPermanent, err)
	return e
}

func (t TLS) verifyPin(state tls.ConnectionState) error {
	sum := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
	if !bytes.Equal(sum[:], t.Pin) {
		return errWrongKey
	}
	return nil
}

var errWrongKey = errors.New("the server's key is not the pinned one")
