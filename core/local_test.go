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

// answerOf calls, and waits for the answer.
func answerOf(t *testing.T, call func(Done)) (code timerr.Code, desc, text string) {
	t.Helper()
	answered := false
	call(func(err error, body string) {
		answered, code, desc, text = true, timerr.CodeOf(err), timerr.DescOf(err), body
	})
	synctest.Wait()
	require.True(t, answered)
	return code, desc, text
}

// textsOf is an answer with messages, in short.
func textsOf(t *testing.T, call func(Done)) string {
	t.Helper()
	code, desc, text := answerOf(t, call)
	require.Zero(t, code, desc)
	return textsIn(text)
}

func wholeHistory(c *Client, peer string) func(Done) {
	return func(done Done) { c.History(1, peer, `{"msg_getmsglist_param_count":100}`, done) }
}

// customs returns what is kept beside the messages of a list, newest first.
func customs(t *testing.T, list string) []string {
	t.Helper()
	var all []message
	require.NoError(t, json.Unmarshal([]byte(list), &all), list)
	data := []string{}
	for _, m := range all {
		data = append(data, fmt.Sprintf("%s %d %s", textIn(m), m.CustomInt, m.CustomStr))
	}
	return data
}

func TestLocalDataOutlivesWhatTheServerDoes(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startIn(t, server, folder)
		server.sends("bob", "ann", "1")
		says(c, game, "bob", "2", "ann-1-7")
		server.set(func() { server.deaf = true })
		says(c, game, "bob", "3", "ann-1-8")
		for i, id := range []string{"bob-1", "ann-1-7", "ann-1-8"} {
			code, desc, _ := answerOf(t, func(done Done) {
				c.SetLocalCustomData(fmt.Sprintf(`{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":%q,"message_custom_int":%d,"message_custom_str":"\u97f3"}`, id, i+1), done)
			})
			require.Zero(t, code, desc)
		}
		code, _, _ := answerOf(t, func(done Done) { c.SetLocalCustomData(`{"message_msg_id":"bob-1","message_custom_str":"heard"}`, done) })
		require.Zero(t, code, "the id is enough, and what is not given stays")
		server.set(func() { server.deaf = false })
		server.cuts() // the third is sent again, and comes back with a place of its own
		var changed wire.Message
		server.set(func() { changed = server.revokes("bob", 1) })
		server.link.event(wire.EventMessageChanged, changed)
		synctest.Wait()
		want := []string{"ann:3 3 音", "ann:2 2 音", "bob:revoked 1 heard"}
		_, _, list := answerOf(t, wholeHistory(c, "bob"))
		assert.Equal(t, want, customs(t, list))
		c.Close()

		c, _ = startIn(t, server, folder)
		defer c.Close()
		_, _, list = answerOf(t, wholeHistory(c, "bob"))
		assert.Equal(t, want, customs(t, list), "after a restart")
		_, _, list = answerOf(t, c.Conversations)
		assert.Contains(t, list, `"message_custom_int":3`, "the last message of the conversation is the same")
		code, desc, _ := answerOf(t, func(done Done) {
			c.SetLocalCustomData(`{"message_conv_id":"bob","message_conv_type":1,"message_msg_id":"no"}`, done)
		})
		assert.Equal(t, timerr.InvalidParameters, code)
		assert.Contains(t, desc, "json_msg_param")
	})
}

func TestMessagesAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		for i := range 5 {
			m := server.keeps("bob", "ann", fmt.Sprint(i+1))
			server.messages["bob"][i].Seq, server.messages["bob"][i].Rand = 100+m.Pos, 7
		}
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "6")
		server.sends("cid", "ann", "x")
		game.since()
		find := func(ids string) string { return textsOf(t, func(done Done) { c.FindMessages(ids, done) }) }
		assert.Equal(t, "cid:x, bob:6", find(`["cid-x","bob-1","no","bob-6"]`), "what this device has, as asked")
		assert.Empty(t, find(`[]`))

		locate := func(locators string) string {
			return textsOf(t, func(done Done) { c.FindByLocators(1, "bob", locators, done) })
		}
		server.looks()
		assert.Equal(t, "bob:4, bob:6, bob:1", locate(`[{"message_locator_unique_id":4},{"message_msg_id":"bob-6"},{"message_locator_unique_id":1},{"message_locator_unique_id":99}]`))
		assert.Equal(t, []string{"bob 1-1", "bob 4-4"}, server.looks(), "what is not here, the server is asked for")
		assert.Equal(t, "bob:4, bob:1", locate(`[{"message_locator_unique_id":4},{"message_locator_unique_id":1}]`))
		assert.Empty(t, server.looks(), "once")
		assert.Equal(t, "bob:4", locate(`[{"message_locator_seq":104,"message_locator_rand":7},{"message_locator_seq":104,"message_locator_rand":8},{}]`))
		assert.Equal(t, "bob:4, bob:1", textsOf(t, func(done Done) {
			c.History(1, "bob", `{"msg_getmsglist_param_message_seq_array":[104,999,101],"msg_getmsglist_param_count":1}`, done)
		}), "by their senders' numbers")
		code, desc, _ := answerOf(t, func(done Done) { c.FindByLocators(1, "bob", `[{"message_locator_seq":"x"}]`, done) })
		assert.Equal(t, timerr.InvalidParameters, code)
		assert.Contains(t, desc, "message_locator_seq")
	})
}

func TestMessagesThatTheGameHasMadeAreKeptHere(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startIn(t, server, folder)
		start := time.Now().Unix()
		for i := range 3 {
			server.sends("bob", "ann", fmt.Sprint(i))
			time.Sleep(10 * time.Second)
		}
		game.since()
		made := func(text, more string) string {
			return fmt.Sprintf(`{"message_elem_array":[{"elem_type":0,"text_elem_content":%q}]%s}`, text, more)
		}
		code, desc, saved := answerOf(t, func(done Done) { c.SaveMessage(1, "bob", made("saved", `,"message_sender":"bob"`), done) })
		require.Zero(t, code, desc)
		assert.Equal(t, "bob:saved(5)", textsIn("["+saved+"]"), "the answer has it")
		assert.Equal(t, []string{"update bob[bob:saved(5) 3]"}, game.since(), "and it is told to be the last")
		at := func(n int64) string { return fmt.Sprintf(`,"message_client_time":%d`, start+n) }
		list := "[" + strings.Join([]string{made("late", at(15)), made("later", at(16)), made("early", at(-5)), made("between", at(5)+`,"message_msg_id":"mine"`)}, ",") + "]"
		code, desc, imported := answerOf(t, func(done Done) { c.ImportMessages(1, "bob", list, done) })
		require.Zero(t, code, desc)
		assert.Equal(t, "ann:late(5), ann:later(5), ann:early(5), ann:between(5)", textsIn(imported), "in the order that was given")
		code, _, _ = answerOf(t, func(done Done) {
			c.ImportMessages(1, "bob", "["+made("again", at(5)+`,"message_msg_id":"mine"`)+","+made("15.5", at(15))+"]", done)
		})
		require.Zero(t, code)
		want := "bob:saved(5), bob:2, ann:later(5), ann:15.5(5), ann:late(5), bob:1, ann:between(5), bob:0, ann:early(5)"
		assert.Equal(t, want, textsOf(t, wholeHistory(c, "bob")), "each at its time, and none twice")
		server.sends("bob", "ann", "3")
		c.Close()

		c, _ = startIn(t, server, folder)
		defer c.Close()
		assert.Equal(t, "bob:3, "+want, textsOf(t, wholeHistory(c, "bob")))
		assert.Equal(t, "bob:3, "+want, textsOf(t, func(done Done) {
			c.History(1, "bob", `{"msg_getmsglist_param_count":100,"msg_getmsglist_param_is_ramble":true}`, done)
		}))
		code, _, _ = answerOf(t, func(done Done) { c.DeleteMessage(1, "bob", `{"msg_delete_param_msg":{"message_msg_id":"mine"}}`, done) })
		assert.Zero(t, code)
		assert.NotContains(t, textsOf(t, wholeHistory(c, "bob")), "between")
		assert.Len(t, server.messages["bob"], 4, "the server knows nothing of them")
	})
}

func TestMadeMessagesThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, game := startChatting(t, newChatServer("ann"))
		defer c.Close()
		const good = `{"message_elem_array":[{"elem_type":0,"text_elem_content":"x"}]`
		for name, tt := range map[string]struct{ list, desc string }{
			"one of several is bad":  {`[` + good + `},{"message_elem_array":[{"elem_type":6}]}]`, "json_msg_array[1]: message_elem_array[0].face_elem_index"},
			"a server's element":     {`[{"message_elem_array":[{"elem_type":5}]}]`, "elem_type is 5"},
			"a stranger's":           {`[` + good + `,"message_sender":"cid"}]`, "message_sender"},
			"a time before all time": {`[` + good + `,"message_client_time":-1}]`, "message_client_time"},
			"a number that is none":  {`[` + good + `,"message_custom_int":-1}]`, "message_custom_int"},
		} {
			code, desc, _ := answerOf(t, func(done Done) { c.ImportMessages(1, "bob", tt.list, done) })
			assert.Equal(t, timerr.InvalidParameters, code, name)
			assert.Contains(t, desc, tt.desc, name)
		}
		code, _, _ := answerOf(t, func(done Done) { c.SaveMessage(1, "b\u00f6b", good+"}", done) })
		assert.Equal(t, timerr.InvalidMsgReceiver, code)
		assert.Empty(t, game.since(), "nothing was kept")
	})
}

// A message on its way keeps its place when others are put before it.
func TestAnImportBesideAMessageOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		server.sends("bob", "ann", "1")
		server.set(func() { server.deaf = true })
		says(c, game, "bob", "2", "ann-1-7")
		code, desc, _ := answerOf(t, func(done Done) {
			c.ImportMessages(1, "bob", fmt.Sprintf(`[{"message_elem_array":[{"elem_type":0,"text_elem_content":"1.5"}],"message_server_time":%d}]`, time.Now().Unix()-1), done)
		})
		require.Zero(t, code, desc)
		time.Sleep(time.Second)
		server.set(func() { server.deaf = false })
		server.cuts()
		got := textsOf(t, wholeHistory(c, "bob"))
		assert.Equal(t, "ann:2, bob:1, ann:1.5(5)", got)
	})
}

func TestOneMessageToMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := startChatting(t, server)
		defer c.Close()
		const content = `"msg_batch_send_param_msg":{"message_elem_array":[{"elem_type":0,"text_elem_content":"hi"}]}`
		code, desc, text := answerOf(t, func(done Done) {
			c.BatchSend(`{"msg_batch_send_param_identifier_array":["bob","b\u00f6b","cid"],`+content+`}`, done)
		})
		require.Zero(t, code, desc)
		var results []batchResult
		require.NoError(t, json.Unmarshal([]byte(text), &results))
		require.Len(t, results, 3)
		for i, want := range []struct {
			user, text string
			code       timerr.Code
		}{{"bob", "ann:hi", 0}, {"b\u00f6b", "ann:hi(3)", timerr.InvalidMsgReceiver}, {"cid", "ann:hi", 0}} {
			assert.Equal(t, want.user, results[i].User)
			assert.Equal(t, want.code, results[i].Code)
			assert.Equal(t, want.text, textsIn("["+string(results[i].Message)+"]"))
		}
		assert.NotEqual(t, server.messages["bob"][0].MsgID, server.messages["cid"][0].MsgID)
		assert.Equal(t, "ann:hi", textsOf(t, wholeHistory(c, "cid")))
		for name, tt := range map[string]struct {
			param, desc string
			code        timerr.Code
		}{
			"to nobody":     {`{` + content + `}`, "msg_batch_send_param_identifier_array", timerr.InvalidParameters},
			"to one twice":  {`{"msg_batch_send_param_identifier_array":["bob","bob"],` + content + `}`, "msg_batch_send_param_identifier_array[1]", timerr.InvalidParameters},
			"of nothing":    {`{"msg_batch_send_param_identifier_array":["bob"]}`, "msg_batch_send_param_msg", timerr.InvalidParameters},
			"of bad things": {`{"msg_batch_send_param_identifier_array":["bob"],"msg_batch_send_param_msg":{"message_elem_array":[{"elem_type":0}]}}`, "msg_batch_send_param_msg: message_elem_array[0]", timerr.InvalidParameters},
		} {
			code, desc, _ := answerOf(t, func(done Done) { c.BatchSend(tt.param, done) })
			assert.Equal(t, tt.code, code, name)
			assert.Contains(t, desc, tt.desc, name)
		}
	})
}
