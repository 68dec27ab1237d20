package core

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/timerr"
)

const completeSettings = `{
	"set_config_log_level":4, "set_config_callback_log_level":4, "set_config_is_log_output_console":false,
	"set_config_user_config":{
		"user_config_is_is_disable_storage":false, "user_config_is_read_receipt":false,
		"user_config_is_ignore_grouptips_unread":false, "user_config_is_sync_report":false,
		"user_config_group_getinfo_option":{}, "user_config_group_member_getinfo_option":{}},
	"set_config_user_define_data":"",
	"set_config_http_proxy_info":{"http_proxy_info_ip":"","http_proxy_info_port":0,"http_proxy_info_username":""},
	"set_config_socks5_proxy_info":{"socks5_proxy_info_ip":"","socks5_proxy_info_port":0,"socks5_proxy_info_username":""},
	"set_config_pac_proxy_info":{"pac_proxy_info_username":""},
	"set_config_is_only_local_dns_source":false}`

func TestSetConfigAnswersTheCompleteConfiguration(t *testing.T) {
	s := NewSettings(NewLogFiles())
	complete, err := s.SetConfig(`{}`)
	require.NoError(t, err)
	assert.JSONEq(t, completeSettings, complete)

	_, err = s.SetConfig(`{"set_config_log_level":6,"set_config_user_config":{"user_config_is_read_receipt":true,
		"user_config_group_getinfo_option":{"group_get_info_option_info_flag":1}}}`)
	require.NoError(t, err)
	complete, err = s.SetConfig(`{"set_config_user_config":{"user_config_is_sync_report":true},
		"set_config_socks5_proxy_info":{"socks5_proxy_info_ip":"10.0.0.1","socks5_proxy_info_port":1080,
		"socks5_proxy_info_username":"ann","socks5_proxy_info_password":"secret"}}`)
	require.NoError(t, err)
	got := gjson.Parse(complete)
	assert.EqualValues(t, 6, got.Get("set_config_log_level").Int(), "what is absent stays")
	assert.True(t, got.Get("set_config_user_config.user_config_is_read_receipt").Bool(), "also inside")
	assert.True(t, got.Get("set_config_user_config.user_config_is_sync_report").Bool())
	assert.EqualValues(t, 1, got.Get("set_config_user_config.user_config_group_getinfo_option.group_get_info_option_info_flag").Int())
	assert.NotContains(t, complete, "secret")
	assert.Equal(t, "socks5://ann:secret@10.0.0.1:1080", s.proxy().String())
}

func TestSetConfigThatIsRefusedChangesNothing(t *testing.T) {
	s := NewSettings(NewLogFiles())
	for _, refused := range []struct{ key, rest string }{
		{"set_config_log_level", `"set_config_log_level":"debug"`},
		{"set_config_log_level", `"set_config_user_config":{"user_config_group_getinfo_option":{"a":1}},"set_config_log_level":-1`},
		{"set_config_callback_log_level", `"set_config_callback_log_level":8`},
		{"http_proxy_info_port", `"set_config_http_proxy_info":{"http_proxy_info_ip":"1.2.3.4"}`},
		{"socks5_proxy_info_port", `"set_config_socks5_proxy_info":{"socks5_proxy_info_port":70000}`},
		{"set_config_pac_proxy_info", `"set_config_pac_proxy_info":{"pac_proxy_info_username":"u"}`},
		{"set_config_user_define_data", `"set_config_user_define_data":"` + strings.Repeat("x", 65) + `"`},
	} {
		_, err := s.SetConfig(`{"set_config_is_only_local_dns_source":true,` + refused.rest + `}`)
		require.Error(t, err, refused.rest)
		assert.Contains(t, timerr.DescOf(err), refused.key)
	}
	complete, err := s.SetConfig(`{}`)
	require.NoError(t, err)
	assert.JSONEq(t, completeSettings, complete)
}

func TestExperimentalOperations(t *testing.T) {
	const servers = `{"request_internal_operation":"internal_operation_set_custom_server_info","request_set_custom_server_info_param":`
	tests := []struct {
		name, request string
		code          timerr.Code
		desc          string
	}{
		{"none", `{"request_set_env_param":true}`, 6017, "request_internal_operation"},
		{"unknown", `{"request_internal_operation":"nonsense"}`, 6017, "request_internal_operation"},
		{"of the wrong type", `{"request_internal_operation":7}`, 6017, "request_internal_operation"},
		{"not built", `{"request_internal_operation":"internal_operation_set_env"}`, 7013, "internal_operation_set_env"},
		{"network info before TIMInit", `{"request_internal_operation":"internal_operation_set_network_info"}`, 0, ""},
		{"a log line before TIMInit", `{"request_internal_operation":"internal_operation_write_log"}`, 6013, "not initialized"},
		{"no servers", `{"request_internal_operation":"internal_operation_set_custom_server_info"}`, 6017, "request_set_custom_server_info_param"},
		{"an empty list", servers + `{"longconnection_address_array":[]}}`, 6017, "longconnection_address_array"},
		{"no port", servers + `{"longconnection_address_array":[{"server_address_ip":"h"}]}}`, 6017, "server_address_port"},
		{"no host", servers + `{"longconnection_address_array":[{"server_address_port":1}]}}`, 6017, "server_address_ip"},
		{"QUIC", servers + `{"longconnection_address_array":[{"server_address_ip":"h","server_address_port":1,"server_address_is_quic":true}]}}`, 6017, "quic"},
		{"a key of another kind", servers + `{"longconnection_address_array":[{"server_address_ip":"h","server_address_port":1}],"server_public_key":"04a8"}}`, 6017, "server_public_key"},
		{"a good list", servers + `{"longconnection_address_array":[{"server_address_ip":"h","server_address_port":1}],"server_public_key":""}}`, 0, ""},
		{"log files too small", `{"request_internal_operation":"internal_operation_set_log_setting","request_set_log_setting_param":{"log_setting_max_file_size":5}}`, 6017, "log_setting_max_file_size"},
		{"log files", `{"request_internal_operation":"internal_operation_set_log_setting","request_set_log_setting_param":{"log_setting_max_file_size":5000000}}`, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer, err := NewSettings(NewLogFiles()).Experimental(tt.request)
			assert.Equal(t, tt.code, timerr.CodeOf(err))
			assert.Contains(t, timerr.DescOf(err), tt.desc)
			if err == nil {
				operation := gjson.Get(tt.request, "request_internal_operation").Str
				assert.JSONEq(t, `{"response_internal_operation":"`+operation+`"}`, answer)
			}
		})
	}
}

func TestExperimentalOfAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, game := &fakeServer{down: timerr.New(timerr.SDKNetConnRefuse)}, &fakeGame{}
		c := newClient(t, server, game)
		defer c.Close()
		c.Login("ann", "a1", game.done("login"))
		synctest.Wait()
		before := server.count()
		c.Experimental(`{"request_internal_operation":"internal_operation_set_network_info","request_set_network_info_network_connected_param":false}`, func(error, string) {})
		synctest.Wait()
		assert.Equal(t, before, server.count(), "a network that went brings nothing")
		c.Experimental(`{"request_internal_operation":"internal_operation_set_network_info","request_set_network_info_network_connected_param":true}`, func(error, string) {})
		synctest.Wait()
		assert.Equal(t, before+1, server.count(), "one that is back is dialled at once")

		game.lines = nil
		line, err := json.Marshal(map[string]any{"request_internal_operation": opWriteLog, "request_write_log_log_level_param": logWarn,
			"request_write_log_log_content_param": "low on 金币"})
		require.NoError(t, err)
		c.Experimental(string(line), game.done("log"))
		require.Len(t, game.lines, 1)
		assert.Contains(t, game.lines[0], "low on 金币")
		assert.Contains(t, game.since(), `log: 0 {"response_internal_operation":"internal_operation_write_log"}, status 2`)
	})
}

func FuzzSettings(f *testing.F) {
	for _, seed := range []string{
		completeSettings, twoServers, `[]`, `null`, `{`, `{"set_config_log_level":4.0}`, `{"set_config_user_config":null}`,
		`{"set_config_user_config":{"user_config_group_getinfo_option":null}}`,
		`{"request_internal_operation":"internal_operation_set_log_setting","request_set_log_setting_param":{"log_setting_max_file_size":1e18}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := NewSettings(NewLogFiles())
		if complete, err := s.SetConfig(text); err == nil {
			again, err := s.SetConfig(complete)
			require.NoError(t, err, "what it answers can be set")
			assert.JSONEq(t, complete, again)
		}
		if _, err := s.Experimental(text); err == nil {
			_, err := (&addresses{settings: s, config: config{ServerURL: "wss://h"}}).targets()
			assert.NoError(t, err)
		}
	})
}
