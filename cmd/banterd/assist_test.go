package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServicesAreSet(t *testing.T) {
	path := configFile(t, `
[translate]
url = "http://127.0.0.1:8080/t"
secret_file = "FOLDER/key"
timeout = "3s"
`+oneApp)
	c, err := loadConfig("test", []string{"--config", path, "--voice-url", "https://voice.example/v"}, noEnv, io.Discard)
	require.NoError(t, err)
	o, err := c.options(noEnv)
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:8080/t", o.assist.translate.URL)
	assert.Equal(t, []byte("secret"), o.assist.translate.Secret)
	assert.Equal(t, 3*time.Second, o.assist.translate.Timeout)
	assert.Equal(t, "https://voice.example/v", o.assist.voice.URL)

	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), "key"), []byte("another"), 0o600))
	o, err = c.options(noEnv)
	require.NoError(t, err)
	assert.Equal(t, []byte("another"), o.assist.translate.Secret, "a reload reads it again")
}

func TestServicesThatAreSetWrongly(t *testing.T) {
	for text, want := range map[string]string{
		"[translate]\nurl = 'ftp://s3cret'":                    "translate.url",
		"[translate]\ntimeout = '-1s'":                         "translate.timeout",
		"[voice]\ntimeout = '26s'":                             "voice.timeout",
		"[voice]\nurl='http://a'\nsecret_file = 'FOLDER/none'": "voice.secret_file",
	} {
		c, err := loadConfig("test", []string{"--config", configFile(t, text+oneApp)}, noEnv, io.Discard)
		require.NoError(t, err)
		_, err = c.options(noEnv)
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}
