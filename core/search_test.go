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

// found is the answer to a search in short: how many, and of each conversation how many and
// which.
func found(t *testing.T, c *Client, param string) string {
	t.Helper()
	code, desc, text := answerOf(t, func(done Done) { c.SearchMessages(param, done) })
	require.Zero(t, code, desc)
	var result searchResult
	require.NoError(t, json.Unmarshal([]byte(text), &result))
	items := []string{}
	for _, i := range result.Items {
		var list []string
		for _, m := range i.Messages {
			list = append(list, textIn(m))
		}
		items = append(items, fmt.Sprintf("%s %d [%s]", i.ConvID, i.Total, strings.Join(list, ", ")))
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", result.Total, strings.Join(items, " ")))
}

func words(list ...string) string {
	text, _ := json.Marshal(list)
	return `"msg_search_param_keyword_array":` + string(text)
}

const inBob = `,"msg_search_param_conv_id":"bob","msg_search_param_conv_type":1`

func TestWordsOfAllLanguagesAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := startChatting(t, server)
		defer c.Close()
		for _, text := range []string{"我们明天去公会打龙", "明日はギルド戦です", "Ｈｅｌｌｏ WORLD", "ÉCOLE 100%_done", "gg \U0001f409\u2764\ufe0f", "ПРИВЕТ", `a "quote" \ <b>&`} {
			server.sends("bob", "ann", text)
		}
		for word, want := range map[string]string{
			"龙": "我们明天去公会打龙", "公会": "我们明天去公会打龙", "公会打": "我们明天去公会打龙", "ギルド": "明日はギルド戦です", "は": "明日はギルド戦です",
			"hello": "Ｈｅｌｌｏ WORLD", "ｗｏｒ": "Ｈｅｌｌｏ WORLD", "école": "ÉCOLE 100%_done", "0%_": "ÉCOLE 100%_done",
			"\U0001f409": "gg \U0001f409\u2764\ufe0f", "\u2764": "gg \U0001f409\u2764\ufe0f", "привет": "ПРИВЕТ",
			`"quote" \ <B>&`: `a "quote" \ <b>&`,
		} {
			assert.Equal(t, "1 bob 1 [bob:"+want+"]", found(t, c, "{"+words(word)+"}"), word)
		}
		assert.Equal(t, "1 bob 2 []", found(t, c, "{"+words("明")+"}"), "several of one conversation are only counted")
		assert.Equal(t, "2 bob 2 [bob:明日はギルド戦です, bob:我们明天去公会打龙]", found(t, c, "{"+words("明")+inBob+"}"), "but in their conversation")
		assert.Equal(t, "0", found(t, c, "{"+words("nowhere")+"}"))
		assert.Equal(t, "0", found(t, c, "{"+words("bob")+inBob+"}"), "keys and ids are no text")
	})
}

// fillForSearch makes conversations with several things to be found, and returns when it began.
func fillForSearch(server *chatServer, c *Client, game *fakeGame) (start int64) {
	start = time.Now().Unix()
	for i := range 6 {
		server.sends("bob", "ann", fmt.Sprint("red ", i))
		time.Sleep(10 * time.Second)
	}
	says(c, game, "bob", "red and blue", "")
	time.Sleep(time.Second)
	server.sends("cid", "ann", "blue")
	time.Sleep(time.Second)
	server.sends("dan", "ann", "red")
	server.sends("dan", "ann", "red 2")
	send := func(element string) {
		c.SendMessage(1, "bob", `{"message_elem_array":[`+element+`]}`, "", game.short("sent"))
		synctest.Wait()
	}
	send(`{"elem_type":3,"custom_elem_data":"green","custom_elem_desc":"yellow"}`)
	send(`{"elem_type":6,"face_elem_index":1,"face_elem_buf":"yellow"}`)
	send(`{"elem_type":7,"location_elem_desc":"yellow tower","location_elem_longitude":1,"location_elem_latitude":1}`)
	return start
}

func TestASearchIsNarrowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, game := startChatting(t, server)
		defer c.Close()
		start := fillForSearch(server, c, game)
		for name, tt := range map[string]struct{ param, want string }{
			"any keyword":                      {words("blue", "4"), "2 cid 1 [cid:blue] bob 2 []"},
			"all keywords":                     {words("blue", "red") + `,"msg_search_param_keyword_list_match_type":1`, "1 bob 1 [ann:red and blue]"},
			"all keywords nowhere":             {words("blue", "5") + `,"msg_search_param_keyword_list_match_type":1`, "0"},
			"the newest conversation first":    {words("red"), "2 dan 2 [] bob 7 []"},
			"a page of conversations":          {words("red") + `,"msg_search_param_page_index":1,"msg_search_param_page_size":1`, "2 bob 7 []"},
			"a page that there is none of":     {words("red") + `,"msg_search_param_page_index":7,"msg_search_param_page_size":1`, "2"},
			"a page of messages":               {words("red ") + inBob + `,"msg_search_param_page_index":1,"msg_search_param_page_size":3`, "7 bob 7 [bob:red 3, bob:red 2, bob:red 1]"},
			"the last page":                    {words("red ") + inBob + `,"msg_search_param_page_index":2,"msg_search_param_page_size":3`, "7 bob 7 [bob:red 0]"},
			"by sender":                        {words("red") + `,"msg_search_param_send_identifier_array":["ann"]`, "1 bob 1 [ann:red and blue]"},
			"by sender alone":                  {`"msg_search_param_send_identifier_array":["cid","x"]`, "1 cid 1 [cid:blue]"},
			"by type":                          {words("yellow") + `,"msg_search_param_message_type_array":[7]`, "1 bob 1 [ann:]"},
			"by type alone":                    {`"msg_search_param_message_type_array":[3,7]`, "1 bob 2 []"},
			"what a custom element says":       {words("yellow"), "1 bob 2 []"},
			"but not its data":                 {words("green"), "0"},
			"a face, when it is asked for":     {`"msg_search_param_message_type_array":[6]`, "1 bob 1 [ann:]"},
			"until a time":                     {words("red") + fmt.Sprintf(`,"msg_search_param_search_time_position":%d`, start+10), "1 bob 2 []"},
			"in a time":                        {words("red") + fmt.Sprintf(`,"msg_search_param_search_time_position":%d,"msg_search_param_search_time_period":10`, start+20), "1 bob 2 []"},
			"back from now":                    {words("red") + inBob + `,"msg_search_param_search_time_period":15`, "2 bob 2 [ann:red and blue, bob:red 5]"},
			"a conversation that is not there": {words("red") + `,"msg_search_param_conv_id":"eve","msg_search_param_conv_type":1`, "0"},
		} {
			assert.Equal(t, tt.want, found(t, c, "{"+tt.param+"}"), name)
		}
		server.set(func() { server.revokes("dan", 1) })
		server.cuts()
		code, _, _ := answerOf(t, func(done Done) {
			c.DeleteMessage(1, "bob", `{"msg_delete_param_msg":{"message_msg_id":"bob-red 1"}}`, done)
		})
		require.Zero(t, code)
		assert.Equal(t, "2 dan 1 [dan:red 2] bob 6 []", found(t, c, "{"+words("red")+"}"), "what was recalled or deleted is gone")
	})
}

func TestABadSearchNamesItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := startChatting(t, newChatServer("ann"))
		defer c.Close()
		for param, key := range map[string]string{
			`{}`:                        "msg_search_param_keyword_array",
			"{" + words("") + "}":       "msg_search_param_keyword_array",
			"{" + words("\ufe0f") + "}": "msg_search_param_keyword_array",
			"{" + words("1", "2", "3", "4", "5", "6") + "}":                     "msg_search_param_keyword_array",
			`{"msg_search_param_keyword_array":"x"}`:                            "msg_search_param_keyword_array",
			"{" + words("x") + `,"msg_search_param_keyword_list_match_type":2}`: "msg_search_param_keyword_list_match_type",
			"{" + words("x") + `,"msg_search_param_message_type_array":[13]}`:   "msg_search_param_message_type_array",
			"{" + words("x") + `,"msg_search_param_conv_type":3}`:               "msg_search_param_conv_type",
			"{" + words("x") + `,"msg_search_param_conv_type":1}`:               "msg_search_param_conv_id",
			"{" + words("x") + `,"msg_search_param_conv_id":"bob"}`:             "msg_search_param_conv_type",
			"{" + words("x") + `,"msg_search_param_search_time_position":-1}`:   "msg_search_param_search_time_position",
			"{" + words("x") + `,"msg_search_param_search_time_period":-1}`:     "msg_search_param_search_time_period",
			"{" + words("x") + `,"msg_search_param_page_index":-1}`:             "msg_search_param_page_index",
			"{" + words("x") + `,"msg_search_param_page_size":-1}`:              "msg_search_param_page_size",
		} {
			code, desc, _ := answerOf(t, func(done Done) { c.SearchMessages(param, done) })
			assert.Equal(t, timerr.InvalidParameters, code, param)
			assert.Contains(t, desc, key, param)
		}
	})
}

// A long history is looked through in parts, and nothing of it is missed.
func TestALongHistoryIsSearchedInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newChatServer("ann")
		c, _ := startChatting(t, server)
		defer c.Close()
		const many = 2*searchAtOnce + 10
		var all []kept
		for i := range many {
			text := "straw"
			if i%searchAtOnce == searchAtOnce-1 || i%searchAtOnce == 0 {
				text = "needle"
			}
			element := json.RawMessage(fmt.Sprintf(`{"elem_type":0,"text_elem_content":"%s%d"}`, text, i))
			all = append(all, fromServer(wire.Message{ConvType: 1, ConvID: "ann", Sender: "bob", MsgID: fmt.Sprint(i), Pos: uint64(i + 1),
				Elements: []json.RawMessage{element}}, "ann"))
		}
		m := c.messenger
		m.enqueue(func() { m.accept(m.begin(convKey{1, "bob"}), all, many) })
		synctest.Wait()
		var order []string
		c.SearchMessages("{"+words("needle")+inBob+"}", func(_ error, text string) {
			var result searchResult
			_ = json.Unmarshal([]byte(text), &result)
			for _, one := range result.Items[0].Messages {
				order = append(order, strings.TrimPrefix(textIn(one), "bob:needle"))
			}
		})
		synctest.Wait()
		assert.Equal(t, []string{fmt.Sprint(2 * searchAtOnce), fmt.Sprint(2*searchAtOnce - 1), fmt.Sprint(searchAtOnce), fmt.Sprint(searchAtOnce - 1), "0"}, order)
	})
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"Ｈｅｌｌｏ", "\u2764\ufe0f", "İ", "\xff", "ǅ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := fold(text)
		require.Equal(t, once, fold(once), "what is folded stays as it is")
	})
}
