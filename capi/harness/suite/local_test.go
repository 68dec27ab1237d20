package suite

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a device keeps: searched, added to, and there after a crash.

// searched is the answer to TIMMsgSearchLocalMessages.
type searched struct {
	Total int `json:"msg_search_result_total_count"`
	Items []struct {
		ConvID   string        `json:"msg_search_result_item_conv_id"`
		Total    int           `json:"msg_search_result_item_total_message_count"`
		Messages []chatMessage `json:"msg_search_result_item_message_array"`
	} `json:"msg_search_result_item_array"`
}

// finds returns what a search for a word in all conversations finds, in short.
func (p *puppet) finds(word string) []string {
	p.t.Helper()
	answer := p.do("TIMMsgSearchLocalMessages", text(fmt.Sprintf(`{"msg_search_param_keyword_array":[%q]}`, word)))
	require.Zero(p.t, answer.Code, *answer.Desc)
	var result searched
	require.NoError(p.t, json.Unmarshal([]byte(*answer.JSON), &result))
	found := []string{}
	for _, item := range result.Items {
		line := fmt.Sprintf("%s %d", item.ConvID, item.Total)
		for _, m := range item.Messages {
			line += " " + m.text()
		}
		found = append(found, line)
	}
	return found
}

func TestWordsAreFoundAfterACrash(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann := s.chatter(t, "ann", "linux", t.TempDir())
	folder := t.TempDir()
	bob := s.chatter(t, "bob", "linux", folder)
	for _, words := range []string{"我们明天去公会打龙", "明日はギルド戦です", "gg \U0001f409", "See You"} {
		ann.writes("bob", words)
		bob.reads(words)
	}
	first := ann.writes("bob", "voice")
	bob.reads("voice")
	mark := fmt.Sprintf(`{"message_conv_id":"ann","message_conv_type":1,"message_msg_id":%q,"message_custom_int":7,"message_custom_str":"played \u2713"}`, first.ID)
	require.Zero(t, bob.do("TIMMsgSetLocalCustomData", text(mark)).Code)
	made := `{"message_elem_array":[{"elem_type":0,"text_elem_content":"%s"}],"message_server_time":%d}`
	require.Zero(t, bob.do("TIMMsgImportMsgList", text("cid"), number(1), text(`[`+fmt.Sprintf(made, "old dragon", 1000)+`]`)).Code)
	require.Zero(t, bob.do("TIMMsgSaveMsg", text("ann"), number(1), text(fmt.Sprintf(made, "note to myself", 0))).Code)
	recalled := ann.do("TIMMsgRevoke", text("bob"), number(1), text(fmt.Sprintf(`{"message_msg_id":%q}`, first.ID)))
	require.Zero(t, recalled.Code, *recalled.Desc)
	bob.eventWith(onRevoked, first.ID)
	bob.kill()

	direct := s.URL
	s.URL = "ws://127.0.0.1:1"
	bob = s.quiet(t, "linux", folder)
	s.URL = direct
	_, l := bob.call("TIMLogin", text("bob"), text(s.ticket("bob")))
	require.Zero(t, l.Result)
	for word, want := range map[string][]string{
		"龙": {"ann 1 我们明天去公会打龙"}, "ギルド": {"ann 1 明日はギルド戦です"}, "明": {"ann 2"}, "\U0001f409": {"ann 1 gg \U0001f409"},
		"see you": {"ann 1 See You"}, "DRAGON": {"cid 1 old dragon"}, "myself": {"ann 1 note to myself"}, "voice": {}, "nothing": {},
	} {
		assert.Equal(t, want, bob.finds(word), word)
	}
	assert.Equal(t, []string{"ann 4 note to myself", "cid 0 old dragon"}, bob.chats())
	answer := bob.do("TIMMsgFindMessages", text(fmt.Sprintf(`[%q,"no"]`, first.ID)))
	require.Zero(t, answer.Code)
	assert.Contains(t, *answer.JSON, `"message_custom_int":7,"message_custom_str":"played ✓"`, "what is kept beside a message stays, also when it is recalled")
	assert.Contains(t, *answer.JSON, `"message_status":6`)
	bad := bob.do("TIMMsgSearchLocalMessages", text(`{"msg_search_param_keyword_array":["x"],"msg_search_param_page_size":-1}`))
	assert.Equal(t, 6017, bad.Code)
	assert.Contains(t, *bad.Desc, "msg_search_param_page_size")
	bob.uninit()
}

func TestAMergerGoesFromGameToGame(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann, bob, cid := s.chatter(t, "ann", "linux", t.TempDir()), s.chatter(t, "bob", "linux", t.TempDir()), s.chatter(t, "cid", "linux", t.TempDir())
	for i := range 40 {
		words := fmt.Sprintf("%d %s", i, strings.Repeat("龙", 100))
		ann.writes("bob", words)
		bob.reads(words)
	}
	merger := func(title, list string) arg {
		return text(fmt.Sprintf(`{"message_elem_array":[{"elem_type":12,"merge_elem_title":%q,"merge_elem_abstract_array":["a","b"],"merge_elem_compatible_text":"old","merge_elem_message_array":%s}]}`, title, list))
	}
	download := func(p *puppet, of string) string {
		answer := p.do("TIMMsgDownloadMergerMessage", text(of))
		require.Zero(t, answer.Code, *answer.Desc)
		return *answer.JSON
	}
	history := *bob.do("TIMMsgGetMsgList", text("ann"), number(1), text(wholeHistory)).JSON
	sent := bob.do("TIMMsgSendMessage", text("cid"), number(1), merger("long", history), buffer)
	require.Zero(t, sent.Code, *sent.Desc)
	var got []string
	require.NoError(t, json.Unmarshal([]byte(cid.eventWith(onMessages, "merge_elem_title")), &got))
	var list []json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(got[0]), &list))
	assert.Less(t, len(list[0]), 4000, "the messages are not in it")
	texts := func(of string) (all []string) {
		var messages []chatMessage
		require.NoError(t, json.Unmarshal([]byte(of), &messages))
		for _, m := range messages {
			all = append(all, m.Sender+": "+m.text())
		}
		return all
	}
	assert.Equal(t, texts(history), texts(download(cid, string(list[0]))))

	sent = cid.do("TIMMsgSendMessage", text("ann"), number(1), merger("short", "["+string(list[0])+"]"), buffer)
	require.Zero(t, sent.Code, *sent.Desc)
	require.NoError(t, json.Unmarshal([]byte(ann.eventWith(onMessages, "merge_elem_title")), &got))
	require.NoError(t, json.Unmarshal([]byte(got[0]), &list))
	require.NoError(t, json.Unmarshal([]byte(download(ann, string(list[0]))), &list))
	assert.Equal(t, texts(history), texts(download(ann, string(list[0]))), "a merger in a merger")
	refused := ann.do("TIMMsgSendMessage", text("bob"), number(1), merger("none", "[]"), buffer)
	assert.Equal(t, 6017, refused.Code)
	assert.Contains(t, *refused.Desc, "message_elem_array[0].merge_elem_message_array")
}

func TestOneMessageGoesToMany(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann, bob, cid := s.chatter(t, "ann", "linux", t.TempDir()), s.chatter(t, "bob", "linux", t.TempDir()), s.chatter(t, "cid", "linux", t.TempDir())
	answer := ann.do("TIMMsgBatchSend", text(`{"msg_batch_send_param_identifier_array":["bob","nobody","cid"],
		"msg_batch_send_param_msg":{"message_elem_array":[{"elem_type":0,"text_elem_content":"all of you"}]}}`))
	require.Zero(t, answer.Code, *answer.Desc)
	var results []struct {
		User    string      `json:"msg_batch_send_result_identifier"`
		Code    int         `json:"msg_batch_send_result_code"`
		Desc    string      `json:"msg_batch_send_result_desc"`
		Message chatMessage `json:"msg_batch_send_result_msg"`
	}
	require.NoError(t, json.Unmarshal([]byte(*answer.JSON), &results))
	require.Len(t, results, 3)
	assert.Equal(t, []any{"bob", 0, "nobody", 20003, "cid", 0},
		[]any{results[0].User, results[0].Code, results[1].User, results[1].Code, results[2].User, results[2].Code})
	assert.Contains(t, results[1].Desc, "nobody")
	assert.Equal(t, results[0].Message.ID, bob.reads("all of you").ID)
	assert.Equal(t, results[2].Message.ID, cid.reads("all of you").ID)
}

// How long a search takes among many messages, from the call to its callback. It fails when
// something is missing; the time is printed.
func TestSearchAmongManyMessages(t *testing.T) {
	t.Parallel()
	many := 5_000
	if os.Getenv("BANTER_LONG") != "" {
		many = 100_000
	}
	s := startServer(t)
	ann := s.chatter(t, "ann", "linux", t.TempDir())
	const each = 1000
	for from := 0; from < many; from += each {
		var list []string
		for i := from; i < from+each; i++ {
			list = append(list, fmt.Sprintf(`{"message_elem_array":[{"elem_type":0,"text_elem_content":"%d 我们明天去公会 and so on, as players write"}],"message_server_time":%d}`, i, 1_700_000_000+i))
		}
		answer := ann.do("TIMMsgImportMsgList", text(fmt.Sprint("user", from/each%20)), number(1), text("["+strings.Join(list, ",")+"]"))
		require.Zero(t, answer.Code, *answer.Desc)
	}
	ann.writes("ann", "里有龙")
	for _, word := range []string{"龙", "有龙", "公会", "SO ON", "nowhere"} {
		start := time.Now()
		found := ann.finds(word)
		t.Logf("%q among %d messages: %s", word, many, time.Since(start))
		switch word {
		case "龙", "有龙":
			assert.Equal(t, []string{"ann 1 里有龙"}, found)
		case "nowhere":
			assert.Empty(t, found)
		default:
			assert.Len(t, found, min(20, many/each))
		}
	}
}
