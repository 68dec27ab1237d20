package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"

	"github.com/banter-im/banter/server/files"
)

// s3Config says which bucket the bytes of files lie in, instead of a folder.
type s3Config struct {
	S3Endpoint      string `toml:"s3_endpoint"`
	S3Bucket        string `toml:"s3_bucket"`
	S3Region        string `toml:"s3_region"`
	S3Prefix        string `toml:"s3_prefix"`
	S3PathStyle     bool   `toml:"s3_path_style"`
	S3AccessKey     string `toml:"s3_access_key"` // its id, which is no secret
	S3SecretKeyFile string `toml:"s3_secret_key_file"`
	S3SecretKeyEnv  string `toml:"s3_secret_key_env"`
	S3TLSCA         string `toml:"s3_tls_ca"`
}

func (c *s3Config) settings() []setting {
	return []setting{
		{"files", "s3_endpoint", &c.S3Endpoint, "address of an S3 server: host, host:port, or http://host without TLS"},
		{"files", "s3_bucket", &c.S3Bucket, "bucket of the files' bytes, instead of a folder"},
		{"files", "s3_region", &c.S3Region, "region of the bucket"},
		{"files", "s3_prefix", &c.S3Prefix, "what the keys of all objects begin with"},
		{"files", "s3_path_style", &c.S3PathStyle, "the bucket stands in the path, not in the host's name"},
		{"files", "s3_access_key", &c.S3AccessKey, "id of the access key"},
		{"files", "s3_secret_key_file", &c.S3SecretKeyFile, "file of its secret"},
		{"files", "s3_secret_key_env", &c.S3SecretKeyEnv, "environment variable of it"},
		{"files", "s3_tls_ca", &c.S3TLSCA, "file of the certificates that the S3 server's is signed by"},
	}
}

// options returns what the configuration asks for, nil without a bucket, or says what is wrong.
func (c s3Config) options(getenv func(string) string) (*files.S3Config, error) {
	switch {
	case c == s3Config{}:
		return nil, nil
	case c.S3Endpoint == "" || c.S3Bucket == "" || c.S3AccessKey == "":
		return nil, errors.New("files.s3_endpoint, files.s3_bucket and files.s3_access_key: all of them are needed")
	}
	o := files.S3Config{Bucket: c.S3Bucket, Region: c.S3Region, Prefix: strings.TrimSuffix(c.S3Prefix, "/"),
		PathStyle: c.S3PathStyle, AccessKey: c.S3AccessKey}
	var addressErr, secretErr, caErr error
	o.Endpoint, o.Plain, addressErr = c.address()
	o.SecretKey, secretErr = c.secret(getenv)
	o.CA, caErr = c.authorities()
	return &o, errors.Join(addressErr, c.checkNames(), secretErr, caErr)
}

// address returns the server's, and whether it is spoken to without TLS.
func (c s3Config) address() (address string, plain bool, err error) {
	address, plain = strings.CutPrefix(c.S3Endpoint, "http://")
	address = strings.TrimSuffix(strings.TrimPrefix(address, "https://"), "/")
	host := address
	if name, _, err := net.SplitHostPort(address); err == nil {
		host = name
	}
	switch {
	case host == "" || strings.ContainsAny(address, "/@?# "):
		return "", false, errors.New("files.s3_endpoint: it is no host, host:port, or http://host:port")
	case plain && c.S3TLSCA != "":
		return "", false, errors.New("files.s3_tls_ca: files.s3_endpoint is without TLS")
	case !c.S3PathStyle && (host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil):
		return "", false, errors.New("files.s3_path_style: it has to be true, for no bucket can stand before the name of such a host")
	}
	return address, plain, nil
}

var (
	bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	keyPrefix  = regexp.MustCompile(`^(\w[\w.-]*/)*(\w[\w.-]*/?)?$`)
)

func (c s3Config) checkNames() error {
	var problems []error
	switch {
	case !bucketName.MatchString(c.S3Bucket):
		problems = append(problems, errors.New("files.s3_bucket: it is not 3 to 63 small letters, digits, dots and hyphens"))
	case strings.Contains(c.S3Bucket, ".") && !c.S3PathStyle:
		problems = append(problems, errors.New("files.s3_bucket: with a dot it needs files.s3_path_style, "+
			"for no certificate holds for such a host's name"))
	}
	if !keyPrefix.MatchString(c.S3Prefix) {
		problems = append(problems, errors.New("files.s3_prefix: it is not letters, digits, _, - and . with slashes between"))
	}
	return errors.Join(problems...)
}

func (c s3Config) secret(getenv func(string) string) (string, error) {
	switch {
	case (c.S3SecretKeyFile == "") == (c.S3SecretKeyEnv == ""):
		return "", errors.New("files.s3_secret_key_file or files.s3_secret_key_env: give one of them")
	case c.S3SecretKeyFile != "":
		secret, err := readKey(c.S3SecretKeyFile, strings.NewReader("")) // "-" is no file of a server's
		return string(secret), wrap("files.s3_secret_key_file", err)
	}
	secret := getenv(c.S3SecretKeyEnv)
	if secret == "" {
		return "", fmt.Errorf("files.s3_secret_key_env: the environment variable %s is empty", c.S3SecretKeyEnv)
	}
	return secret, nil
}

// authorities returns who may have signed the server's certificate; nil: whom the system trusts.
func (c s3Config) authorities() (*x509.CertPool, error) {
	if c.S3TLSCA == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.S3TLSCA)
	if err != nil {
		return nil, wrap("files.s3_tls_ca", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("files.s3_tls_ca: it holds no certificate (PEM)")
	}
	return pool, nil
}
