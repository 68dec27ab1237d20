package core

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/wire"
)

// eventAround has the server tell of a message before, or after, the first list that has it.
func eventAround(server *chatServer, m wire.Message, before bool) {
	server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
		if r.Cmd != wire.CmdGetConversations {
			server.answer(l, r)
			return
		}
		if before {
			l.event(wire.EventMessage, m)
		}
		server.answer(l, r)
		if !before {
			l.event(wire.EventMessage, m)
		}
		server.fakeServer.answer = server.answer
	}
}

// What comes on the link was sent after the login: it is news, though a list that was asked for
// at the same time has it already.
func TestWhatIsSentDuringTheFirstSyncIsNews(t *testing.T) {
	for name, before := range map[string]bool{"before the list": true, "after the list": false} {
		for _, history := range []int{0, 4} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := newChatServer("ann")
					for range history {
						server.keeps("bob", "ann", strings.Repeat("old", 1+len(server.messages["bob"])))
					}
					m := server.keeps("bob", "ann", "new")
					eventAround(server, m, before)
					game := &fakeGame{chats: true}
					c := newClient(t, server.fakeServer, game)
					c.Login("ann", "a1", game.done("login"))
					synctest.Wait()
					told := strings.Join(game.since(), "; ")
					assert.Equal(t, 1, strings.Count(told, "new bob:new"), told)
					assert.NotContains(t, told, "bob:old", "what was there before is history")
					server.link.event(wire.EventMessage, m)
					synctest.Wait()
					assert.Empty(t, game.since(), "it is told once")
					server.sends("bob", "ann", "next")
					assert.Contains(t, game.since(), "new bob:next")
					c.TotalUnread(game.short("unread"))
					synctest.Wait()
					assert.Contains(t, strings.Join(game.since(), ""), fmt.Sprintf(`count":%d}`, history+2), "and counted once")
					c.Close()
				})
			})
		}
	}
}
