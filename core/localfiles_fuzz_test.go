package core

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
)

// FuzzInstanceFile opens an install whose file holds anything: there is an id, and it is the
// same the next time.
func FuzzInstanceFile(f *testing.F) {
	for _, seed := range []string{"", "00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeef", "00112233445566778899AABBCCDDEEFF\n",
		"zz112233445566778899aabbccddeeff", "\x00", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"} {
		f.Add([]byte(seed))
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "banter-instance-1"), text, 0o600))
		first := openInstance(folder, 1)
		require.NoError(t, first.err)
		assert.Regexp(t, "^[0-9a-fA-F]{32}$", first.id)
		first.close()
		again := openInstance(folder, 1)
		defer again.close()
		require.NoError(t, again.err)
		assert.Equal(t, first.id, again.id)
	})
}

// FuzzSettingsFile reads any imsdk.json: there is an address that a link can be made to, or a
// refusal that names the file.
func FuzzSettingsFile(f *testing.F) {
	for _, seed := range []string{`{"server_url":"wss://chat.example:7000"}`, `{"server_url":7}`, `{}`, `[]`, ``, "\xef\xbb\xbf{}", `{"server_url":"http://x"}`,
		`{"server_url":"wss://u:p@x"}`, `{"server_url":"ws://127.0.0.1:1"}`, `{"server_url":"wss://[::1%25eth0]:1"}`, `{"server_url":"ws://x:70000"}`,
		`{"server_url":"wss://[::1%25et�]:1"}`, "{\"server_url\":\"wss://[::1%25et\xff\xff]:1\"}"} {
		f.Add([]byte(seed))
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, settingsFile), text, 0o600))
		targets, err := (&addresses{settings: NewSettings(NewLogFiles()), folder: folder}).targets()
		if err != nil {
			assert.NotEmpty(t, timerr.DescOf(err))
			return
		}
		require.Len(t, targets, 1)
		_, err = parseURL("again", targets[0].URL)
		assert.NoError(t, err)
	})
}
