package core

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
)

const twoServers = `{"request_internal_operation":"internal_operation_set_custom_server_info",
	"request_set_custom_server_info_param":{"longconnection_address_array":[
		{"server_address_ip":"a.example","server_address_port":443},
		{"server_address_ip":"::1","server_address_port":7000,"server_address_is_ipv6":true}],
	"server_public_key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}`

// urls are where an address book leads.
func urls(t *testing.T, a *addresses) []string {
	targets, err := a.targets()
	require.NoError(t, err)
	var urls []string
	for _, target := range targets {
		urls = append(urls, target.URL)
	}
	return urls
}

func TestAddressesComeFromTheFirstPlaceThatNamesOne(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "游戏🎮")
	a := &addresses{settings: NewSettings(NewLogFiles()), folder: folder}
	_, err := a.targets()
	assert.Equal(t, timerr.SDKNetDisconnect, timerr.CodeOf(err))
	for _, way := range []string{"internal_operation_set_custom_server_info", "sdk_config_server_url", "BANTER_SERVER_URL", "imsdk.json"} {
		assert.Contains(t, timerr.DescOf(err), way)
	}

	require.NoError(t, os.MkdirAll(folder, 0o700))
	file := filepath.Join(folder, settingsFile)
	require.NoError(t, os.WriteFile(file, []byte(`{"server_url":"wss://file.example:1"}`), 0o600))
	assert.Equal(t, []string{"wss://file.example:1/ws"}, urls(t, a))

	a.environment = "wss://environment.example/chat"
	assert.Equal(t, []string{"wss://environment.example/chat"}, urls(t, a))

	a.config = config{ServerURL: "ws://localhost:7000/", pin: transport.Pin("config's")}
	assert.Equal(t, []string{"ws://localhost:7000/ws"}, urls(t, a))

	_, err = a.settings.Experimental(twoServers)
	require.NoError(t, err)
	assert.Equal(t, []string{"wss://a.example:443/ws", "ws://[::1]:7000/ws"}, urls(t, a))
	targets, err := a.targets()
	require.NoError(t, err)
	assert.Equal(t, make(transport.Pin, 32), targets[0].TLS.Pin, "the key that came with the addresses")
}

func TestAddressesThatAreRefused(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, settingsFile), []byte(`{"server_url":7}`), 0o600))
	tests := []struct {
		name string
		book addresses
		desc string
	}{
		{"plain text beyond this machine", addresses{config: config{ServerURL: "ws://10.0.0.1:7000"}}, "sdk_config_allow_plaintext"},
		{"a name that only looks like this machine", addresses{config: config{ServerURL: "ws://localhost.example:7000"}}, "sdk_config_allow_plaintext"},
		{"an environment that is no address", addresses{environment: "chat.example"}, "BANTER_SERVER_URL"},
		{"a file that is none of ours", addresses{folder: folder}, settingsFile},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			tt.book.settings = NewSettings(NewLogFiles())
			link, err := tt.book.connect(t.Context(), transport.Opening{})
			assert.Nil(t, link)
			assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err))
			assert.Contains(t, timerr.DescOf(err), tt.desc)
			assert.ErrorIs(t, err, transport.ErrPermanent)
		})
	}
	allowed := &addresses{settings: NewSettings(NewLogFiles()), config: config{ServerURL: "ws://10.0.0.1:7000", AllowPlaintext: true}}
	assert.Equal(t, []string{"ws://10.0.0.1:7000/ws"}, urls(t, allowed))
}

func TestServersAreDialledInTurn(t *testing.T) {
	a := &addresses{settings: NewSettings(NewLogFiles()), dial: dialWith(func(f func()) { f() })}
	_, err := a.settings.Experimental(`{"request_internal_operation":"internal_operation_set_custom_server_info",
		"request_set_custom_server_info_param":{"longconnection_address_array":[
		{"server_address_ip":"127.0.0.1","server_address_port":1},{"server_address_ip":"127.0.0.1","server_address_port":2}]}}`)
	require.NoError(t, err)
	for _, want := range []string{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:1"} {
		_, err := a.connect(t.Context(), transport.Opening{})
		assert.Equal(t, timerr.SDKNetConnRefuse, timerr.CodeOf(err))
		assert.Contains(t, timerr.DescOf(err), want)
	}
}
