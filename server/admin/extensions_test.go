package admin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// extends calls a command of the service and requires success.
func extends[T any](b *backend, command, body string) T {
	b.t.Helper()
	answer := b.call("openim_msg_ext_http_svc/"+command, body)
	require.Zero(b.t, code(b.t, answer), answer)
	var parsed T
	require.NoError(b.t, json.Unmarshal([]byte(answer), &parsed))
	return parsed
}

func TestABackendWritesExtensions(t *testing.T) {
	b := players(t)
	key := does[sent](b, "sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":7,"SupportMessageExtension":1,"MsgBody":`+helloBody+`}`).MsgKey
	about := func(more string) string {
		return fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgKey":%q%s}`, key, more)
	}
	written := extends[extensionsWritten](b, "set_key_values", about(`,"OperateType":1,"ExtensionList":[{"Key":"k","Value":"1"},{"Key":"l","Value":"2","Seq":9}]`))
	assert.Equal(t, []restWritten{{0, restExtension{"k", "1", 1}}, {0, restExtension{"l", "2", 2}}}, written.List)
	results, err := b.chat.SetExtensions(b.held["bob linux"], wire.ExtensionsWrite{ConvType: 1, ConvID: "ann", Pos: 1,
		Extensions: []wire.Extension{{Key: "k", Value: "bob's", Seq: 1}}})
	require.NoError(t, err)
	require.Zero(t, results[0].Code)
	written = extends[extensionsWritten](b, "set_key_values", about(`,"OperateType":1,"ExtensionList":[{"Key":"k","Value":"3","Seq":1}]`))
	assert.Equal(t, []restWritten{{0, restExtension{"k", "3", 4}}}, written.List, "over what is there")

	page := extends[extensionsPage](b, "get_key_values", about(``))
	assert.Equal(t, []restExtension{{"l", "2", 2}, {"k", "3", 4}}, page.List)
	assert.EqualValues(t, []uint64{1, 4, 0}, []uint64{uint64(page.Complete), page.Latest, page.Cleared})
	page = extends[extensionsPage](b, "get_key_values", about(`,"StartSeq":3`))
	assert.Equal(t, []restExtension{{"k", "3", 4}}, page.List)

	written = extends[extensionsWritten](b, "set_key_values", about(`,"OperateType":2,"ExtensionList":[{"Key":"k"},{"Key":"x"}]`))
	assert.EqualValues(t, []int{0, 23004}, []int{int(written.List[0].Code), int(written.List[1].Code)})
	written = extends[extensionsWritten](b, "set_key_values", about(`,"OperateType":3`))
	assert.Equal(t, "l", written.List[0].Extension.Key)
	page = extends[extensionsPage](b, "get_key_values", about(``))
	assert.Empty(t, page.List)
	assert.EqualValues(t, []uint64{6, 6}, []uint64{page.Latest, page.Cleared})
}

func TestExtensionsComeInPages(t *testing.T) {
	b := players(t)
	key := does[sent](b, "sendmsg", `{"To_Account":"bob","MsgRandom":7,"SupportMessageExtension":1,"MsgBody":`+helloBody+`}`).MsgKey
	for i := range 11 {
		list := []string{}
		for j := range 20 {
			list = append(list, fmt.Sprintf(`{"Key":"%d %d"}`, i, j))
		}
		extends[result](b, "set_key_values", fmt.Sprintf(`{"To_Account":"bob","MsgKey":%q,"OperateType":1,"ExtensionList":[%s]}`, key, strings.Join(list, ",")))
	}
	page := extends[extensionsPage](b, "get_key_values", fmt.Sprintf(`{"To_Account":"bob","MsgKey":%q}`, key))
	require.Len(t, page.List, 200)
	assert.Zero(t, page.Complete)
	page = extends[extensionsPage](b, "get_key_values", fmt.Sprintf(`{"To_Account":"bob","MsgKey":%q,"StartSeq":%d}`, key, page.List[199].Seq+1))
	assert.Len(t, page.List, 20)
	assert.Equal(t, 1, page.Complete)
}

func TestExtensionCallsThatAreRefused(t *testing.T) {
	b := players(t)
	plain := does[sent](b, "sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":7,"MsgBody":`+helloBody+`}`).MsgKey
	recalled := does[sent](b, "sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":8,"SupportMessageExtension":1,"MsgBody":`+helloBody+`}`).MsgKey
	does[result](b, "admin_msgwithdraw", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgKey":%q}`, recalled))
	for _, tt := range []struct {
		key, more string
		code      int
	}{
		{plain, `"OperateType":1,"ExtensionList":[{"Key":"k"}]`, 23002},
		{recalled, `"OperateType":1,"ExtensionList":[{"Key":"k"}]`, 23004},
		{"1_2_3", `"OperateType":3`, 23004},
		{"1_2", `"OperateType":3`, 90054},
		{plain, `"OperateType":4`, 90001},
		{plain, `"ExtensionList":[]`, 90001},
		{plain, `"OperateType":1,"ExtensionList":7`, 70402},
		{plain, `"OperateType":1,"ExtensionList":[{"Value":"v"}]`, 90001},
		{plain, `"OperateType":1,"ExtensionList":[{"Key":7}]`, 90001},
		{plain, fmt.Sprintf(`"OperateType":1,"ExtensionList":[{"Key":%q}]`, strings.Repeat("k", 101)), 90001},
	} {
		answer := b.call("openim_msg_ext_http_svc/set_key_values", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgKey":%q,%s}`, tt.key, tt.more))
		assert.Equal(t, tt.code, code(t, answer), "%s: %s", tt.more, answer)
	}
	assert.Equal(t, 23004, code(t, b.call("openim_msg_ext_http_svc/get_key_values", `{"From_Account":"ann","To_Account":"bob","MsgKey":"1_2_3"}`)))
	assert.Equal(t, 90001, code(t, b.call("openim_msg_ext_http_svc/get_key_values", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgKey":%q,"StartSeq":-1}`, plain))))
	assert.Equal(t, 90008, code(t, b.call("openim_msg_ext_http_svc/get_key_values", `{"From_Account":"an id that is longer than 32 bytes"}`)))
}
