package main

import (
	"testing"
)

func TestConfigurationsOfABucket(t *testing.T) {
	const called = "s3_endpoint = 's3.example.com'\ns3_access_key = 'id'\ns3_secret_key_env = 'SECRET'\n"
	const good = called + "s3_bucket = 'banter'\n"
	const noSecret = "s3_endpoint = 'a'\ns3_bucket = 'banter'\ns3_access_key = 'id'\n"
	const local = "s3_bucket = 'banter'\ns3_access_key = 'id'\ns3_secret_key_file = 'FOLDER/key'\n"
	tests := []struct {
		name, text string
		want       string // "" is "ok"
	}{
		{"a bucket", good + "s3_region = 'eu-central-1'\ns3_prefix = 'game/1'", ""},
		{"one of one's own", local + "s3_endpoint = 'http://127.0.0.1:9000'\ns3_path_style = true\ns3_prefix = 'a/'", ""},
		{"an authority of one's own", local + "s3_endpoint = 'https://s3.lan:9000/'\ns3_tls_ca = 'FOLDER/cert.pem'", ""},
		{"a folder as well", good + "folder = 'x'", "files.folder and files.s3_bucket: give one"},
		{"no bucket", "s3_endpoint = 'a'\ns3_access_key = 'id'", "files.s3_endpoint, files.s3_bucket and files.s3_access_key: all"},
		{"a path in the address", local + "s3_endpoint = 'https://s3.example.com/banter'", "files.s3_endpoint: it is no host"},
		{"a secret in the address", local + "s3_endpoint = 'https://id:s3cret@s3.example.com'", "files.s3_endpoint: it is no host"},
		{"a host that no name stands before", local + "s3_endpoint = '10.0.0.1:9000'", "files.s3_path_style: it has to be true"},
		{"a dot in the host's name", called + "s3_bucket = 'a.b'", "files.s3_bucket: with a dot"},
		{"an authority without TLS", local + "s3_endpoint = 'http://a'\ns3_tls_ca = 'FOLDER/cert.pem'", "files.s3_tls_ca: files.s3_endpoint is without TLS"},
		{"no authority", local + "s3_endpoint = 'a'\ns3_tls_ca = 'FOLDER/key'", "files.s3_tls_ca: it holds no certificate"},
		{"a prefix that leads elsewhere", good + "s3_prefix = '../a'", "files.s3_prefix: it is not"},
		{"a prefix from the root", good + "s3_prefix = '/a'", "files.s3_prefix: it is not"},
		{"two secrets", good + "s3_secret_key_file = 'FOLDER/key'", "files.s3_secret_key_file or files.s3_secret_key_env: give one"},
		{"no secret", noSecret, "files.s3_secret_key_file or files.s3_secret_key_env: give one"},
		{"a secret that is not there", noSecret + "s3_secret_key_env = 'NONE'", "files.s3_secret_key_env: the environment variable NONE is empty"},
	}
	for _, bucket := range []string{"Banter", "b", "a/b", "-banter"} {
		tests = append(tests, struct{ name, text, want string }{"a bucket " + bucket,
			called + "s3_bucket = '" + bucket + "'", "files.s3_bucket: it is not"})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkConfiguration(t, "[files]\n"+tt.text+oneApp, "SECRET", tt.want)
		})
	}
}
