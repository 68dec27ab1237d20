package core

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
)

// config is TIMInit's JSON. The fields that only have to be of the right type stand at
// the end; keys that are not here are not ours to judge.
type config struct {
	ConfigPath     string `json:"sdk_config_config_file_path"`
	LogPath        string `json:"sdk_config_log_file_path"`
	ServerURL      string `json:"sdk_config_server_url"`
	AllowPlaintext bool   `json:"sdk_config_allow_plaintext"`
	TLSCAFile      string `json:"sdk_config_tls_ca_file"`
	TLSPin         string `json:"sdk_config_tls_pin_sha256"`
	Platform       string `json:"sdk_config_platform"`

	DeviceType        string  `json:"sdk_config_device_type"`
	SystemVersion     string  `json:"sdk_config_system_version"`
	BrandType         float64 `json:"sdk_config_brand_type"`
	APIType           float64 `json:"sdk_config_api_type"`
	MainThreadID      float64 `json:"sdk_config_main_thread_id"`
	MainLooperPointer float64 `json:"sdk_config_main_looper_pointer"`
	JavaVM            float64 `json:"sdk_config_java_vm"`

	pin transport.Pin // TLSPin, read
}

var platforms = []string{"android", "iphone", "ipad", "windows", "mac", "linux", "web"}

// parseConfig reads TIMInit's JSON; "" is an empty one. The error names the key.
func parseConfig(text string) (config, error) {
	var c config
	if text == "" {
		return c, nil
	}
	if err := decode(text, &c); err != nil {
		return c, err
	}
	if c.Platform != "" && !slices.Contains(platforms, c.Platform) {
		return c, timerr.Newf(timerr.InvalidParameters, "sdk_config_platform must be one of %s", strings.Join(platforms, ", "))
	}
	if c.ServerURL != "" {
		if _, err := parseURL("sdk_config_server_url", c.ServerURL); err != nil {
			return c, err
		}
	}
	var err error
	if c.pin, err = transport.ParsePin(c.TLSPin); err != nil {
		return c, timerr.Newf(timerr.InvalidParameters, "sdk_config_tls_pin_sha256 is %v", err)
	}
	return c, nil
}

// CheckConfig is what New says of a ConfigJSON, without a client.
func CheckConfig(text string) error {
	_, err := parseConfig(text)
	return err
}

// decode reads JSON into a struct whose fields' present values stay where a key is
// absent. The error names the key of a value that has the wrong type, never the value.
func decode(text string, into any) error {
	err := json.Unmarshal([]byte(text), into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		what := wrong.Field
		if what == "" {
			what = "the JSON"
		}
		if strings.HasPrefix(wrong.Value, "number ") {
			return timerr.Newf(timerr.InvalidParameters, "%s is a number that it must not be", what)
		}
		return timerr.Newf(timerr.InvalidParameters, "%s must not be of type %s", what, wrong.Value)
	}
	if err != nil {
		return timerr.Wrap(timerr.InvalidJSON, err)
	}
	return nil
}

// folder is where the client's files are, or "" for none.
func (c config) folder(dataDir string, appID uint64) string {
	if c.ConfigPath != "" {
		return filepath.Clean(c.ConfigPath)
	}
	if dataDir == "" {
		return ""
	}
	return filepath.Join(dataDir, "banter", strconv.FormatUint(appID, 10))
}

// logFolder is where the log files are, or "" for none.
func (c config) logFolder(folder string) string {
	if c.LogPath != "" {
		return filepath.Clean(c.LogPath)
	}
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, "log")
}

// DataDir is the folder where programs keep data for the user, or "" when the environment
// does not say. goos is the system, getenv reads the environment.
func DataDir(goos string, getenv func(string) string) string {
	under := func(base string, rest ...string) string {
		if base == "" {
			return ""
		}
		return filepath.Join(append([]string{base}, rest...)...)
	}
	switch goos {
	case "windows":
		return getenv("LOCALAPPDATA")
	case "darwin", "ios":
		return under(getenv("HOME"), "Library", "Application Support")
	case "android":
		return "" // only the game knows its folder there
	}
	return firstOf(getenv("XDG_DATA_HOME"), under(getenv("HOME"), ".local", "share"))
}
