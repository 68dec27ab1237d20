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

// mergerOf is a message with one merger of the messages of a list, as a game has them.
func mergerOf(list, more string) string {
	return fmt.Sprintf(`{"message_elem_array":[{"elem_type":12,"merge_elem_title":"t","merge_elem_abstract_array":["a"],"merge_elem_compatible_text":"c","merge_elem_message_array":%s%s}]}`, list, more)
}

// mergers are what a chatServer keeps of them, by key.
func keepsMergers(s *chatServer) map[string]json.RawMessage {
	kept := map[string]json.RawMessage{}
	s.fakeServer.answer = func(l *fakeLink, r wire.Request) {
		switch r.Cmd {
		case wire.CmdUploadMerger:
			key := fmt.Sprint("key", len(kept))
			kept[key] = r.Body
			l.answer(r, wire.MergerKey{Key: key})
		case wire.CmdDownloadMerger:
			var asked wire.MergerKey
			_ = json.Unmarshal(r.Body, &asked)
			l.answer(r, kept[asked.Key])
		default:
			s.answer(l, r)
		}
	}
	return kept
}

func sendsMerger(t *testing.T, c *Client, text string) message {
	t.Helper()
	code, desc, sent := answerOf(t, func(done Done) { c.SendMessage(1, "bob", text, "", done) })
	require.Zero(t, code, desc)
	m, err := parseMessage(sent)
	require.NoError(t, err)
	return m
}

// historyOf is what a game has of a conversation, as JSON: with every key.
func historyOf(t *testing.T, c *Client, peer string) string {
	t.Helper()
	_, _, list := answerOf(t, wholeHistory(c, peer))
	return list
}

func TestAShortMergerStandsInItsMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		kept := keepsMergers(server)
		c, _ := startChatting(t, server)
		defer c.Close()
		server.sends("cid", "ann", "one \U0001f409")
		server.sends("cid", "ann", "two")
		sent := sendsMerger(t, c, mergerOf(historyOf(t, c, "cid"), ""))
		assert.Empty(t, kept)
		assert.NotContains(t, string(server.messages["bob"][0].Elements[0]), "message_is_read", "what is about who merges is left out")
		code, desc, list := answerOf(t, func(done Done) { c.DownloadMerger(textOf(sent), done) })
		require.Zero(t, code, desc)
		assert.Equal(t, "cid:two, cid:one \U0001f409", textsIn(list))
		assert.Contains(t, list, `"message_is_read":true`, "with every key")
	})
}

func TestALongMergerIsUploaded(t *testing.T) {
	for name, text := range map[string]string{"by its words": strings.Repeat("龙", 500), "by its messages": "x"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newChatServer("ann")
				kept := keepsMergers(server)
				c, _ := startChatting(t, server)
				defer c.Close()
				for i := range 60 {
					server.sends("cid", "ann", fmt.Sprint(text, i))
				}
				sent := sendsMerger(t, c, mergerOf(historyOf(t, c, "cid"), ""))
				require.Len(t, kept, 1)
				assert.Less(t, len(server.messages["bob"][0].Elements[0]), 500)
				assert.Contains(t, string(sent.Elements[0]), `"merge_elem_relay_json_key":"key0"`)
				_, _, list := answerOf(t, func(done Done) { c.DownloadMerger(textOf(sent), done) })
				assert.Equal(t, textsIn(historyOf(t, c, "cid")), textsIn(list))

				again := sendsMerger(t, c, textOf(sent))
				assert.Len(t, kept, 1, "what has a key is not uploaded again")
				nested := sendsMerger(t, c, mergerOf("["+textOf(again)+"]", ""))
				_, _, list = answerOf(t, func(done Done) { c.DownloadMerger(textOf(nested), done) })
				var inside []json.RawMessage
				require.NoError(t, json.Unmarshal([]byte(list), &inside))
				_, _, list = answerOf(t, func(done Done) { c.DownloadMerger(string(inside[0]), done) })
				assert.Equal(t, textsIn(historyOf(t, c, "cid")), textsIn(list), "a merger in a merger")
			})
		})
	}
}

// What follows a long merger in its conversation need not wait for it, and a failed upload
// fails the message, which can be sent again.
func TestAnUploadThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		uploads, refuse := 0, true
		server.fakeServer.answer = func(l *fakeLink, r wire.Request) {
			switch {
			case r.Cmd != wire.CmdUploadMerger:
				server.answer(l, r)
			case refuse:
				uploads++
				l.refuse(r, timerr.SvrMsgInternalError1)
			default:
				uploads++
				l.answer(r, wire.MergerKey{Key: "key"})
			}
		}
		c, game := startChatting(t, server)
		defer c.Close()
		long := mergerOf(`[{"message_elem_array":[{"elem_type":0,"text_elem_content":"`+strings.Repeat("x", 13<<10)+`"}]}]`, "")
		code, _, failed := answerOf(t, func(done Done) { c.SendMessage(1, "bob", long, "ann-1-7", done) })
		assert.Equal(t, timerr.SvrMsgInternalError1, code)
		assert.Contains(t, failed, `"message_status":3`)
		says(c, game, "bob", "meanwhile", "")
		server.set(func() { refuse = false })
		code, desc, _ := answerOf(t, func(done Done) { c.SendMessage(1, "bob", failed, "ann-1-8", done) })
		require.Zero(t, code, desc)
		assert.Equal(t, 2, uploads)
		assert.Equal(t, "ann-1-7", server.messages["bob"][1].MsgID, "it is the same message")
		time.Sleep(time.Minute)
		assert.Equal(t, "ann:, ann:meanwhile", textsOf(t, wholeHistory(c, "bob")))
	})
}

func TestMergersThatAreRefusedHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := startChatting(t, server)
		defer c.Close()
		const good = `[{"message_elem_array":[{"elem_type":0,"text_elem_content":"x"}]}]`
		deep := `{"elem_type":0,"text_elem_content":"x"}`
		for range 101 {
			deep = `{"elem_type":12,"merge_elem_title":"t","merge_elem_compatible_text":"c","merge_elem_message_array":[{"message_elem_array":[` + deep + `]}]}`
		}
		for name, tt := range map[string]struct {
			message string
			code    timerr.Code
			desc    string
		}{
			"of nothing":             {mergerOf("[]", ""), timerr.InvalidParameters, "message_elem_array[0].merge_elem_message_array"},
			"of more than 300":       {mergerOf("["+strings.Repeat(good[1:len(good)-1]+",", 300)+good[1:], ""), timerr.InvalidParameters, "has 301 messages"},
			"of what failed":         {mergerOf(`[{"message_status":3,"message_elem_array":[{"elem_type":6,"face_elem_index":1}]}]`, ""), timerr.InvalidParameters, "message_status is 3"},
			"in too many layers":     {`{"message_elem_array":[` + deep + `]}`, timerr.MergerMsgLayersOverLimit, "100"},
			"with too long a title":  {strings.Replace(mergerOf(good, ""), `"t"`, `"`+strings.Repeat("t", 13<<10)+`"`, 1), timerr.SDKMsgBodySizeLimit, "bytes"},
			"with a bad inner field": {mergerOf(`[{"message_seq":"x","message_elem_array":[{"elem_type":6,"face_elem_index":1}]}]`, ""), timerr.InvalidParameters, "message_seq"},
		} {
			code, desc, _ := answerOf(t, func(done Done) { c.SendMessage(1, "bob", tt.message, "", done) })
			assert.Equal(t, tt.code, code, name)
			assert.Contains(t, desc, tt.desc, name)
		}
		for name, tt := range map[string]struct {
			message string
			code    timerr.Code
		}{
			"a text":                {`{"message_elem_array":[{"elem_type":0,"text_elem_content":"x"}]}`, timerr.InvalidParameters},
			"a merger of nothing":   {mergerOf("[]", ""), timerr.InvalidParameters},
			"one that is too deep":  {mergerOf("[]", `,"merge_elem_layer_over_limit":true`), timerr.MergerMsgLayersOverLimit},
			"one with no messages":  {mergerOf(`[7]`, ""), timerr.InvalidParameters},
			"a message of nothing":  {`{"message_msg_id":"x"}`, timerr.InvalidParameters},
			"elements that are bad": {`{"message_elem_array":[7]}`, timerr.InvalidParameters},
		} {
			code, _, _ := answerOf(t, func(done Done) { c.DownloadMerger(tt.message, done) })
			assert.Equal(t, tt.code, code, name)
		}
		assert.Empty(t, server.messages)
	})
}
