package suite

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/core"
)

func startConfigChecker(t testing.TB) *checker {
	return startFilter(t, "config_verdict", "config_verdict.c", "../config.c", "../json_walk.c", "../json_check.c")
}

// TIMInit does not wait for Go with what games usually give it, and reads the mode right.
func TestUsualConfigsAreJudgedInC(t *testing.T) {
	check := startConfigChecker(t)
	for text, want := range map[string]string{
		`{}`: "k",
		`{"sdk_config_config_file_path":"C:\\\\games\\\\süß","sdk_config_log_file_path":""}`:                             "k",
		`{"sdk_config_server_url":"wss://chat.example.com:443","sdk_config_callback_mode":"pump"}`:                       "p",
		` { "sdk_config_server_url" : "ws://127.0.0.1:7000" , "sdk_config_callback_mode" : "thread" } `:                  "t",
		`{"sdk_config_server_url":"","sdk_config_platform":"ipad","sdk_config_allow_plaintext":true}`:                    "k",
		`{"sdk_config_main_thread_id":140123456789012,"sdk_config_java_vm":18446744073709551615,"some_key":[{"a":"}"}]}`: "k",
	} {
		assert.Equal(t, want, check.verdict(t, []byte(text)), text)
		assert.NoError(t, core.CheckConfig(text), text)
	}
}

// doubtful are for Go to judge, be they good or not.
var doubtful = []string{
	`{"sdk_config_server_url":7}`, `{"sdk_config_server_url":"http://host"}`, `{"sdk_config_server_url":"wss://"}`,
	`{"sdk_config_server_url":"ws:///"}`, `{"sdk_config_server_url":"wss://:443"}`, `{"sdk_config_server_url":"wss://host:"}`,
	`{"sdk_config_server_url":"wss://user@host"}`, `{"sdk_config_server_url":"wss://host?q"}`, `{"sdk_config_server_url":"wss://[::1]:7"}`,
	`{"sdk_config_server_url":"wss://h\u006fst"}`, `{"sdk_config_server_url":null}`, `{"sdk_config_server_url":"wss://hö.example"}`,
	`{"sdk_config_callback_mode":"Pump"}`, `{"sdk_config_callback_mode":1}`, `{"sdk_config_callback_mode":null}`,
	`{"sdk_config_callback_mode":"pump","sdk_config_callback_mode":"thread"}`, `{"sdk_config_callback_mode":""}`,
	`{"sdk_config_platform":"toaster"}`, `{"sdk_config_tls_pin_sha256":"abc"}`, `{"sdk_config_tls_pin_sha256":" "}`,
	`{"sdk_config_allow_plaintext":"yes"}`, `{"sdk_config_allow_plaintext":1}`, `{"sdk_config_java_vm":true}`, `{"sdk_config_java_vm":-1}`,
	`{"sdk_config_java_vm":1e400}`, `{"sdk_config_config_file_path":["/"]}`, `{"SDK_CONFIG_SERVER_URL":7}`,
	`{"\u0073dk_config_server_url":7}`, "{\"\u017fdk_config_server_url\":7}",
}

func TestDoubtfulConfigsAreLeftToGo(t *testing.T) {
	check := startConfigChecker(t)
	for _, text := range doubtful {
		assert.Equal(t, "?", check.verdict(t, []byte(text)), text)
	}
}

// What C is sure of, Go accepts, and with the same mode: else a refusal would come too late.
func FuzzConfigCheck(f *testing.F) {
	for _, text := range doubtful {
		f.Add([]byte(text))
	}
	f.Add([]byte(`{"sdk_config_server_url":"wss://a.b-c:443","sdk_config_callback_mode":"pump","x":{"y":[1,"}"]},"sdk_config_brand_type":2}`))
	check := startConfigChecker(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		verdict := check.verdict(t, text)
		if verdict == "-" || verdict == "?" {
			return
		}
		for i, c := range text {
			if c == 0 {
				text = text[:i] // C's end of a text
				break
			}
		}
		assert.NoError(t, core.CheckConfig(string(text)), "%q", text)
		var chosen struct {
			Mode string `json:"sdk_config_callback_mode"`
		}
		assert.NoError(t, json.Unmarshal(text, &chosen), "%q", text)
		assert.Equal(t, map[string]string{"k": "", "t": "thread", "p": "pump"}[verdict], chosen.Mode, "%q", text)
	})
}
