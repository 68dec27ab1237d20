package core

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
)

func TestConfigThatIsRefusedNamesTheKey(t *testing.T) {
	for key, text := range map[string]string{
		"sdk_config_server_url":       `{"sdk_config_server_url":7}`,
		"sdk_config_allow_plaintext":  `{"sdk_config_allow_plaintext":"yes"}`,
		"sdk_config_config_file_path": `{"sdk_config_config_file_path":["/"]}`,
		"sdk_config_platform":         `{"sdk_config_platform":"toaster"}`,
		"sdk_config_tls_pin_sha256":   `{"sdk_config_tls_pin_sha256":"abc"}`,
		"sdk_config_java_vm":          `{"sdk_config_java_vm":true}`,
	} {
		game := &fakeGame{}
		_, err := New(Options{AppID: 1, ConfigJSON: text, Settings: NewSettings(NewLogFiles())}, game)
		require.Error(t, err, text)
		assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err))
		assert.Contains(t, timerr.DescOf(err), key)
		require.Len(t, game.lines, 1, "the log says so")
		assert.Contains(t, game.lines[0], key)
	}
	for _, url := range []string{"http://host:1", "ws://", "wss://u:p@host", "wss://host?q=1", "host:443", "wss://:443"} {
		_, err := parseConfig(`{"sdk_config_server_url":"` + url + `"}`)
		assert.Contains(t, timerr.DescOf(err), "sdk_config_server_url", url)
		assert.NotContains(t, timerr.DescOf(err), "u:p", "no password")
	}
}

func TestConfigThatIsAccepted(t *testing.T) {
	for _, text := range []string{
		"", "{}", `{"sdk_config_unknown":[1]}`, `{"sdk_config_java_vm":18446744073709551615}`,
		`{"sdk_config_main_looper_pointer":1.4e14,"sdk_config_brand_type":2}`,
	} {
		_, err := parseConfig(text)
		assert.NoError(t, err, text)
	}
	c, err := parseConfig(`{"sdk_config_platform":"ipad","sdk_config_server_url":"wss://chat.example:443"}`)
	require.NoError(t, err)
	assert.Equal(t, "ipad", c.Platform)
}

func TestFolders(t *testing.T) {
	none := func(string) string { return "" }
	home := func(name string) string {
		return map[string]string{"HOME": "/h", "LOCALAPPDATA": "/l"}[name]
	}
	xdg := func(name string) string {
		return map[string]string{"HOME": "/h", "XDG_DATA_HOME": "/x"}[name]
	}
	assert.Equal(t, filepath.Clean("/h/.local/share"), DataDir("linux", home))
	assert.Equal(t, "/x", DataDir("linux", xdg))
	assert.Equal(t, "/l", DataDir("windows", home))
	assert.Equal(t, filepath.Clean("/h/Library/Application Support"), DataDir("darwin", home))
	assert.Empty(t, DataDir("linux", none))
	assert.Empty(t, DataDir("android", home))

	var c config
	assert.Equal(t, filepath.Clean("/x/banter/14"), c.folder("/x", 14))
	assert.Empty(t, c.folder("", 14))
	assert.Empty(t, c.logFolder(""))
	c.ConfigPath = "/游戏/conf/"
	assert.Equal(t, filepath.Clean("/游戏/conf"), c.folder("/x", 14))
	assert.Equal(t, filepath.Clean("/游戏/conf/log"), c.logFolder(c.folder("/x", 14)))
	c.LogPath = "/var/log"
	assert.Equal(t, filepath.Clean("/var/log"), c.logFolder("/x"))
}

func TestPlatformOfTheSystem(t *testing.T) {
	for goos, want := range map[string]string{
		"linux": "linux", "windows": "windows", "darwin": "mac", "ios": "iphone", "android": "android", "js": "web", "freebsd": "linux",
	} {
		assert.Equal(t, want, platformOf(goos))
	}
}

func FuzzParseConfig(f *testing.F) {
	for _, seed := range []string{
		`{"sdk_config_server_url":"ws://127.0.0.1:7000"}`, `{"sdk_config_server_url":"wss://[::1]:1/a"}`, `{"sdk_config_platform":"mac"}`,
		`{"sdk_config_tls_pin_sha256":"` + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" + `"}`, `[]`, `null`, `{`, `{"sdk_config_java_vm":1e999}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseConfig(text)
		if err != nil {
			assert.NotEmpty(t, timerr.DescOf(err))
			return
		}
		if c.ServerURL != "" {
			_, err := parseURL("again", c.ServerURL)
			assert.NoError(t, err)
		}
	})
}
