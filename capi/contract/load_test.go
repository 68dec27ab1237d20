package contract

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoadJoinsFunctionsWithTheirRules(t *testing.T) {
	c, err := Load()
	require.NoError(t, err)
	rules := map[string]Rule{}
	for _, f := range c.Functions {
		rules[f.Name] = f.Rule
	}

	status := rules["TIMGetUserStatus"]
	assert.Equal(t, DispatchRequest, status.Dispatch)
	assert.Equal(t, Outcome{Code: 6013, JSON: "[]"}, status.Pre)
	assert.Equal(t, Outcome{Code: 6014, JSON: "[]"}, status.Init)
	assert.Equal(t, ParamRule{Name: "json_identifier_array", Rule: RuleRequired, JSON: "array"}, status.Params[0])

	assert.True(t, rules["TIMLogin"].Init.Run, "logging in is what a client does that is not logged in")
	assert.Equal(t, -3, *rules["TIMConvSetDraft"].Params[2].OnNull)
	assert.Equal(t, []int32{1, 2}, rules["TIMConvDelete"].Params[1].Values)

	assert.Equal(t, "*", rules["TIMSetLogCallback"].Name)
	assert.Len(t, rules["TIMSetLogCallback"].Params, 2)
	assert.Len(t, rules["TIMRemoveRecvNewMsgCallback"].Params, 1)
}

// broken are contracts with the first old in a file replaced by new, and how the error begins.
var broken = []struct{ name, file, old, new, want string }{
	{"a field that nothing reads", "functions.json",
		`"kind": "call"`, `"kind": "call", "colour": "red"`, `functions.json: before byte \d+: json: unknown field "colour"`},
	{"text after the list", "rules.json",
		"\n]", "\n] []", `rules.json: something follows the list`},
	{"a list that is cut short", "enums.json",
		`"meaning": "Connected."`, `"meaning": `, `enums.json: before byte`},
	{"an entry that got lost", "callbacks.json",
		"[\n", "[\n{\"name\": \"TIMOneMoreCallback\"},\n", `callbacks.json: callbacks: 73, not 72`},
	{"another kind of function", "functions.json",
		`"kind": "sync"`, `"kind": "call"`, `functions.json: functions of kind call: 164, not 163`},
	{"two names that C would not tell apart", "enums.json",
		`"name": "kTIMConnected"`, `"name": "TIMLogin"`, `enums.json: TIMNetworkStatus: the name TIMLogin is taken by functions.json: TIMLogin`},
	{"two constants for one key of an object", "objects.json",
		`"key": "sdk_config_log_file_path"`, `"key": "sdk_config_config_file_path"`,
		`objects.json: SdkConfig: kTIMSdkConfigLogFilePath: the key sdk_config_config_file_path is taken`},
	{"two names for one code", "errors.json",
		`"code": 10049`, `"code": 10056`, `errors.json: the one without a name: the code 10056 is that of ERR_SVR_GROUP_ATTRIBUTE_WRITE`},
	{"a code that differs from the enum's", "errors.json",
		`"code": 6015`, `"code": 5999`, `errors.json: ERR_IN_PROGESS: code 5999 is not what enums.json has`},
	{"a function without a rule", "rules.json",
		`"name":"TIMLogin"`, `"name":"TIMLogon"`, `rules.json: nothing about TIMLogin`},
	{"two rules for one function", "rules.json",
		`"name":"TIMLogout"`, `"name":"TIMLogin"`, `rules.json: TIMLogin: there are two rules`},
	{"a rule with another parameter", "rules.json",
		`"name":"user_sig"`, `"name":"ticket"`, `rules.json: TIMLogin: params: ticket, where the function has user_sig`},
	{"a rule of no kind", "rules.json",
		`"rule":"optional"`, `"rule":"maybe"`, `rules.json: TIMInit: params: json_sdk_config: rule: "maybe" is none`},
	{"JSON of no kind", "rules.json",
		`"json":"object"`, `"json":"set"`, `rules.json: TIMInit: params: json_sdk_config: json: "set" is neither`},
	{"a refusal that games do not know", "rules.json",
		`"on_null":-4`, `"on_null":-9`, `rules.json: TIMGetLoginUserID: params: user_id_buffer: on_null: -9`},
	{"a call that nobody answers", "rules.json",
		`"name":"TIMLogin","dispatch":"call"`, `"name":"TIMLogin","dispatch":"c"`, `rules.json: TIMLogin: dispatch: C alone`},
	{"a type that C does not know", "functions.json",
		`"type": "TIMKickedOfflineCallback"`, `"type": "TIMKickedCallback"`,
		`functions.json: TIMSetKickedOfflineCallback: params: cb: there is no type "TIMKickedCallback"`},
	{"a header that is none of ours", "functions.json",
		`"header": "TIMManager.h"`, `"header": "TIMFoo.h"`, `functions.json: \w+: header: "TIMFoo.h" is none of ours`},
	{"an object that is nowhere", "functions.json",
		`"json_config": "SetConfig"`, `"json_config": "SetConfigs"`,
		`functions.json: TIMSetConfig: params_object: json_config: there is no object "SetConfigs"`},
	{"a callback without user_data at its end", "callbacks.json",
		`"name": "user_data"`, `"name": "data"`, `callbacks.json: \w+: params: user_data is not the last`},
	{"a key of an enum that is nowhere", "objects.json",
		`"enum": "TIMLogLevel"`, `"enum": "TIMLogLevels"`, `objects.json: \w+: \w+: enum: there is no enum "TIMLogLevels"`},
}

func TestLoadRefusesAContractThatIsBroken(t *testing.T) {
	for _, tt := range broken {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(with(t, tt.file, tt.old, tt.new))
			require.Error(t, err)
			assert.Regexp(t, "^("+tt.want+")", err.Error())
		})
	}
}

func TestLoadNamesAFileThatIsMissing(t *testing.T) {
	changed := with(t, "errors.json", "", "")
	delete(changed, "errors.json")
	_, err := load(changed)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorContains(t, err, "errors.json")
}

// with is the contract with the first old in one of its files replaced.
func with(t *testing.T, file, old, new string) fstest.MapFS {
	t.Helper()
	names, err := fs.Glob(files, "*.json")
	require.NoError(t, err)
	changed := fstest.MapFS{}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		require.True(t, json.Valid(data), name)
		if name == file {
			require.Contains(t, string(data), old)
			data = bytes.Replace(data, []byte(old), []byte(new), 1)
		}
		changed[name] = &fstest.MapFile{Data: data}
	}
	return changed
}
