package core

import (
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

// hi is the object of the first message that bob has sent.
const hi = `{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"bob-hi"}`

// withMessage is ann's device, which has heard of a message from bob.
func withMessage(t *testing.T, test func(server *chatServer, c *Client, game *fakeGame)) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer func() { c.Close() }()
		server.sends("bob", "ann", "hi")
		game.since()
		game.chats = false
		test(server, c, game)
	})
}

// plain is a Done that writes the answer down as it is.
func (g *fakeGame) plain(call string) Done {
	return func(err error, text string) { g.hear("%s: %d %s", call, timerr.CodeOf(err), text) }
}

func TestExtensionsAreSetAndTold(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		c.SetExtensions(hi, `[{"message_extension_key":"k","message_extension_value":"1"}]`, game.plain("set"))
		synctest.Wait()
		assert.ElementsMatch(t, []string{"set bob-hi k=1",
			`set: 0 [{"message_extension_result_code":0,"message_extension_result_info":"","message_extension_item":{"message_extension_key":"k","message_extension_value":"1"}}]`}, game.since())
		c.SetExtensions(hi, `[{"message_extension_key":"k","message_extension_value":"2"}]`, game.short("again"))
		synctest.Wait()
		assert.Contains(t, game.since(), "set bob-hi k=2", "who wrote it last may write it again")

		server.tells(func() wire.Extras { return server.writes("bob", 1, "bob", "k", "3", false) })
		synctest.Wait()
		assert.Equal(t, []string{"set bob-hi k=3"}, game.since())
		c.SetExtensions(hi, `[{"message_extension_key":"k","message_extension_value":"4"}]`, game.short("again"))
		synctest.Wait()
		assert.Contains(t, game.since(), "set bob-hi k=4", "the device had heard of bob's")
		server.set(func() { server.writes("bob", 1, "bob", "k", "5", false) }) // nobody is told
		c.SetExtensions(hi, `[{"message_extension_key":"k","message_extension_value":"6"}]`, game.plain("lost"))
		synctest.Wait()
		assert.Equal(t, []string{`lost: 0 [{"message_extension_result_code":23001,"message_extension_result_info":"","message_extension_item":{"message_extension_key":"k","message_extension_value":"5"}}]`}, game.since())
		c.SetExtensions(hi, `[{"message_extension_key":"k","message_extension_value":"6"}]`, game.short("now"))
		synctest.Wait()
		assert.Contains(t, game.since(), "set bob-hi k=6", "the answer brought what it had to know")
	})
}

func TestExtensionsAreDeleted(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		server.tells(func() wire.Extras { return server.writes("bob", 1, "bob", "k", "1", false) })
		server.tells(func() wire.Extras { return server.writes("bob", 1, "bob", "l", "2", false) })
		synctest.Wait()
		game.since()
		c.DeleteExtensions(hi, `["k",{"message_extension_key":"m"}]`, game.plain("delete"))
		synctest.Wait()
		heard := strings.Join(game.since(), "; ")
		assert.Contains(t, heard, `deleted bob-hi [{"message_extension_key":"k"}]`)
		assert.Contains(t, heard, `{"message_extension_result_code":23004,"message_extension_result_info":"","message_extension_item":{"message_extension_key":"m","message_extension_value":""}}`)
		c.SetExtensions(hi, `[{"message_extension_key":"k","message_extension_value":"3"}]`, game.short("set"))
		synctest.Wait()
		assert.Contains(t, game.since(), "set bob-hi k=3")
	})
}

func TestExtensionsAreReadWithoutALink(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := newIn(t, server, folder)
		server.sends("bob", "ann", "hi")
		server.tells(func() wire.Extras { return server.writes("bob", 1, "bob", "k", "1", false) })
		synctest.Wait()
		read := func(call string) string {
			game.since()
			c.Extensions(hi, func(err error, text string) { game.hear("%s: %d %s", call, timerr.CodeOf(err), extensionsIn(text)) })
			synctest.Wait()
			for _, line := range game.since() {
				if strings.HasPrefix(line, call) {
					return line
				}
			}
			return ""
		}
		assert.Equal(t, "read: 0 k=1", read("read"))
		server.tells(func() wire.Extras { return server.writes("bob", 1, "bob", "l", "2", false) })
		server.tells(func() wire.Extras { return server.writes("bob", 1, "bob", "k", "", true) })
		synctest.Wait()
		server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse) })
		server.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		synctest.Wait()
		assert.Equal(t, "read: 0 l=2", read("read"), "all of them were read once, and changes since then were told")
		c.Close()
		server.set(func() { server.down = nil })
		server.set(func() { server.writes("bob", 1, "bob", "m", "3", false) })
		c, game = newIn(t, server, folder)
		defer func() { c.Close() }()
		server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse) })
		server.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		synctest.Wait()
		assert.Equal(t, "read: 0 l=2 m=3", read("read"), "the sync brought what was missed")
	})
}

func TestReactionsAreToldAndRead(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		c.AddReaction(hi, "thumb", game.plain("add"))
		synctest.Wait()
		assert.ElementsMatch(t, []string{"add: 0 ", "reactions bob-hi thumb:1!"}, game.since())
		server.tells(func() wire.Extras { return server.reacts("bob", 1, "bob", "thumb", false) })
		synctest.Wait()
		assert.Equal(t, []string{"reactions bob-hi thumb:2!"}, game.since())
		c.AddReaction(hi, "thumb", game.plain("add"))
		c.Reactions("["+hi+"]", 10, game.plain("read"))
		synctest.Wait()
		user := func(id string) string {
			return fmt.Sprintf(`{"user_profile_identifier":%q,"user_info_userid":%[1]q}`, id)
		}
		assert.Equal(t, []string{"add: 23007 ", `read: 0 [{"message_reaction_result_code":0,"message_reaction_result_info":"","message_reaction_result_msg_id":"bob-hi",` +
			`"message_reaction_result_reaction_list":[{"message_reaction_id":"thumb","message_reaction_total_user_count":2,` +
			`"message_reaction_partial_user_info_array":[` + user("ann") + `,` + user("bob") + `],"message_reaction_reacted_by_myself":true}]}]`}, game.since())
		c.RemoveReaction(hi, "thumb", game.plain("remove"))
		server.tells(func() wire.Extras { return server.reacts("bob", 1, "bob", "thumb", true) })
		synctest.Wait()
		assert.Contains(t, strings.Join(game.since(), "; "), "reactions bob-hi thumb:0")
		c.ReactionUsers(hi, "thumb", 7, 3, game.plain("users"))
		synctest.Wait()
		assert.Equal(t, []string{`users: 0 {"message_reaction_user_result_user_info_array":[` + user("bob") +
			`],"message_reaction_user_result_next_seq":10,"message_reaction_user_result_is_finished":false}`}, game.since())
	})
}

// What was done although its answer was lost is no failure when it is sent again.
func TestALostAnswerToAReactionIsNoFailure(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		server.set(func() { server.deaf = true })
		c.AddReaction(hi, "thumb", game.plain("add"))
		c.SetExtensions(hi, `[{"message_extension_key":"k","message_extension_value":"1"}]`, game.short("set"))
		synctest.Wait()
		server.set(func() { server.deaf = false })
		server.cuts()
		heard := strings.Join(game.since(), "; ")
		assert.Contains(t, heard, "add: 0 ")
		assert.NotContains(t, heard, "23001")
		server.set(func() { server.deaf = true })
		c.RemoveReaction(hi, "thumb", game.plain("remove"))
		c.DeleteExtensions(hi, `["k"]`, game.plain("delete"))
		synctest.Wait()
		server.set(func() { server.deaf = false })
		server.cuts()
		heard = strings.Join(game.since(), "; ")
		assert.Contains(t, heard, "remove: 0 ")
		assert.Contains(t, heard, `delete: 0 [{"message_extension_result_code":0,`)
	})
}

func TestADeviceThatWasAwayHearsWhatIsDifferent(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse) })
		server.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		server.set(func() {
			server.writes("bob", 1, "bob", "k", "1", false)
			server.reacts("bob", 1, "bob", "thumb", false)
			server.keeps("bob", "ann", "new")
			server.reacts("bob", 2, "bob", "heart", false)
			server.down = nil
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		heard := game.since()
		require.Contains(t, heard, "set bob-hi k=1")
		heard = append(heard, server.looks()...)
		told := strings.Join(heard, "; ")
		assert.Less(t, strings.Index(told, "new bob:new"), strings.Index(told, "bob-new heart:1"), "a message before its reactions")
		assert.Contains(t, told, "bob-hi thumb:1")
		server.cuts()
		assert.NotContains(t, strings.Join(game.since(), "; "), "thumb", "and once")
	})
}

func TestAGapInTheChangesIsFilled(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		server.set(func() { server.writes("bob", 1, "bob", "k", "1", false) })
		server.tells(func() wire.Extras { return server.reacts("bob", 1, "bob", "thumb", false) })
		synctest.Wait()
		assert.Equal(t, []string{"set bob-hi k=1", "reactions bob-hi thumb:1"}, game.since())
	})
}

func TestExtrasOfAMessageThatComesLateWaitForIt(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		var first, second wire.Message
		server.set(func() { first, second = server.keeps("bob", "ann", "2"), server.keeps("bob", "ann", "3") })
		server.link.event(wire.EventMessage, second)
		server.tells(func() wire.Extras { return server.reacts("bob", 3, "bob", "thumb", false) })
		synctest.Wait()
		assert.Empty(t, game.since())
		server.link.event(wire.EventMessage, first)
		synctest.Wait()
		assert.Equal(t, []string{"new bob:2, bob:3", "reactions bob-3 thumb:1", "total 3"}, game.since())
	})
}

func TestARecalledMessageLosesItsExtensions(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		server.tells(func() wire.Extras { return server.writes("bob", 1, "bob", "k", "1", false) })
		synctest.Wait()
		c.Extensions(hi, game.plain("read"))
		synctest.Wait()
		var recalled wire.Message
		server.set(func() { recalled = server.revokes("bob", 1) })
		server.link.event(wire.EventMessageChanged, recalled)
		server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse) })
		server.link.cut(timerr.New(timerr.SDKNetResetByPeer))
		synctest.Wait()
		game.since()
		c.Extensions(hi, game.plain("read"))
		synctest.Wait()
		assert.Empty(t, game.since(), "nothing is known: the server is asked when there is a link")
	})
}

// fills lets the game have no room, or room again.
func (g *fakeGame) fills(full bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.full = full
}

func TestExtrasThatAGameHasNoRoomFor(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		game.fills(true)
		server.tells(func() wire.Extras { return server.writes("bob", 1, "bob", "k", "1", false) })
		server.tells(func() wire.Extras { return server.writes("bob", 1, "bob", "k", "", true) })
		server.tells(func() wire.Extras { return server.reacts("bob", 1, "bob", "thumb", false) })
		synctest.Wait()
		game.fills(false)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"set bob-hi k=1", `deleted bob-hi [{"message_extension_key":"k"}]`, "reactions bob-hi thumb:1"}, game.since())
	})
}

func TestExtrasThatAreRefusedHere(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		many := "[" + strings.TrimSuffix(strings.Repeat(hi+",", 21), ",") + "]"
		for _, tt := range []struct {
			name string
			call func(done Done)
			desc string
		}{
			{"no conversation", func(done Done) { c.AddReaction(`{"message_msg_id":"bob-hi"}`, "x", done) }, "json_msg has no message_conv_id"},
			{"no such conversation", func(done Done) { c.AddReaction(strings.Replace(hi, `"bob"`, `"cid"`, 1), "x", done) }, "json_msg is not in"},
			{"no such message", func(done Done) { c.RemoveReaction(strings.Replace(hi, "bob-hi", "bob-ho", 1), "x", done) }, "json_msg is not in"},
			{"a wrong type", func(done Done) { c.Extensions(`{"message_conv_id":7}`, done) }, "message_conv_id"},
			{"no pairs", func(done Done) { c.SetExtensions(hi, `[]`, done) }, "json_extension_array is empty"},
			{"pairs of a wrong type", func(done Done) { c.SetExtensions(hi, `[{"message_extension_key":7}]`, done) }, "message_extension_key"},
			{"keys that are none", func(done Done) { c.DeleteExtensions(hi, `["k",7]`, done) }, "json_extension_key_array[1]"},
			{"too many messages", func(done Done) { c.Reactions(many, 1, done) }, "21 messages"},
			{"too many users", func(done Done) { c.Reactions("["+hi+"]", 11, done) }, "max_user_count_per_reaction"},
			{"an empty page", func(done Done) { c.ReactionUsers(hi, "x", 0, 0, done) }, "count is 0"},
		} {
			var got error
			tt.call(func(err error, _ string) { got = err })
			synctest.Wait()
			assert.Equal(t, timerr.InvalidParameters, timerr.CodeOf(got), tt.name)
			assert.Contains(t, timerr.DescOf(got), tt.desc, tt.name)
		}
		server.sends("cid", "ann", "ho")
		var got error
		c.Reactions("["+hi+`,{"message_conv_id":"cid","message_conv_type":1,"message_msg_id":"cid-ho"}]`, 1, func(err error, _ string) { got = err })
		synctest.Wait()
		assert.Contains(t, timerr.DescOf(got), "more than one conversation")
		server.set(func() { server.refuse = 20022 })
		c.SendMessage(1, "bob", `{"message_elem_array":[{"elem_type":0,"text_elem_content":"x"}]}`, "ann-1-7", game.short("sent"))
		synctest.Wait()
		c.AddReaction(strings.Replace(hi, "bob-hi", "ann-1-7", 1), "x", func(err error, _ string) { got = err })
		synctest.Wait()
		assert.Contains(t, timerr.DescOf(got), "was not sent")
		c.AddReaction(hi, "x", func(err error, _ string) { got = err })
		synctest.Wait()
		assert.EqualValues(t, 20022, timerr.CodeOf(got), "what the server says")
	})
}

// extended has somebody write an extension in a random life; the event may be lost.
func (l *life) extended(peer string) {
	var v wire.Extras
	l.server.set(func() {
		if n := len(l.server.messages[peer]); n > 0 {
			pos := 1 + l.random.Uint64N(uint64(n))
			if l.server.messages[peer][pos-1].Status == 6 {
				return
			}
			by := []string{"ann", peer}[l.random.IntN(2)]
			v = l.server.writes(peer, pos, by, []string{"k", "l", "m"}[l.random.IntN(3)], l.text(), l.random.IntN(3) == 0)
		}
	})
	if v.Mod > 0 && l.random.IntN(4) > 0 {
		l.link().event(wire.EventExtras, v)
	}
}

// readsExtensions reads those of a random message: from then on the device knows them whole.
func (l *life) readsExtensions(peer string) {
	var object string
	l.server.set(func() {
		if n := len(l.server.messages[peer]); n > 0 {
			m := l.server.messages[peer][l.random.IntN(n)]
			object = fmt.Sprintf(`{"message_conv_id":%q,"message_unique_id":%d}`, peer, m.Pos)
		}
	})
	if object != "" {
		l.c.Extensions(object, func(error, string) {})
	}
}

// compareExtensions compares what the device knows whole with the server's.
func (l *life) compareExtensions(peer string) {
	for pos := uint64(1); pos <= l.server.of(peer).Pos; pos++ {
		want := []extension{}
		for _, e := range l.server.extensionsOf(peer, pos).Extensions {
			want = append(want, extension{e.Key, e.Value})
		}
		l.c.chat(func(error, string) {}, false, func(m *messenger, done Done) {
			if known := m.extensions(m.conversation(convKey{1, peer}), pos); known.Whole {
				assert.Equal(l.t, want, known.list(), "extensions of %s %d", peer, pos)
			}
			done(nil, "")
		})
		synctest.Wait()
	}
}

func TestExtrasOfAMessageThatIsNotReceivedAreNotTold(t *testing.T) {
	withMessage(t, func(server *chatServer, c *Client, game *fakeGame) {
		var deaf wire.Conversation
		server.set(func() { deaf = server.receives("bob", 1) })
		server.link.event(wire.EventConversation, deaf)
		server.sends("bob", "ann", "2")
		game.since()
		server.tells(func() wire.Extras { return server.reacts("bob", 2, "bob", "thumb", false) })
		server.tells(func() wire.Extras { return server.reacts("bob", 1, "bob", "thumb", false) })
		synctest.Wait()
		assert.Equal(t, []string{"reactions bob-hi thumb:1"}, game.since(), "only of the one that was received")
	})
}
