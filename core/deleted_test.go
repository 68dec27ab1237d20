package core

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// What another device has deleted stays deleted, also where this one gets the message later: it
// left the server before.

func TestADeletionOvertakesItsMessage(t *testing.T) {
	for _, tt := range []struct {
		name   string
		events func(s *chatServer, list []wire.Message, delete func(pos uint64))
		want   []string
	}{
		{"that comes after it", func(s *chatServer, list []wire.Message, delete func(uint64)) {
			s.link.event(wire.EventMessage, list[0])
			delete(2)
			s.link.event(wire.EventMessage, list[1])
		}, []string{"new bob:1"}},
		{"that waits for its turn", func(s *chatServer, list []wire.Message, delete func(uint64)) {
			s.link.event(wire.EventMessage, list[1])
			delete(2)
			s.link.event(wire.EventMessage, list[0])
		}, []string{"new bob:1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newChatServer("ann")
				c, game := startChatting(t, server)
				defer c.Close()
				var list []wire.Message
				server.set(func() {
					list = append(list, server.keeps("bob", "ann", "1"), server.keeps("bob", "ann", "2"))
				})
				tt.events(server, list, func(pos uint64) {
					server.set(func() { server.messages["bob"] = server.messages["bob"][:1] })
					server.link.event(wire.EventMessagesDeleted, wire.DeletedMessages{ConvType: 1, ConvID: "bob", Positions: []uint64{pos}, Rev: 1, Unread: 1, Pos: 2})
				})
				time.Sleep(time.Second)
				heard := strings.Join(game.since(), "; ")
				assert.Contains(t, heard, "new bob:1")
				assert.NotContains(t, heard, "bob:2")
				c.Conversations(game.short("list"))
				c.History(1, "bob", `{}`, game.short("history"))
				synctest.Wait()
				assert.Equal(t, []string{"list: 0 bob[bob:1 1]", "history: 0 bob:1"}, game.since())
			})
		})
	}
}

func TestADeletionOvertakesAPageOfHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		server.keeps("bob", "ann", "1")
		server.keeps("bob", "ann", "2")
		c, game := startChatting(t, server)
		defer c.Close()
		server.set(func() {
			server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
				if r.Cmd == wire.CmdGetMessages {
					l.event(wire.EventMessagesDeleted, wire.DeletedMessages{ConvType: 1, ConvID: "bob", Positions: []uint64{1}, Rev: 1, Unread: 1})
				}
				server.answer(l, r)
			}
		})
		c.History(1, "bob", `{"msg_getmsglist_param_is_ramble":true}`, game.short("history"))
		synctest.Wait()
		assert.Contains(t, game.since(), "history: 0 bob:2")
	})
}

func TestADeletionOvertakesTheAnswerToASend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.set(func() {
			server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
				if r.Cmd == wire.CmdSendMessage {
					l.event(wire.EventMessagesDeleted, wire.DeletedMessages{ConvType: 1, ConvID: "bob", Positions: []uint64{1}, Rev: 1})
				}
				server.answer(l, r)
			}
		})
		says(c, game, "bob", "hi", "")
		game.since()
		c.Conversations(game.short("list"))
		c.History(1, "bob", `{}`, game.short("history"))
		synctest.Wait()
		heard := game.since()
		assert.Equal(t, "history: 0 ", heard[1])
		assert.NotContains(t, heard[0], "hi")
	})
}

// A clear may be answered between a message that it takes along and that message's turn.
func TestAClearOvertakesMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		var list []wire.Message
		server.set(func() {
			list = append(list, server.keeps("bob", "ann", "1"), server.keeps("bob", "ann", "2"), server.keeps("bob", "ann", "3"))
		})
		server.link.event(wire.EventMessage, list[1])
		server.link.event(wire.EventConversation, wire.Conversation{ConvType: 1, ConvID: "bob", Pos: 2, Rev: 1, ClearPos: 2, ReadPos: 2})
		server.link.event(wire.EventMessage, list[0])
		server.link.event(wire.EventMessage, list[2])
		synctest.Wait()
		assert.Contains(t, game.since(), "new bob:3")
		c.Conversations(game.short("list"))
		c.History(1, "bob", `{}`, game.short("history"))
		synctest.Wait()
		assert.Equal(t, []string{"list: 0 bob[bob:3 1]", "history: 0 bob:3"}, game.since())
	})
}

// A message got no answer, another device has deleted it, and its game sends it again.
func TestWhatWasDeletedElsewhereIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.set(func() { server.deaf = true })
		var failed string
		c.SendMessage(1, "bob", `{"message_elem_array":[{"elem_type":0,"text_elem_content":"hi"}]}`, "ann-1-7", func(_ error, text string) { failed = text })
		synctest.Wait()
		server.set(func() {
			server.messages["bob"], server.state["bob"].Last, server.deaf = nil, nil, false
			server.state["bob"].Rev++
			server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
				if r.Cmd == wire.CmdSendMessage {
					l.refuse(r, timerr.SDKInternalError)
					return
				}
				server.answer(l, r)
			}
		})
		server.cuts() // the sync does not tell of it
		assert.Contains(t, failed, `"message_status":3`)
		server.set(func() {
			server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
				if r.Cmd == wire.CmdSendMessage {
					l.answer(r, wire.Sent{Pos: 1, Seq: 1, ServerTime: 1})
					return
				}
				server.answer(l, r)
			}
		})
		game.since()
		c.SendMessage(1, "bob", failed, "", game.short("sent"))
		synctest.Wait()
		assert.Contains(t, game.since(), "sent: 0 ann:hi")
		c.Conversations(game.short("list"))
		c.History(1, "bob", `{"msg_getmsglist_param_is_ramble":true}`, game.short("history"))
		synctest.Wait()
		heard := game.since()
		assert.Equal(t, "history: 0 ", heard[len(heard)-1])
		assert.NotContains(t, heard[0], "hi")
	})
}

// A message got no answer, and the sender's other device has recalled it when its game sends
// it again: the server answers with what it has become.
func TestWhatWasRecalledElsewhereIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		recalled := wire.Message{ConvType: 1, ConvID: "bob", Sender: "ann", MsgID: "ann-1-7", Pos: 1, Seq: 1, ServerTime: 1,
			Status: int(tim.MsgStatusRevoked), Version: 1, RevokerUserID: "ann"}
		server.set(func() {
			server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
				if r.Cmd == wire.CmdSendMessage {
					server.keep(recalled)
					server.of("bob").Mod = 1
					l.answer(r, wire.Sent{Pos: 1, Seq: 1, ServerTime: 1, Message: &recalled})
					return
				}
				server.answer(l, r)
			}
		})
		c.SendMessage(1, "bob", `{"message_elem_array":[{"elem_type":0,"text_elem_content":"hi"}]}`, "ann-1-7", game.short("sent"))
		synctest.Wait()
		heard := game.since()
		assert.Contains(t, heard, "sent: 0 ann:revoked")
		assert.Contains(t, heard, "revoked ann-1-7 by ann")
		server.link.event(wire.EventMessageChanged, recalled) // late, and known by now
		synctest.Wait()
		c.Conversations(game.short("list"))
		c.History(1, "bob", `{"msg_getmsglist_param_is_ramble":true}`, game.short("history"))
		synctest.Wait()
		assert.Equal(t, []string{"list: 0 bob[ann:revoked 0]", "history: 0 ann:revoked"}, game.since())
	})
}

// A page was read before a change that came before it, and asking for that fails: the next
// sync asks again.
func TestAChangeThatHasOvertakenAPageIsAskedForUntilItIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		for _, text := range []string{"1", "2", "3"} {
			server.keeps("ann", "bob", text)
		}
		c, game := startChatting(t, server)
		defer c.Close()
		server.set(func() {
			server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
				switch r.Cmd {
				case wire.CmdGetMessages:
					stale := wire.MessagesPage{FirstPos: 1, Pos: 3, WholeFrom: 1, WholeTo: 3, Messages: slices.Clone(server.messages["bob"])}
					slices.Reverse(stale.Messages)
					l.event(wire.EventMessageChanged, server.revokes("bob", 2))
					l.answer(r, stale)
				case wire.CmdGetChanges:
					l.refuse(r, timerr.SDKInternalError)
				default:
					server.answer(l, r)
				}
			}
		})
		c.History(1, "bob", `{"msg_getmsglist_param_is_ramble":true}`, game.short("history"))
		synctest.Wait()
		server.set(func() { server.fakeServer.answer = server.answer })
		server.cuts()
		game.since()
		c.History(1, "bob", `{}`, game.short("history"))
		synctest.Wait()
		assert.Equal(t, []string{"history: 0 ann:3, ann:revoked, ann:1"}, game.since())
	})
}
