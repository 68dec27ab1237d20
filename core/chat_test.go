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

func TestAMessageIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		says(c, game, "bob", "hi", "ann-1-7")
		assert.Equal(t, []string{"add bob[ann:hi(1) 0]", "sent: 0 ann:hi", "update bob[ann:hi 0]"}, game.since())
		sent := server.messages["bob"][0]
		assert.Equal(t, "ann-1-7", sent.MsgID)
		assert.Equal(t, uint64(7), sent.Rand)
		assert.Equal(t, 1, sent.Priority)
		says(c, game, "bob", "you", "")
		assert.Greater(t, server.messages["bob"][1].Seq, sent.Seq)
		assert.True(t, strings.HasPrefix(server.messages["bob"][1].MsgID, "ann-"))
	})
}

func TestMessagesThatAreRefusedHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := startChatting(t, server)
		defer c.Close()
		for _, tt := range []struct {
			name, to, message string
			code              timerr.Code
			desc              string
		}{
			{"to nobody who can be", "b\u00f6b", `{"message_elem_array":[{"elem_type":0,"text_elem_content":"x"}]}`, 6032, "conv_id"},
			{"without elements", "bob", `{"message_elem_array":[]}`, 6017, "message_elem_array"},
			{"with an element that lacks a key", "bob", `{"message_elem_array":[{"elem_type":0}]}`, 6017, "message_elem_array[0].text_elem_content"},
			{"with a key of the wrong type", "bob", `{"message_elem_array":[{"elem_type":0,"text_elem_content":"x"}],"message_is_online_msg":1}`, 6017, "message_is_online_msg"},
			{"with a priority that is none", "bob", `{"message_elem_array":[{"elem_type":0,"text_elem_content":"x"}],"message_priority":9}`, 6017, "message_priority"},
			{"with a push that is no object", "bob", `{"message_elem_array":[{"elem_type":0,"text_elem_content":"x"}],"message_offline_push_config":1}`, 6017, "message_offline_push_config"},
			{"of more than 12 KB", "bob", `{"message_elem_array":[{"elem_type":0,"text_elem_content":"` + strings.Repeat("x", 12<<10) + `"}],"message_cloud_custom_str":"x"}`, 8001, "12289 bytes"},
			{"with a file that is not there", "bob", `{"message_elem_array":[{"elem_type":4,"file_elem_file_path":"/x/y"}]}`, 7004, "message_elem_array[0].file_elem_file_path"},
		} {
			var got error
			c.SendMessage(1, tt.to, tt.message, "id", func(err error, _ string) { got = err })
			synctest.Wait()
			assert.Equal(t, tt.code, timerr.CodeOf(got), tt.name)
			assert.Contains(t, timerr.DescOf(got), tt.desc, tt.name)
		}
		assert.Empty(t, server.messages)
	})
}

func TestAMessageWaitsForTheLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.set(func() { server.deaf = true })
		for i := range 3 {
			says(c, game, "bob", fmt.Sprint(i), fmt.Sprint("ann-1-", i))
		}
		server.set(func() { server.deaf = false })
		game.since()
		server.cuts()
		heard := strings.Join(game.since(), "; ")
		assert.Contains(t, heard, "sent: 0 ann:0; ")
		assert.Less(t, strings.Index(heard, "sent: 0 ann:1"), strings.Index(heard, "sent: 0 ann:2"), "in their order")
		assert.NotContains(t, heard, "new ", "they were sent from here")
		assert.Len(t, server.messages["bob"], 3, "and are no new ones")
		assert.Equal(t, 3, strings.Count(heard, "sent:"))
	})
}

func TestAMessageFailsWhenItsTimeIsUp(t *testing.T) {
	for _, tt := range []struct {
		name string
		code timerr.Code
		when func(*chatServer)
	}{
		{"sent, and no answer came", 9520, func(s *chatServer) { s.deaf = true }},
		{"never sent", 9508, func(s *chatServer) {
			s.down = timerr.New(timerr.SDKNetConnRefuse)
			s.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newChatServer("ann")
				c, game := startChatting(t, server)
				defer c.Close()
				server.set(func() { tt.when(server) })
				synctest.Wait()
				says(c, game, "bob", "hi", "ann-1-7")
				time.Sleep(29 * time.Second)
				assert.NotContains(t, strings.Join(game.since(), "; "), "sent:")
				time.Sleep(2 * time.Second)
				heard := game.since()
				require.Contains(t, heard, fmt.Sprintf("sent: %d ann:hi(3)", tt.code))
				require.Contains(t, heard, "update bob[ann:hi(3) 0]")

				server.set(func() { server.down, server.deaf = nil, false })
				time.Sleep(time.Minute)
				game.since()
				again := `{"message_elem_array":[{"elem_type":0,"text_elem_content":"hi"}],"message_msg_id":"ann-1-7","message_status":3}`
				if tt.code == 9508 {
					c.SendMessage(1, "bob", again, "ann-2-8", game.short("sent"))
					synctest.Wait()
					assert.Contains(t, game.since(), "sent: 0 ann:hi", "sent again")
				}
				c.Conversations(game.short("list"))
				c.History(1, "bob", `{}`, game.short("history"))
				synctest.Wait()
				assert.Equal(t, []string{"list: 0 bob[ann:hi 0]", "history: 0 ann:hi"}, game.since(), "it is there once, and sent")
				assert.Equal(t, "ann-1-7", server.messages["bob"][0].MsgID)
			})
		})
	}
}

func TestAMessageThatTheServerRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.set(func() { server.refuse = 20012 })
		says(c, game, "bob", "hi", "ann-1-7")
		assert.Equal(t, []string{"add bob[ann:hi(1) 0]", "sent: 20012 ann:hi(3)", "update bob[ann:hi(3) 0]"}, game.since())
	})
}

func TestASendIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse) })
		server.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		synctest.Wait()
		says(c, game, "bob", "hi", "ann-1-7")
		game.since()
		c.CancelSend(1, "bob", "ann-1-7", game.short("cancel"))
		synctest.Wait()
		assert.Equal(t, []string{"sent: 8021 ann:hi(7)", "update bob[ann:hi(7) 0]", "cancel: 0 ann:hi(7)"}, game.since())
		c.CancelSend(1, "bob", "ann-1-7", game.short("cancel"))
		synctest.Wait()
		assert.Equal(t, []string{"cancel: 8020 "}, game.since())
		server.set(func() { server.down = nil })
		time.Sleep(time.Minute)
		assert.Empty(t, server.messages["bob"])
	})
}

func TestMessagesArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		assert.Equal(t, []string{"new bob:1", "add bob[bob:1 1]", "total 1"}, game.since())
		server.sends("ann", "bob", "2")
		assert.Equal(t, []string{"new ann:2", "update bob[ann:2 1]"}, game.since(), "sent from another device")
		server.link.event(wire.EventMessage, server.messages["bob"][0])
		synctest.Wait()
		assert.Empty(t, game.since(), "each once")
		online := wire.Message{ConvType: 1, ConvID: "ann", Sender: "cid", Status: 2, OnlineOnly: true,
			Elements: []json.RawMessage{json.RawMessage(`{"elem_type":0,"text_elem_content":"typing"}`)}}
		server.link.event(wire.EventMessage, online)
		synctest.Wait()
		assert.Equal(t, []string{"new cid:typing"}, game.since(), "which begins no conversation")
		c.TotalUnread(game.short("unread"))
		synctest.Wait()
		assert.Equal(t, []string{`unread: 0 {"conv_get_total_unread_message_count_result_unread_count":1}`}, game.since())
	})
}

func TestWhatComesEarlyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		var list []wire.Message
		server.set(func() {
			for i := range 4 {
				list = append(list, server.keeps("bob", "ann", fmt.Sprint(i+1)))
			}
		})
		server.link.event(wire.EventMessage, list[1])
		synctest.Wait()
		assert.Empty(t, game.since())
		server.link.event(wire.EventMessage, list[0])
		synctest.Wait()
		assert.Equal(t, []string{"new bob:1, bob:2", "add bob[bob:2 2]", "total 2"}, game.since())
		server.link.event(wire.EventMessage, list[3])
		time.Sleep(time.Second)
		assert.Equal(t, []string{"new bob:3, bob:4", "update bob[bob:4 4]", "total 4"}, game.since())
		assert.Equal(t, []string{"bob 3-3"}, server.looks(), "what does not come is asked for")
	})
}

func TestWhatWasMissedIsToldOldestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		server.keeps("bob", "ann", "old")
		c, game := startChatting(t, server)
		defer c.Close()
		c.Conversations(game.short("list"))
		synctest.Wait()
		assert.Equal(t, []string{"list: 0 bob[bob:old 1]"}, game.since(), "a new device gets no replay")
		assert.Empty(t, server.looks())
		server.set(func() {
			for i := range 300 {
				server.keeps("bob", "ann", fmt.Sprint(i+1))
			}
			server.keeps("cid", "ann", "hello")
		})
		server.cuts()
		heard := game.since()
		require.Len(t, heard, 10, "%q", heard)
		assert.Equal(t, "start", heard[3])
		missed := heard[4]
		if !strings.HasPrefix(missed, "new bob:51, bob:52, ") {
			missed = heard[5]
		}
		assert.True(t, strings.HasPrefix(missed, "new bob:51, bob:52, ") && strings.HasSuffix(missed, ", bob:300"), "the newest 250")
		assert.Contains(t, heard, "new cid:hello")
		assert.Equal(t, []string{"add cid[cid:hello 1]", "update bob[bob:300 301]", "total 302", "finish"}, heard[6:])
	})
}

func TestHistoryIsReadWithItsHolesFilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		for i := range 9 {
			server.keeps("bob", "ann", fmt.Sprint(i+1))
		}
		c, game := startChatting(t, server)
		defer c.Close()
		read := func(param string) string {
			c.History(1, "bob", param, game.short("history"))
			synctest.Wait()
			return strings.Join(game.since(), "; ")
		}
		assert.Equal(t, "history: 0 ", read(`{}`), "this device has nothing yet")
		assert.Equal(t, "history: 0 bob:9, bob:8, bob:7", read(`{"msg_getmsglist_param_count":3,"msg_getmsglist_param_is_ramble":true}`))
		assert.Equal(t, []string{"bob 1-9"}, server.looks())
		assert.Equal(t, "history: 0 bob:9, bob:8", read(`{"msg_getmsglist_param_count":2,"msg_getmsglist_param_is_ramble":true}`))
		assert.Empty(t, server.looks(), "what is whole is not asked for")
		after := `{"msg_getmsglist_param_count":4,"msg_getmsglist_param_is_ramble":true,"msg_getmsglist_param_last_msg":{"message_msg_id":"bob-8"}}`
		assert.Equal(t, "history: 0 bob:7, bob:6, bob:5, bob:4", read(after))
		assert.Equal(t, []string{"bob 1-6"}, server.looks())
		forward := `{"msg_getmsglist_param_count":2,"msg_getmsglist_param_is_ramble":true,"msg_getmsglist_param_is_forward":true}`
		assert.Equal(t, "history: 0 bob:1, bob:2", read(forward))
		assert.Equal(t, "history: 0 bob:9, bob:8, bob:7, bob:6, bob:5, bob:4, bob:3, bob:2, bob:1",
			read(`{"msg_getmsglist_param_count":20,"msg_getmsglist_param_is_ramble":true}`))
		server.looks()
		server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse) })
		server.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		synctest.Wait()
		game.since()
		assert.Equal(t, "history: 0 bob:9", read(`{"msg_getmsglist_param_count":1,"msg_getmsglist_param_is_ramble":true}`), "without a link too")
		assert.Contains(t, read(`{"msg_getmsglist_param_last_msg":{"message_msg_id":"nobody's"}}`), "history: 6017")
	})
}

func TestWhatTheUserDoesWithAConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		server.sends("bob", "ann", "2")
		server.sends("cid", "ann", "3")
		game.since()
		heard := func() []string {
			synctest.Wait()
			return game.since()
		}
		c.ReportRead(1, "bob", "", game.short("read"))
		assert.Equal(t, []string{"read: 0 ", "update bob[bob:2 0]", "total 1"}, heard())
		c.PinConversation(1, "bob", true, game.short("pin"))
		assert.Equal(t, []string{"pin: 0 ", "update bob[bob:2 0]"}, heard())
		c.DeleteMessages(1, "bob", `[{"message_msg_id":"bob-2"}]`, game.short("delete"))
		assert.Equal(t, []string{"delete: 0 ", "update bob[bob:1 0]"}, heard())
		c.ClearHistory(1, "bob", game.short("clear"))
		assert.Equal(t, []string{"clear: 0 ", "update bob[- 0]"}, heard())
		c.Conversations(game.short("list"))
		assert.Equal(t, []string{"list: 0 bob[- 0] cid[cid:3 1]"}, heard(), "pinned ones first")
		c.DeleteConversation(1, "cid", game.short("delete"))
		assert.Equal(t, []string{"delete: 0 ", "delete cid[- 0]", "total 0"}, heard())
		c.ConversationInfo(`[{"get_conversation_list_param_conv_id":"bob","get_conversation_list_param_conv_type":1},
			{"get_conversation_list_param_conv_id":"cid","get_conversation_list_param_conv_type":1}]`, game.short("info"))
		assert.Equal(t, []string{"info: 0 bob[- 0]"}, heard())
		server.sends("cid", "ann", "4")
		assert.Equal(t, []string{"new cid:4", "add cid[cid:4 1]", "total 1"}, heard(), "it is back with a next message")
		server.link.event(wire.EventRead, wire.ReadEvent{User: "cid", ConvType: 1, ConvID: "ann", ReadPos: 2, ReadTime: 1})
		assert.Equal(t, []string{"read by cid"}, heard())
	})
}

func TestARecallIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		server.sends("bob", "ann", "2")
		game.since()
		var m wire.Message
		server.set(func() { m = server.revokes("bob", 2) })
		server.link.event(wire.EventMessageChanged, m)
		synctest.Wait()
		assert.Equal(t, []string{"revoked bob-2 by bob", "update bob[bob:revoked 1]", "total 1"}, game.since())
		says(c, game, "bob", "mine", "ann-1-7")
		game.since()
		c.Revoke(1, "bob", `{"message_msg_id":"ann-1-7"}`, game.short("revoke"))
		synctest.Wait()
		assert.Equal(t, []string{"revoke: 0 ", "revoked ann-1-7 by ann", "update bob[ann:revoked 1]"}, game.since())

		server.set(func() {
			server.keeps("bob", "ann", "4")
			server.revokes("bob", 4)
			server.revokes("bob", 1)
		})
		server.cuts()
		heard := strings.Join(game.since(), "; ")
		assert.Contains(t, heard, "revoked bob-1 by bob; ", "what was recalled meanwhile")
		assert.NotContains(t, heard, "bob-4", "nothing is said of what this device has not seen")
		assert.NotContains(t, heard, "new ")
		assert.Contains(t, heard, "total 0")
	})
}

func TestAGameWithoutRoomHearsOfMessagesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.set(func() { game.full = true })
		server.sends("bob", "ann", "1")
		server.sends("bob", "ann", "2")
		time.Sleep(time.Minute)
		assert.Empty(t, game.since())
		game.mu.Lock()
		game.full = false
		game.mu.Unlock()
		time.Sleep(2 * time.Second)
		assert.Equal(t, []string{"new bob:1, bob:2", "add bob[bob:2 2]", "total 2"}, game.since())
	})
}
