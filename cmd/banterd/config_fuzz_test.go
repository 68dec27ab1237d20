package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzConfigFile checks any file as `banterd config check` does: it is a configuration that could be
// served, or there is a reason.
func FuzzConfigFile(f *testing.F) {
	example, err := os.ReadFile("../../build/banterd.example.toml")
	require.NoError(f, err)
	folder := f.TempDir()
	key := filepath.Join(folder, "key")
	require.NoError(f, os.WriteFile(key, []byte("secret\n"), 0o600))
	app := "\n[[apps]]\nid = 7\nkey_file = '" + key + "'\n"
	for _, seed := range []string{string(example), "", app, "[server]\nlisten = 7" + app, "[limits]\nping_after = '-1s'" + app, "[server]\ntrusted_proxies = ['x']" + app,
		app + "instances = { web = 99 }", app + "[[apps]]\nid = 7", "[webhooks]\nx = 1", "\xff", "[messages]\nrecall_window = '999999h'" + app} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(folder, "banterd.toml")
	f.Fuzz(func(t *testing.T, text []byte) {
		require.NoError(t, os.WriteFile(path, text, 0o600))
		none := func(string) string { return "" }
		c, err := loadConfig("test", []string{"--config", path}, none, io.Discard)
		if err == nil {
			_, err = c.options(none)
		}
		if err != nil {
			require.NotEmpty(t, err.Error())
		}
	})
}
