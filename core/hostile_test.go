package core

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// A server that takes a session up and then drops the link, again and again, is not dialled again
// at once each time: there may be a hundred thousand such clients.
func TestAServerThatDropsEveryLinkIsDialledLessOften(t *testing.T) {
	for name, drop := range map[string]func(*fakeLink){
		"without a word": func(l *fakeLink) { l.cut(timerr.New(timerr.SDKNetResetByPeer)) },
		"with a time to come back that is out of all reason": func(l *fakeLink) {
			l.event(wire.EventClosing, wire.Closing{Reason: wire.CloseMoved, Redial: true, AfterMS: -1 << 62})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &fakeServer{answer: good}
				c := newClient(t, server, &fakeGame{})
				defer c.Close()
				c.Login("ann", "ticket", (&fakeGame{}).done("login"))
				synctest.Wait()
				server.set(func() {
					server.answer = func(l *fakeLink, r wire.Request) {
						good(l, r)
						if r.Cmd == wire.CmdResume {
							drop(l)
						}
					}
				})
				server.link.cut(timerr.New(timerr.SDKNetResetByPeer))
				time.Sleep(30 * time.Second)
				early := server.count()
				assert.Less(t, early, 40)
				time.Sleep(10 * time.Minute)
				assert.Less(t, server.count()-early, 120, "the wait has grown to 15 s, on average")
			})
		})
	}
}

// Pages that have no end are left.
func TestPagesWithoutAnEndAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := map[string]int{}
		server := &fakeServer{answer: func(l *fakeLink, r wire.Request) {
			asked[r.Cmd]++
			if asked[r.Cmd] > 50 {
				return // which ends the test, and not only this machine's patience
			}
			switch r.Cmd {
			case wire.CmdGetConversations:
				page := wire.ConversationsPage{Next: strings.Repeat("a", asked[r.Cmd]), Rev: 1, Since: 1}
				if asked[r.Cmd] == 1 {
					page.Conversations = []wire.Conversation{{ConvType: 1, ConvID: "bob", Pos: 9, Mod: 9}}
				}
				l.answer(r, page)
			case wire.CmdGetChanges:
				l.answer(r, wire.ChangesPage{Mod: 1, More: true})
			case wire.CmdGetMessages:
				l.answer(r, wire.MessagesPage{WholeFrom: 1 << 40, WholeTo: 1 << 41})
			default:
				good(l, r)
			}
		}}
		c := newClient(t, server, &fakeGame{})
		defer c.Close()
		c.Login("ann", "ticket", (&fakeGame{}).done("login"))
		synctest.Wait()
		server.link.event(wire.EventMessage, wire.Message{ConvType: 1, ConvID: "ann", Sender: "bob", MsgID: "a", Pos: 30})
		server.link.event(wire.EventMessageChanged, wire.Message{ConvType: 1, ConvID: "ann", Sender: "bob", MsgID: "b", Pos: 3, Version: 50})
		time.Sleep(time.Second)
		synctest.Wait()
		for cmd, times := range asked {
			assert.Less(t, times, 10, cmd)
		}
		assert.Contains(t, asked, wire.CmdGetMessages)
		assert.Contains(t, asked, wire.CmdGetChanges)
	})
}
