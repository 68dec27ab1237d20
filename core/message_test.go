package core

import (
	"encoding/json"
	"os"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// keysOf are the keys of a JSON object.
func keysOf(t *testing.T, v any) map[string]json.RawMessage {
	t.Helper()
	var keys map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(textOf(v)), &keys))
	return keys
}

// unset are keys that objects do not have: they are not for use, or what they tell of is not
// there yet.
var unset = map[string]bool{
	"message_sender_tiny_id": true, "message_receiver_tiny_id": true, "message_group_receipt_read_count": true,
	"message_group_receipt_unread_count": true, "message_risk_type_identified": true,
	"conv_draft": true, "conv_group_type": true, "conv_owner": true,
}

func TestObjectsHaveTheKeysOfTheContract(t *testing.T) {
	data, err := os.ReadFile("../capi/contract/objects.json")
	require.NoError(t, err)
	var all []struct {
		Name   string `json:"name"`
		Fields []struct {
			Key string `json:"key"`
		} `json:"fields"`
	}
	require.NoError(t, json.Unmarshal(data, &all))
	c := &conversation{}
	c.last = &kept{}
	for name, object := range map[string]any{
		"Message":        kept{}.forGame("ann", c),
		"ConvInfo":       c.forGame("ann", new(message)),
		"MessageReceipt": receipt{},
		"MsgLocator":     locator{},
	} {
		keys := keysOf(t, object)
		for _, o := range all {
			if o.Name != name {
				continue
			}
			for _, f := range o.Fields {
				_, has := keys[f.Key]
				assert.Equal(t, !unset[f.Key], has, f.Key)
				delete(keys, f.Key)
			}
		}
		if name != "MsgLocator" { // which also says who recalled the message
			assert.Empty(t, keys, "no key is made up")
		}
	}
}

// A message of a game is refused, or it is sent and kept as it is, whatever it holds.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"message_elem_array":[{"elem_type":0,"text_elem_content":"hi"}]}`,
		`{"message_elem_array":[{"elem_type":3,"custom_elem_data":"\u0000\ud83d\ude00"}],"message_priority":0,"message_cloud_custom_str":"x"}`,
		`{"message_elem_array":[{"elem_type":6,"face_elem_index":1}],"message_offline_push_config":{"a":[1]},"message_is_online_msg":true}`,
		`{"message_elem_array":[{"elem_type":1,"image_elem_orig_url":"x"}],"message_status":3,"message_msg_id":"a-1-2"}`,
		`{"message_elem_array":null}`, `{"message_elem_array":[1]}`, `{}`, `[]`, `{"message_sender_profile":1}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		given, err := parseMessage(text)
		if err != nil {
			return
		}
		out, err := given.outgoing(convKey{1, "bob"})
		if err != nil {
			return
		}
		require.NotEmpty(t, out.Elements)
		back, err := keptOf(kept{Message: out}.row())
		require.NoError(t, err)
		c := &conversation{}
		assert.JSONEq(t, textOf(kept{Message: out}.forGame("ann", c)), textOf(back.forGame("ann", c)))
	})
}

// Whatever a server says of messages, the client goes on.
func FuzzMessageEvents(f *testing.F) {
	names := []string{wire.EventMessage, wire.EventMessageChanged, wire.EventRead, wire.EventConversation, wire.EventMessagesDeleted,
		wire.EventReceipts, wire.EventExtras, wire.EventAllReceiveOption, wire.EventSync}
	for i := range names {
		f.Add(uint8(i), `{"message_conv_type":1,"message_conv_id":"ann","message_sender":"bob","pos":1,"message_elem_array":[]}`)
		f.Add(uint8(i), `{"conv_type":1,"conv_id":"bob","pos":18446744073709551615,"rev":1,"clear_pos":9223372036854775807,"read_pos":5}`)
		f.Add(uint8(i), `{"conv_type":1,"conv_id":"bob","positions":[1,18446744073709551615],"rev":2}`)
		f.Add(uint8(i), `{"user":"bob","conv_type":1,"conv_id":"ann","receipts":[{"pos":1,"message_version":1,"readers":1},{"pos":18446744073709551615}]}`)
		f.Add(uint8(i), `{"user":"bob","conv_type":1,"conv_id":"ann","pos":1,"mod":1,"extensions":[{"message_extension_key":"k","seq":1}],"reactions":[{}]}`)
		f.Add(uint8(i), `[]`)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		if !json.Valid([]byte(body)) {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			server := newChatServer("ann")
			server.keeps("bob", "ann", "1")
			c, game := startChatting(t, server)
			defer c.Close()
			server.link.event(names[int(which)%len(names)], json.RawMessage(body))
			synctest.Wait()
			game.since()
			c.Conversations(game.short("list"))
			synctest.Wait()
			assert.Contains(t, game.since()[0], "list: 0 ")
			for _, line := range game.lines {
				assert.NotContains(t, line, "panic")
			}
		})
	})
}
