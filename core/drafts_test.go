package core

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func TestADraftIsOnTopUntilItIsCancelled(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := sortable(t, server, folder)
		key := func(v convInfo) any { return v.HasDraft }
		before := infosIn(t, c.Conversations)
		c.SetDraft(1, "a", `{"draft_msg":{"message_elem_array":[]},"draft_user_define":"u"}`, func(error, string) {})
		synctest.Wait()
		assert.Equal(t, []string{"update a[a:hi 1]"}, game.since())
		assert.Equal(t, []string{"a true", "c false", "b false"}, shown(t, c, key))
		c.SetDraft(1, "nobody", `{"draft_user_define":"u"}`, func(error, string) {})
		synctest.Wait()
		assert.Equal(t, []string{"add nobody[- 0]"}, game.since())
		c.Close()
		server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse) })
		c, game = startIn(t, server, folder)
		defer c.Close()
		assert.Equal(t, []string{"nobody true", "a true", "c false", "b false"}, shown(t, c, key), "after a restart")
		list := infosIn(t, c.Conversations)
		assert.JSONEq(t, `{"message_elem_array":[]}`, string(list[1].Draft.Message))
		assert.Equal(t, "u", list[1].Draft.UserDefine)
		assert.NotZero(t, list[1].Draft.EditTime)

		c.CancelDraft(1, "a", func(error, string) {})
		c.CancelDraft(1, "nobody", func(error, string) {})
		c.CancelDraft(1, "c", func(error, string) {})
		synctest.Wait()
		assert.Equal(t, []string{"update a[a:hi 1]", "delete nobody[- 0]"}, game.since())
		assert.Equal(t, before, infosIn(t, c.Conversations), "in the order of the last messages")
		for text, field := range map[string]string{`{"draft_msg":7}`: "draft_msg", `{"draft_user_define":7}`: "draft_user_define"} {
			c.SetDraft(1, "a", text, func(err error, _ string) { assert.Contains(t, timerr.DescOf(err), field) })
		}
		c.SetDraft(2, "g", `{"draft_user_define":"u"}`, func(err error, _ string) { assert.EqualValues(t, 10010, timerr.CodeOf(err)) })
		synctest.Wait()
	})
}

func TestAConversationIsCreatedAndGoes(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		server.nicks = map[string]string{"dan": "Dan"}
		c, game := sortable(t, server, folder)
		defer c.Close()
		name := func(v convInfo) any { return v.ShowName }
		c.CreateConversation(1, "dan", func(err error, text string) {
			assert.NoError(t, err)
			assert.Contains(t, text, `"conv_id":"dan"`)
		})
		synctest.Wait()
		assert.Equal(t, []string{"add dan[- 0]", "update dan[- 0]"}, game.since(), "the server knows the name")
		assert.Equal(t, []string{"dan Dan", "c c", "b b", "a a"}, shown(t, c, name))
		c.CreateConversation(1, "a", func(err error, _ string) { assert.NoError(t, err) })
		c.CreateConversation(1, "", func(err error, _ string) { assert.Contains(t, timerr.DescOf(err), "conv_id") })
		c.CreateConversation(7, "x", func(err error, _ string) { assert.Contains(t, timerr.DescOf(err), "conv_type") })
		synctest.Wait()
		assert.Empty(t, game.since())
		c.DeleteConversation(1, "dan", func(err error, _ string) { assert.NoError(t, err) })
		synctest.Wait()
		assert.Equal(t, []string{"delete dan[- 0]"}, game.since())
	})
}

func TestTheOthersNameStaysWhenOneAnswers(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := sortable(t, server, folder)
		m := wire.Message{ConvType: 1, ConvID: "ann", Sender: "b", MsgID: "b-2", SenderProfile: &wire.SenderProfile{User: "b", Nick: "Bob", FaceURL: "f"}}
		server.set(func() { m = server.keep(m) })
		server.link.event(wire.EventMessage, m)
		says(c, game, "b", "hello", "ann-1-1")
		name := func(v convInfo) any { return v.ShowName + v.FaceURL }
		assert.Equal(t, []string{"b Bobf", "c c", "a a"}, shown(t, c, name))
		c.Close()
		server.set(func() { server.down = timerr.New(timerr.SDKNetConnRefuse) })
		c, _ = startIn(t, server, folder)
		defer c.Close()
		assert.Equal(t, []string{"b Bobf", "c c", "a a"}, shown(t, c, name))
	})
}

// Pinned ones come first by their key, too, for games that sort by it.
func TestTheOrderKeyIsTheOrder(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := sortable(t, server, folder)
		defer c.Close()
		c.PinConversation(1, "a", true, func(error, string) {})
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		for _, millis := range []int64{300, 200} { // of one second
			m := wire.Message{ConvType: 1, ConvID: "ann", Sender: map[int64]string{300: "b", 200: "c"}[millis], MsgID: "x", ServerMillis: millis}
			server.set(func() { m = server.keep(m) })
			server.link.event(wire.EventMessage, m)
		}
		synctest.Wait()
		list := infosIn(t, c.Conversations)
		require.Len(t, list, 3)
		assert.Equal(t, []string{"a", "b", "c"}, []string{list[0].ID, list[1].ID, list[2].ID})
		assert.Greater(t, list[0].ActiveTime, list[1].ActiveTime)
		assert.Greater(t, list[1].ActiveTime, list[2].ActiveTime)
		assert.Less(t, list[0].ActiveTime, int64(1)<<53, "a double holds it")
	})
}
