package core

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// object returns the newest message of a conversation, as the game has it.
func object(t *testing.T, c *Client, with string) (m message) {
	t.Helper()
	c.History(1, with, `{"msg_getmsglist_param_count":1}`, func(_ error, text string) {
		var list []message
		assert.NoError(t, json.Unmarshal([]byte(text), &list))
		if assert.Len(t, list, 1) {
			m = list[0]
		}
	})
	synctest.Wait()
	return m
}

func TestAMessageIsModified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		m := object(t, c, "bob")
		game.since()
		m.Elements, m.CloudCustom = textElement("one"), "cloud"
		c.Modify(textOf(m), game.short("modify"))
		synctest.Wait()
		assert.Equal(t, []string{"modify: 0 bob:one", "modified bob:one", "update bob[bob:one 1]"}, game.since())
		assert.Equal(t, 1, int(object(t, c, "bob").Version))

		c.Modify(textOf(m), game.short("modify"))
		synctest.Wait()
		assert.Equal(t, []string{"modify: 8006 bob:one"}, game.since(), "the copy is outdated: the newest comes back")
		var newest wire.Message
		server.set(func() { newest = server.modifies("bob", 1, textElement("uno")) })
		m = object(t, c, "bob") // and now another is faster
		c.Modify(textOf(m), game.short("modify"))
		synctest.Wait()
		assert.Equal(t, []string{"modify: 8006 bob:uno", "modified bob:uno", "update bob[bob:uno 1]"}, game.since())
		server.link.event(wire.EventMessageChanged, newest)
		synctest.Wait()
		assert.Empty(t, game.since(), "once")
	})
}

func TestAGameWithoutTheVersionModifiesWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		for i, want := range []string{"a", "b"} {
			c.Modify(fmt.Sprintf(`{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"bob-1",
				"message_elem_array":[{"elem_type":0,"text_elem_content":%q}]}`, want), game.short("modify"))
			synctest.Wait()
			assert.Contains(t, game.since(), "modify: 0 bob:"+want)
			assert.Equal(t, i+1, int(server.messages["bob"][0].Edition))
		}
	})
}

func TestModificationsThatAreRefusedHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		server.set(func() { server.refuse = 20012 })
		says(c, game, "bob", "failed", "ann-1-7")
		server.looks()
		long := strings.Repeat("x", 12<<10+1)
		for _, tt := range []struct {
			name, message string
			code          timerr.Code
			desc, json    string
		}{
			{"of no conversation", `{"message_msg_id":"bob-1"}`, 6017, "message_conv_id", ""},
			{"that nobody has", `{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"x"}`, 6017, "json_msg_param", ""},
			{"of a conversation that is not there", `{"message_conv_id":"cid","message_conv_type":1,"message_msg_id":"x"}`, 6017, "json_msg_param", ""},
			{"that was not sent", `{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"ann-1-7"}`, 6017, "was not sent", "failed"},
			{"without elements", `{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"bob-1"}`, 6017, "message_elem_array", "bob-1"},
			{"with a bad element", `{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"bob-1","message_elem_array":[{"elem_type":0}]}`,
				6017, "message_elem_array[0].text_elem_content", "bob-1"},
			{"of more than 12 KB", `{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"bob-1",
				"message_elem_array":[{"elem_type":0,"text_elem_content":"` + long + `"}]}`, 8001, "12289 bytes", "bob-1"},
		} {
			var got error
			var answer string
			c.Modify(tt.message, func(err error, text string) { got, answer = err, text })
			synctest.Wait()
			assert.Equal(t, tt.code, timerr.CodeOf(got), tt.name)
			assert.Contains(t, timerr.DescOf(got), tt.desc, tt.name)
			assert.Contains(t, answer, tt.json, tt.name)
		}
		assert.Empty(t, server.looks(), "the server was asked for nothing")
		server.set(func() { server.link.event(wire.EventMessageChanged, server.revokes("bob", 1)) })
		synctest.Wait()
		c.Modify(`{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"bob-1"}`, func(err error, _ string) {
			assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err))
			assert.Contains(t, timerr.DescOf(err), "was recalled")
		})
		synctest.Wait()
	})
}

func TestAModificationIsToldOnceAlsoAfterACut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		server.sends("bob", "ann", "2")
		game.since()
		server.set(func() {
			server.modifies("bob", 1, textElement("one"))
			server.modifies("bob", 1, textElement("uno"))
			server.keeps("bob", "ann", "3")
			server.modifies("bob", 3, textElement("three"))
		})
		server.cuts()
		heard := strings.Join(game.since(), "; ")
		assert.Contains(t, heard, "new bob:three; ", "what is new is told as it is by now")
		assert.Contains(t, heard, "modified bob:uno; ", "and of the others, what they are now")
		assert.Equal(t, 1, strings.Count(heard, "modified"))
		var m wire.Message
		server.set(func() { m = server.messages["bob"][2] })
		server.link.event(wire.EventMessageChanged, m)
		synctest.Wait()
		assert.Empty(t, game.since())
	})
}

// A message's change may come before the message, from another node.
func TestAChangeThatOvertakesItsMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		game.since()
		var first, changed wire.Message
		server.set(func() {
			first = server.keeps("bob", "ann", "2")
			changed = server.modifies("bob", 2, textElement("two"))
		})
		server.link.event(wire.EventMessageChanged, changed)
		server.link.event(wire.EventMessage, first)
		synctest.Wait()
		assert.Equal(t, []string{"new bob:two", "update bob[bob:two 2]", "total 2"}, game.since())
		assert.Equal(t, "bob:two", textIn(object(t, c, "bob")))
	})
}

// A page of history may be the first to bring a change, when its event was lost.
func TestAChangeThatHistoryBrings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		game.since()
		server.set(func() { server.modifies("bob", 1, textElement("one")) })
		c.History(1, "bob", fmt.Sprintf(`{"msg_getmsglist_param_is_ramble":true,"msg_getmsglist_param_time_begin":%d,
			"msg_getmsglist_param_time_period":100}`, time.Now().Unix()), game.short("history"))
		synctest.Wait()
		assert.Equal(t, []string{"history: 0 bob:one", "modified bob:one", "update bob[bob:one 1]"}, game.since())
		server.cuts()
		assert.NotContains(t, strings.Join(game.since(), "; "), "modified", "once")
	})
}

func TestReceiptsAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		for _, text := range []string{"1", "2"} {
			server.sends("bob", "ann", text)
		}
		says(c, game, "bob", "mine", "ann-1-7")
		game.since()
		server.looks()
		list := func(ids ...string) string {
			objects := []string{}
			for _, id := range ids {
				objects = append(objects, fmt.Sprintf(`{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":%q}`, id))
			}
			return "[" + strings.Join(objects, ",") + "]"
		}
		c.SendReceipts(list("bob-1", "ann-1-7"), game.short("receipts"))
		synctest.Wait()
		assert.Equal(t, []string{"receipts: 0 "}, game.since())
		assert.Equal(t, []string{"TIMMsgSendMessageReadReceipts [1]"}, server.looks(), "one's own is not asked about")
		c.SendReceipts(list("bob-1", "ann-1-7"), game.short("receipts"))
		synctest.Wait()
		assert.Equal(t, []string{"receipts: 0 "}, game.since())
		assert.Empty(t, server.looks(), "once is enough")
		assert.EqualValues(t, 1, server.messages["bob"][0].Readers)

		for name, tt := range map[string]struct{ list, desc string }{
			"too many":      {list(strings.Split(strings.Repeat("bob-1 ", 31), " ")[:31]...), "json_msg_array has 31 messages"},
			"none":          {"[]", "json_msg_array has 0 messages"},
			"two places":    {`[{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"bob-1"},{"message_conv_id":"cid","message_conv_type":1}]`, "several conversations"},
			"nobody's":      {list("x"), "json_msg_array is not in this conversation"},
			"a wrong type":  {`[{"message_conv_id":7}]`, "message_conv_id"},
			"of no message": {`[7]`, "number"},
		} {
			for _, do := range []func(string, Done){c.SendReceipts, c.Receipts} {
				do(tt.list, func(err error, _ string) {
					assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(err), name)
					assert.Contains(t, timerr.DescOf(err), tt.desc, name)
				})
				synctest.Wait()
			}
		}
	})
}

func TestReceiptsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		for i := range 3 {
			says(c, game, "bob", fmt.Sprint(i+1), fmt.Sprint("ann-", i+1))
		}
		game.since()
		var news wire.Receipts
		server.set(func() { news = server.receipts("bob", "bob", 1, 2) })
		server.link.event(wire.EventReceipts, news)
		synctest.Wait()
		assert.Equal(t, []string{"read by bob ann-1, bob ann-2"}, game.since())
		server.link.event(wire.EventReceipts, news)
		synctest.Wait()
		assert.Empty(t, game.since(), "once")
		server.set(func() { server.receipts("bob", "bob", 3) })
		server.cuts()
		heard := strings.Join(game.since(), "; ")
		assert.Contains(t, heard, "read by bob ann-3; update bob[ann:3 0]", "also what came meanwhile")
		assert.NotContains(t, heard, "modified")
		m := object(t, c, "bob")
		assert.True(t, m.ReceiptPeerRead)
		assert.False(t, m.IsPeerRead, "the conversation was not read")
		assert.Zero(t, m.Version, "a receipt is no modification")

		var got []receipt
		c.Receipts(`[{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"ann-2"}]`, func(err error, text string) {
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal([]byte(text), &got))
		})
		synctest.Wait()
		assert.Equal(t, []receipt{{ConvID: "bob", ConvType: 1, MsgID: "ann-2", Time: server.messages["bob"][1].ReadTime, IsPeerRead: true}}, got)
	})
}
