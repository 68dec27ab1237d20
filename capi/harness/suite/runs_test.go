package suite

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/contract"
)

// What runs by itself in every state: TIMInit's arguments, TIMSetConfig,
// callExperimentalAPI, callback modes and the callback table.

// initResult calls TIMInit and returns what it returned.
func (p *puppet) initResult(app uint64, config arg) int {
	p.t.Helper()
	p.send("init", app, config)
	return *p.next("TIMInit's return", func(l line) bool { return l.Init != nil }).Init
}

func TestInitChecksItsArguments(t *testing.T) {
	p := startPuppet(t)
	for name, tt := range map[string]struct {
		app    uint64
		config arg
		want   int
	}{
		"app id 0":                    {0, null, -4},
		"malformed":                   {7, text(`{"sdk_config`), -3},
		"an array":                    {7, text(`[]`), -3},
		"a value of the wrong type":   {7, text(`{"sdk_config_config_file_path":7}`), -3},
		"an unknown callback mode":    {7, text(`{"sdk_config_callback_mode":"both"}`), -3},
		"a callback mode of no type":  {7, text(`{"sdk_config_callback_mode":1}`), -3},
		"an unknown platform":         {7, text(`{"sdk_config_platform":"toaster"}`), -3},
		"an address that is not one":  {7, text(`{"sdk_config_server_url":"http://x"}`), -3},
		"a config that is not UTF-8":  {7, text("{\"a\":\"\xff\"}"), -3},
		"half a surrogate pair in it": {7, text(`{"a":"\ud83d"}`), -3},
	} {
		assert.Equal(t, tt.want, p.initResult(tt.app, tt.config), name)
	}
	assert.Equal(t, 6013, p.do("TIMLogout").Code, "none of them started it")

	for name, config := range map[string]arg{"NULL": null, "empty": text(""), "undefined": text("undefined"), "{}": text("{}")} {
		assert.Zero(t, p.initResult(1<<40, config), name)
		assert.Zero(t, p.initResult(0xFFFFFFFF, text(`{"sdk_config_callback_mode":"pump"}`)), "again: nothing changes")
		assert.Zero(t, p.do("TIMLogout").Code, "not in pump mode")
		p.uninit()
	}
}

func TestSetConfig(t *testing.T) {
	p := startPuppet(t)
	check := func(state string) {
		answer := p.do("TIMSetConfig", text(`{"set_config_log_level":5,"set_config_http_proxy_info":
			{"http_proxy_info_ip":"127.0.0.1","http_proxy_info_port":9,"http_proxy_info_username":"u","http_proxy_info_password":"hunter2"}}`))
		require.Zero(t, answer.Code, state)
		var complete map[string]any
		require.NoError(t, json.Unmarshal([]byte(*answer.JSON), &complete))
		assert.EqualValues(t, 5, complete["set_config_log_level"], state)
		assert.Contains(t, complete, "set_config_user_config", state)
		assert.NotContains(t, *answer.JSON, "hunter2", state)

		answer = p.do("TIMSetConfig", text(`{"set_config_log_level":"high"}`))
		assert.Equal(t, 6017, answer.Code, state)
		assert.Contains(t, *answer.Desc, "set_config_log_level", state)
		answer = p.do("TIMSetConfig", text(`{"set_config_http_proxy_info":{"http_proxy_info_ip":""}}`))
		assert.Zero(t, answer.Code, state)
	}
	check("before TIMInit")
	p.init(7, configFor(t, "ws://127.0.0.1:1", ""))
	check("after it")
	p.uninit()
	check("after TIMUninit")
}

func TestExperimentalOperations(t *testing.T) {
	p := startPuppet(t)
	call := func(operation, more string) line {
		return p.do("callExperimentalAPI", text(`{"request_internal_operation":"`+operation+`"`+more+`}`))
	}
	const writeLog = `,"request_write_log_log_level_param":4,"request_write_log_log_content_param":"from the game"`
	assert.Equal(t, 6013, call("internal_operation_write_log", writeLog).Code, "needs TIMInit")
	p.listen(onLog)
	p.init(7, configFor(t, "ws://127.0.0.1:1", ""))
	answer := call("internal_operation_write_log", writeLog)
	assert.Zero(t, answer.Code, *answer.Desc)
	p.eventWith(onLog, "from the game")
	assert.Zero(t, call("internal_operation_set_network_info", `,"request_set_network_info_network_connected_param":true`).Code)

	for operation, more := range map[string]string{
		"internal_operation_set_packet_request_timeout": `,"request_set_packet_request_timeout_param":15`,
		"internal_operation_set_ipv6_prior":             `,"request_set_ipv6_prior_param":true`,
		"internal_operation_set_ignore_repeat_login":    `,"request_set_ignore_repeat_login_param":false`,
		"internal_operation_set_max_retry_count":        `,"request_set_max_retry_count_param":3`,
		"internal_operation_set_custom_login_info":      `,"request_set_custom_login_info_custom_info_param":"x"`,
		"internal_operation_set_ui_platform":            `,"request_set_ui_platform_param":28`,
	} {
		assert.Zero(t, call(operation, more).Code, operation)
		assert.Equal(t, 6017, call(operation, "").Code, operation)
	}

	answer = call("internal_operation_no_such", "")
	assert.Equal(t, 6017, answer.Code)
	assert.Contains(t, *answer.Desc, "request_internal_operation")
	answer = call("internal_operation_set_database_encrypt_info", "")
	assert.Equal(t, 7013, answer.Code)
	assert.Contains(t, *answer.Desc, "internal_operation_set_database_encrypt_info")
	answer = call("internal_operation_set_custom_server_info", "")
	assert.Equal(t, 6017, answer.Code)
	assert.Contains(t, *answer.Desc, "request_set_custom_server_info_param")
}

// setMode calls TIMXSetCallbackMode and returns what it returned.
func (p *puppet) setMode(mode int) int {
	p.t.Helper()
	p.send("mode", mode)
	return *p.next("TIMXSetCallbackMode's return", func(l line) bool { return l.Mode != nil }).Mode
}

func TestCallbackModes(t *testing.T) {
	p := startPuppet(t)
	assert.Zero(t, p.pump(), "nothing waits")
	assert.Equal(t, -4, p.setMode(2))
	require.Zero(t, p.setMode(1))
	id, _ := p.call("TIMGetUserStatus", text(`["ann"]`))
	assert.Zero(t, p.answered(id), "nobody but the pump runs it")
	assert.Equal(t, 1, p.pump())
	assert.Equal(t, 6013, p.answer(id).Code)

	p.init(7, configFor(t, "ws://127.0.0.1:1", "")) // names no mode: the chosen one stays
	assert.Equal(t, -4, p.setMode(0), "not while it is initialised")
	id, _ = p.call("TIMGetUserStatus", text(`["ann"]`))
	for p.pump() == 0 || p.answered(id) == 0 {
	}
	p.uninit()
	id, _ = p.call("TIMGetUserStatus", text(`["ann"]`))
	assert.Zero(t, p.answered(id), "the mode stays after TIMUninit")
	p.init(7, configFor(t, "ws://127.0.0.1:1", `"sdk_config_callback_mode":"thread"`))
	assert.Equal(t, 6013, p.answer(id).Code, "the thread runs what waited for a pump")
	assert.Zero(t, p.pump(), "the pump does nothing in thread mode")
}

func TestEveryCallbackCanBeSetAndTakenAway(t *testing.T) {
	c, err := contract.Load()
	require.NoError(t, err)
	p := startPuppet(t)
	setters := 0
	for _, f := range c.Functions {
		if f.Kind == contract.KindSetCallback {
			setters++
			p.send("listen", f.Name, 1)
			p.send("listen", f.Name, 0)
		}
	}
	assert.Equal(t, 71, setters)
	p.init(7, configFor(t, "ws://127.0.0.1:1", ""))
	assert.Equal(t, 6014, p.do("TIMGetUserStatus", text(`["ann"]`)).Code)
	assert.Empty(t, p.held, "nobody listens any more")
}
