package core

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// receives sets how the server's user receives a peer's messages, as another device does.
func (s *chatServer) receives(peer string, option int) wire.Conversation {
	c := s.of(peer)
	s.rev++
	c.Rev = s.rev
	last := len(c.Unheard) - 1
	switch c.Unheard = append([]wire.Unheard{}, c.Unheard...); {
	case option == 1 && c.RecvOpt != 1:
		c.Unheard = append(c.Unheard, wire.Unheard{First: c.Pos + 1})
	case option != 1 && c.RecvOpt == 1 && c.Unheard[last].First > c.Pos:
		c.Unheard = c.Unheard[:last]
	case option != 1 && c.RecvOpt == 1:
		c.Unheard[last].Last = c.Pos
	}
	c.RecvOpt = option
	return *c
}

// unheard says whether the user did not receive a message.
func (s *chatServer) unheard(m wire.Message) bool {
	r := receiving{unheard: s.of(m.Sender).Unheard}
	return m.Sender != s.user && r.misses(kept{Message: m}, s.user)
}

// receives sets how a peer's messages are received, on another device; the event that tells of
// it may be lost.
func (l *life) receives(peer string) {
	var c wire.Conversation
	l.server.set(func() { c = l.server.receives(peer, l.random.IntN(3)) })
	if l.random.IntN(4) > 0 {
		l.link().event(wire.EventConversation, c)
	}
}

// sets is receives with its event.
func (s *chatServer) sets(peer string, option int) {
	var c wire.Conversation
	s.set(func() { c = s.receives(peer, option) })
	s.link.event(wire.EventConversation, c)
	synctest.Wait()
}

const allOfIt = `{"msg_getmsglist_param_count":100,"msg_getmsglist_param_is_ramble":true}`

// hearsNothing requires that a game has heard nothing of messages and conversations.
func hearsNothing(t *testing.T, c *Client, game *fakeGame) {
	t.Helper()
	c.Conversations(game.short("list"))
	synctest.Wait()
	for _, line := range game.since() {
		if strings.HasPrefix(line, "list") {
			assert.Equal(t, "list: 0 bob[bob:1 1]", line)
		}
		for _, event := range []string{"new", "update", "total", "revoked", "modified", "add"} {
			assert.NotContains(t, line, event+" ")
		}
	}
}

func TestWhatIsNotReceivedStandsInTheHistoryAlone(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startIn(t, server, folder)
		server.sends("bob", "ann", "1")
		game.since()
		c.SetReceiveOption(`["bob"]`, 1, game.short("set"))
		synctest.Wait()
		assert.Equal(t, []string{"set: 0 ", "update bob[bob:1 1]", "total 0"}, game.since())
		quiet := func(then func()) {
			t.Helper()
			then()
			hearsNothing(t, c, game)
		}
		quiet(func() { server.sends("bob", "ann", "live") })
		quiet(func() {
			server.set(func() { server.keeps("bob", "ann", "away") })
			server.cuts()
		})
		quiet(func() {
			server.link.event(wire.EventMessage, wire.Message{ConvType: 1, ConvID: "ann", Sender: "bob", OnlineOnly: true})
			synctest.Wait()
		})
		quiet(func() {
			var m wire.Message
			server.set(func() { m = server.revokes("bob", 3) })
			server.link.event(wire.EventMessageChanged, m)
			synctest.Wait()
		})
		quiet(func() {
			c.Close()
			c, game = startIn(t, server, folder)
		})
		c.History(1, "bob", allOfIt, game.short("history"))
		synctest.Wait()
		assert.Equal(t, []string{"history: 0 bob:revoked, bob:live, bob:1"}, game.since())

		server.sets("bob", 2)
		assert.Equal(t, []string{"update bob[bob:1 1]"}, game.since(), "and stay so")
		server.sends("bob", "ann", "again")
		assert.Equal(t, []string{"new bob:again", "update bob[bob:again 2]"}, game.since(), "the total has none of those that are quiet")
		server.sets("bob", 0)
		assert.Equal(t, []string{"update bob[bob:again 2]", "total 2"}, game.since())
		c.Close()
	})
}

func TestOwnMessagesMoveAConversationThatIsNotReceived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sets("bob", 1)
		server.sends("bob", "ann", "1")
		assert.Empty(t, game.since())
		server.sends("ann", "bob", "from elsewhere")
		assert.Equal(t, []string{"new ann:from elsewhere", "add bob[ann:from elsewhere 0]"}, game.since())
		says(c, game, "bob", "from here", "ann-1-1")
		assert.Contains(t, game.since(), "update bob[ann:from here 0]")
	})
}

func TestAReceiveOptionMayComeAfterItsMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		game.since()
		var option wire.Conversation
		server.set(func() { option = server.receives("bob", 1) })
		server.sends("bob", "ann", "2")
		assert.Equal(t, []string{"new bob:2", "update bob[bob:2 2]", "total 2"}, game.since(), "it is not known yet")
		server.link.event(wire.EventConversation, option)
		synctest.Wait()
		assert.Equal(t, []string{"update bob[bob:1 1]", "total 0"}, game.since())

		server.set(func() { option = server.receives("bob", 0) })
		server.sends("bob", "ann", "3")
		assert.Empty(t, game.since())
		server.link.event(wire.EventConversation, option)
		synctest.Wait()
		assert.Equal(t, []string{"new bob:3", "update bob[bob:3 2]", "total 2"}, game.since())
	})
}

func TestReceiveOptionsAreNamedByUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := startChatting(t, server)
		defer c.Close()
		for _, users := range []string{`[1]`, `[["bob"]]`} {
			for _, call := range []func(Done){
				func(done Done) { c.SetReceiveOption(users, 1, done) },
				func(done Done) { c.ReceiveOptions(users, done) },
			} {
				var got error
				call(func(err error, _ string) { got = err })
				synctest.Wait()
				assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(got))
				assert.Contains(t, timerr.DescOf(got), "json_identifier_array")
			}
		}
		var answer string
		c.ReceiveOptions(`["bob"]`, func(_ error, text string) { answer = text })
		synctest.Wait()
		var did map[string]string
		assert.NoError(t, json.Unmarshal([]byte(answer), &did))
		assert.Equal(t, wire.CmdGetReceiveOptions, did["did"])
	})
}

func TestAGameHearsWhenItsUserIsNotNotified(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startIn(t, server, folder)
		const night = `{"msg_all_recv_msg_opt_level":2,"msg_all_recv_msg_opt_start_hour":22,"msg_all_recv_msg_opt_start_minute":0,` +
			`"msg_all_recv_msg_opt_start_second":5,"msg_all_recv_msg_opt_start_time_stamp":0,"msg_all_recv_msg_duration":3600}`
		c.SetDailyReceiveOption(2, 22, 0, 5, 3600, game.short("set"))
		synctest.Wait()
		assert.Equal(t, []string{"set: 0 ", "quiet " + night}, game.since())
		c.AllReceiveOption(func(_ error, text string) { game.hear("%s", text) })
		synctest.Wait()
		assert.Equal(t, []string{"[" + night + "]"}, game.since())

		event := func(v wire.AllReceiveOption) {
			server.link.event(wire.EventAllReceiveOption, v)
			synctest.Wait()
		}
		event(wire.AllReceiveOption{Rev: 1, Level: 3})
		assert.Empty(t, game.since(), "it was overtaken")
		game.mu.Lock()
		game.full = true
		game.mu.Unlock()
		event(wire.AllReceiveOption{Rev: 12, StartTime: 7, Level: 3, Duration: 1})
		game.mu.Lock()
		game.full = false
		game.mu.Unlock()
		time.Sleep(2 * roomAfter)
		synctest.Wait()
		once := strings.NewReplacer(`level":2`, `level":3`, `hour":22`, `hour":0`, `second":5`, `second":0`, `stamp":0`, `stamp":7`, `duration":3600`, `duration":1`).Replace(night)
		assert.Equal(t, []string{"quiet " + once}, game.since(), "when there is room")

		c.Close()
		server.set(func() { server.quiet = wire.AllReceiveOption{Rev: 12, StartTime: 7, Level: 3, Duration: 1} })
		c, game = startIn(t, server, folder)
		assert.NotContains(t, strings.Join(game.since(), ";"), "quiet", "the game was told before it was started again")
		server.set(func() { server.quiet = wire.AllReceiveOption{Rev: 13} })
		server.cuts()
		assert.Contains(t, strings.Join(game.since(), ";"), `quiet {"msg_all_recv_msg_opt_level":0`)
		c.Close()
	})
}
