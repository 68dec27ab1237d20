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

// sortable is a client with three conversations, whose game has heard of them: c is the newest.
func sortable(t *testing.T, server *chatServer, folder string) (*Client, *fakeGame) {
	c, game := startIn(t, server, folder)
	for _, peer := range []string{"a", "b", "c"} {
		server.sends(peer, "ann", "hi")
		time.Sleep(time.Second)
	}
	game.since()
	return c, game
}

// infosIn reads what a call answers.
func infosIn(t *testing.T, call func(Done)) (list []convInfo) {
	t.Helper()
	call(func(err error, text string) {
		assert.NoError(t, err)
		assert.NoError(t, json.Unmarshal([]byte(text), &list))
	})
	synctest.Wait()
	return list
}

// shown is the ids of the list, with what is to be seen of each.
func shown(t *testing.T, c *Client, of func(convInfo) any) (lines []string) {
	t.Helper()
	for _, v := range infosIn(t, c.Conversations) {
		lines = append(lines, fmt.Sprint(v.ID, " ", of(v)))
	}
	return lines
}

func marksOf(v convInfo) any { return fmt.Sprint(v.Marks, v.CustomData, v.Groups) }

const results = `[{"conversation_operation_result_conversation_id":"c2c_a","conversation_operation_result_result_code":0,"conversation_operation_result_result_info":""}]`

func TestLabelsAreThereAtOnceAndToldOnce(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := sortable(t, server, folder)
		c.MarkConversations(`["c2c_a"]`, 1<<63|5, true, game.short("mark"))
		synctest.Wait()
		assert.Equal(t, []string{"update a[a:hi 1]", "mark: 0 " + results}, splitResults(game.since()), "one update for the event and the answer")
		c.SetCustomData(`["c2c_a"]`, "x", game.done("data"))
		c.CreateConversationGroup("work", `["c2c_a","c2c_b"]`, game.done("create"))
		synctest.Wait()
		heard := strings.Join(game.since(), "; ")
		assert.Equal(t, 1, strings.Count(heard, `group created work ["c2c_a","c2c_b"]`), heard)
		want := []string{"c [][]", "b [][work]", "a [1 4 9223372036854775808]x[work]"}
		assert.Equal(t, want, shown(t, c, marksOf))
		c.Close()

		server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse) })
		c, game = startIn(t, server, folder)
		assert.Equal(t, want, shown(t, c, marksOf), "after a restart, without a server")
		c.ConversationGroups(game.done("groups"))
		synctest.Wait()
		assert.Contains(t, strings.Join(game.since(), "; "), `groups: 0 ["work"]`)
		c.Close()
	})
}

// splitResults is lines as they are: results are no messages.
func splitResults(lines []string) []string {
	for i, l := range lines {
		if strings.HasPrefix(l, "mark: 0 ") {
			lines[i] = "mark: 0 " + results
		}
	}
	return lines
}

func TestConversationGroupsAreToldAsTheyChange(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := sortable(t, server, folder)
		defer c.Close()
		groups := func() (lines []string) {
			synctest.Wait()
			for _, l := range game.since() {
				if strings.HasPrefix(l, "group ") {
					lines = append(lines, l)
				}
			}
			return lines
		}
		none := func(error, string) {}
		c.CreateConversationGroup("work", `["c2c_a"]`, none)
		assert.Equal(t, []string{`group created work ["c2c_a"]`}, groups())
		c.AddToConversationGroup("work", `["c2c_b"]`, none)
		assert.Equal(t, []string{`group joined work ["c2c_b"]`}, groups())
		c.DeleteFromConversationGroup("work", `["c2c_a"]`, none)
		assert.Equal(t, []string{`group left work ["c2c_a"]`}, groups())
		c.RenameConversationGroup("work", "job", none)
		assert.Equal(t, []string{`group renamed work job`}, groups())
		assert.Equal(t, []string{"c []", "b [job]", "a []"}, shown(t, c, func(v convInfo) any { return v.Groups }))
		game.mu.Lock()
		game.full = true
		game.mu.Unlock()
		c.DeleteConversationGroup("job", none)
		c.CreateConversationGroup("new", `["c2c_c"]`, none)
		synctest.Wait()
		game.mu.Lock()
		game.full = false
		game.mu.Unlock()
		time.Sleep(3 * time.Second)
		assert.Equal(t, []string{`group deleted job`, `group created new ["c2c_c"]`}, groups(), "when there is room")
	})
}

func TestAFullGroupSaysWhyOneLeft(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := sortable(t, server, folder)
		defer c.Close()
		c.CreateConversationGroup("g", `["c2c_a"]`, func(error, string) {})
		synctest.Wait()
		game.since()
		id := server.groups[0].ID
		server.link.event(wire.EventConversationsSorted, wire.LabelsChange{Rev: id + 1, Conversations: []wire.ConvLabels{
			{ConvType: 1, ConvID: "b", Groups: []uint64{id}}, {ConvType: 1, ConvID: "a", Dropped: []uint64{id}}}})
		synctest.Wait()
		heard := strings.Join(game.since(), "; ")
		assert.Contains(t, heard, `group joined g ["c2c_b"]; group left g ["c2c_a"] for 1`)
	})
}

func TestLabelsAreCaughtUpWith(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := sortable(t, server, folder)
		c.CreateConversationGroup("old", `["c2c_a"]`, func(error, string) {})
		synctest.Wait()
		c.Close()
		server.set(func() { // another device
			old := server.groups[0]
			server.rev = 20
			server.groups = []wire.ConvGroup{{ID: old.ID, Name: "renamed"}, {ID: 15, Name: "new"}}
			for _, peer := range []string{"b", "c"} {
				server.of(peer).Rev, server.of(peer).Groups = 20, []uint64{15}
			}
			server.of("b").Marks = 2
		})
		c, game := newIn(t, server, folder)
		defer c.Close()
		time.Sleep(time.Second)
		var heard []string
		for _, l := range game.since() {
			if strings.HasPrefix(l, "group ") {
				heard = append(heard, l)
			}
		}
		require.Len(t, heard, 2)
		assert.Equal(t, "group renamed old renamed", heard[0])
		assert.Regexp(t, `^group created new \["c2c_[bc]","c2c_[bc]"\]$`, heard[1])
		assert.Equal(t, []string{"c [][new]", "b [2][new]", "a [][renamed]"}, shown(t, c, marksOf))
		fresh, other := newIn(t, server, t.TempDir())
		defer fresh.Close()
		assert.NotContains(t, strings.Join(other.since(), "; "), "group ", "to a new device they are no news")
		assert.Equal(t, []string{"c [][new]", "b [2][new]", "a [][renamed]"}, shown(t, fresh, marksOf))
	})
}

// A change of labels that comes late changes nothing, and keeps no other change away.
func TestLateLabelsAreLeft(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := sortable(t, server, folder)
		defer c.Close()
		label := func(rev, marks uint64) {
			server.link.event(wire.EventConversationsSorted, wire.LabelsChange{Rev: rev, Conversations: []wire.ConvLabels{{ConvType: 1, ConvID: "a", Marks: marks}}})
		}
		label(9, 1)
		label(8, 2)
		read := *server.of("a")
		read.Rev, read.ReadPos, read.Unread, read.Marks = 7, 1, 0, 4
		server.link.event(wire.EventConversation, read)
		synctest.Wait()
		for _, v := range infosIn(t, c.Conversations) {
			if v.ID == "a" {
				assert.Equal(t, []uint64{1}, v.Marks)
				assert.Zero(t, v.Unread, "what was read before is read")
			}
		}
		game.since()
	})
}

func TestSeveralConversationsGo(t *testing.T) {
	for _, messages := range []bool{false, true} {
		folder := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			server := newChatServer("ann")
			c, game := sortable(t, server, folder)
			defer c.Close()
			c.DeleteConversations(`["c2c_a","c2c_b"]`, messages, func(err error, _ string) { assert.NoError(t, err) })
			synctest.Wait()
			assert.Equal(t, []string{"delete a[- 0] b[- 0]", "total 1"}, game.since())
			c.History(1, "a", `{}`, game.short("history"))
			synctest.Wait()
			want := "history: 0 a:hi"
			if messages {
				want = "history: 0 "
			}
			assert.Equal(t, []string{want}, game.since())
			server.sends("a", "ann", "again")
			assert.Equal(t, []string{"new a:again", "add a[a:again 1]", "total 2"}, game.since())
			c.DeleteConversations(`[1]`, messages, func(err error, _ string) { assert.Contains(t, timerr.DescOf(err), "conversation_id_array") })
			synctest.Wait()
		})
	}
}

func TestUnreadCountsAreCleaned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := startChatting(t, server)
		defer c.Close()
		for _, tt := range []struct {
			name      string
			time, seq uint64
			cmd, body string
		}{
			{"c2c_bob", 0, 9, wire.CmdReportRead, `{"conv_type":1,"conv_id":"bob"}`},
			{"c2c_bob", 7, 0, wire.CmdReportRead, `{"conv_type":1,"conv_id":"bob","time":7}`},
			{"group_g", 7, 9, wire.CmdReportRead, `{"conv_type":2,"conv_id":"g","pos":9}`},
			{"c2c", 7, 0, wire.CmdReportAllRead, `{"conv_type":1,"time":7}`},
			{"group", 0, 0, wire.CmdReportAllRead, `{"conv_type":2}`},
			{"", 0, 0, wire.CmdReportAllRead, `{}`},
		} {
			var got wire.Request
			server.set(func() {
				server.fakeServer.answer = func(l *fakeLink, r wire.Request) { got = r }
			})
			c.CleanUnread(tt.name, tt.time, tt.seq, func(error, string) {})
			synctest.Wait()
			assert.Equal(t, tt.cmd, got.Cmd, tt.name)
			assert.JSONEq(t, tt.body, string(got.Body), tt.name)
		}
		for _, name := range []string{"bob", "c2cbob"} {
			c.CleanUnread(name, 0, 0, func(err error, _ string) { assert.Contains(t, timerr.DescOf(err), "conversation_id") })
		}
		c.CleanUnread("", 1<<50, 0, func(err error, _ string) { assert.Contains(t, timerr.DescOf(err), "clean_timestamp") })
		synctest.Wait()
	})
}
