package core

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Each request takes a second there and back, so the seconds from the resume to the end of
// the sync are the round trips, whatever is asked at the same time.
func TestAHundredMissedMessagesAreThereTwoRoundTripsAfterTheLink(t *testing.T) {
	for _, senders := range []int{1, 10} {
		synctest.Test(t, func(t *testing.T) {
			server := newChatServer("ann")
			for i := range senders {
				server.keeps(fmt.Sprint("bob", i), "ann", "old")
			}
			c, game := startChatting(t, server)
			defer c.Close()
			synctest.Wait()
			game.since()
			var resumed time.Time
			requests := map[string]int{}
			server.set(func() {
				for i := range 100 {
					server.keeps(fmt.Sprint("bob", i%senders), "ann", fmt.Sprint("missed ", i))
				}
				server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
					requests[r.Cmd]++
					if r.Cmd == wire.CmdResume {
						resumed = time.Now()
						server.answer(l, r)
						return
					}
					time.AfterFunc(time.Second, func() { server.set(func() { server.answer(l, r) }) })
				}
			})
			server.link.cut(timerr.New(timerr.SDKNetResetByPeer))
			var heard []string
			for range 1000 {
				if heard = append(heard, game.since()...); slices.Contains(heard, "finish") {
					break
				}
				time.Sleep(10 * time.Millisecond)
				synctest.Wait()
			}
			took := time.Since(resumed)
			assert.Contains(t, heard, "finish")
			assert.Equal(t, 100, missedIn(heard))
			assert.InDelta(t, 2, took.Seconds(), 0.05)
			assert.Equal(t, map[string]int{wire.CmdResume: 1, wire.CmdGetConversations: 1, wire.CmdGetMessages: senders}, requests)
		})
	}
}

// missedIn counts the messages that a game was told of.
func missedIn(heard []string) (n int) {
	for _, news := range heard {
		if strings.HasPrefix(news, "new ") {
			n += strings.Count(news, ":missed ")
		}
	}
	return n
}
