package suite

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Messages that say something else later, and receipts for single ones.

const onModified = "TIMSetMsgUpdateCallback"

// editable is a message as a game has it, to hand it back.
type editable map[string]any

func (m editable) id() string { return m["message_msg_id"].(string) }

// saying is the message with another text.
func (m editable) saying(words string) arg {
	changed := editable{}
	for key, value := range m {
		changed[key] = value
	}
	changed["message_elem_array"] = []any{map[string]any{"elem_type": 0, "text_elem_content": words}}
	return text(jsonOf(changed))
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// newest returns the newest message of a conversation as the game has it.
func (p *puppet) newest(with string) editable {
	p.t.Helper()
	answer := p.do("TIMMsgGetMsgList", text(with), number(1), text(`{"msg_getmsglist_param_count":1,"msg_getmsglist_param_is_ramble":true}`))
	require.Zero(p.t, answer.Code, *answer.Desc)
	return p.decoded(*answer.JSON)[0]
}

func (p *puppet) decoded(list string) (messages []editable) {
	p.t.Helper()
	require.NoError(p.t, json.Unmarshal([]byte(list), &messages), list)
	return messages
}

// wantsReceipt sends a text that asks for a receipt.
func (p *puppet) wantsReceipt(to, words string) editable {
	p.t.Helper()
	id, l := p.call("TIMMsgSendMessage", text(to), number(1),
		text(fmt.Sprintf(`{"message_elem_array":[{"elem_type":0,"text_elem_content":%q}],"message_need_read_receipt":true}`, words)), buffer)
	require.Zero(p.t, l.Result)
	answer := p.answer(id)
	require.Zero(p.t, answer.Code, *answer.Desc)
	return p.decoded("[" + *answer.JSON + "]")[0]
}

// modified waits for the event with a text, and checks that it comes once.
func (p *puppet) modified(words string) {
	p.t.Helper()
	assert.Equal(p.t, words, messagesIn(p.t, p.eventWith(onModified, words))[0].text())
}

func TestPlayersModifyMessages(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--login-policy", "multi")
	ann := s.editor(t, "ann", "linux", t.TempDir())
	annToo := s.editor(t, "ann", "android", t.TempDir())
	bob := s.editor(t, "bob", "linux", t.TempDir())
	ann.writes("bob", "helo")
	bob.reads("helo")
	annToo.reads("helo")

	anns, bobs := ann.newest("bob"), bob.newest("ann")
	answer := bob.do("TIMMsgModifyMessage", bobs.saying("hello"))
	require.Zero(t, answer.Code, *answer.Desc)
	for _, p := range []*puppet{ann, annToo, bob} {
		p.modified("hello")
	}
	newest := bob.decoded("[" + *answer.JSON + "]")[0]
	for _, key := range []string{"message_msg_id", "message_seq", "message_rand", "message_server_time", "message_sender", "message_unique_id"} {
		assert.Equal(t, bobs[key], newest[key], key)
	}
	assert.Equal(t, []string{"ann 1 hello"}, bob.chats(), "the last message says it too")
	assert.Equal(t, []string{"bob 0 hello"}, annToo.chats())

	// ann's copy is outdated: she is told, and hers is not lost silently.
	answer = ann.do("TIMMsgModifyMessage", anns.saying("hallo"))
	assert.Equal(t, 8006, answer.Code)
	newest = ann.decoded("[" + *answer.JSON + "]")[0]
	assert.Contains(t, jsonOf(newest), `"text_elem_content":"hello"`)
	answer = ann.do("TIMMsgModifyMessage", newest.saying("hallo"))
	assert.Zero(t, answer.Code, *answer.Desc)
	for _, p := range []*puppet{ann, annToo, bob} {
		p.modified("hallo")
	}

	for _, p := range []*puppet{ann, annToo, bob} {
		assert.False(t, p.heard(onModified), "nothing was told twice")
	}
}

// What a device was away for, it is told when it is back: once, as it is by then.
func TestModificationsThatWereMissed(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--login-policy", "multi")
	ann := s.editor(t, "ann", "linux", t.TempDir())
	folder := t.TempDir()
	bob := s.editor(t, "bob", "linux", folder)
	ann.writes("bob", "hello")
	bob.reads("hello")
	bob.kill()
	for _, words := range []string{"bonjour", "ciao"} {
		answer := ann.do("TIMMsgModifyMessage", ann.newest("bob").saying(words))
		require.Zero(t, answer.Code, *answer.Desc)
		ann.modified(words)
	}
	bob = s.editor(t, "bob", "linux", folder)
	bob.modified("ciao")
	assert.Equal(t, []string{"ann 1 ciao"}, bob.chats())
	assert.Equal(t, []string{"ciao"}, bob.history("ann", onlyHere))
	assert.False(t, bob.heard(onModified), "nothing was told twice")
	fresh := s.editor(t, "bob", "android", t.TempDir())
	assert.Equal(t, []string{"ciao"}, fresh.history("ann", wholeHistory))
	assert.False(t, fresh.heard(onModified), "a new device gets no replay")
}

// editor is a device that also listens to modifications.
func (s *server) editor(t *testing.T, user, platform, folder string) *puppet {
	t.Helper()
	p := s.quiet(t, platform, folder)
	p.listen(onModified)
	p.login(user, s.ticket(user), 0)
	p.caughtUp()
	return p
}

func TestModificationsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann, bob := s.editor(t, "ann", "linux", t.TempDir()), s.editor(t, "bob", "linux", t.TempDir())
	ann.writes("bob", "hi")
	bob.reads("hi")
	m := bob.newest("ann")
	file := strings.Replace(jsonOf(m), `"message_elem_array":[`, `"message_elem_array":[{"elem_type":4,"file_elem_url":"https://x/1"},`, 1)
	for name, tt := range map[string]struct {
		object arg
		code   int
		desc   string
	}{
		"too long":       {m.saying(strings.Repeat("x", 12<<10+1)), 8001, "12289"},
		"no element":     {text(fmt.Sprintf(`{"message_conv_id":"ann","message_conv_type":1,"message_msg_id":%q}`, m.id())), 6017, "message_elem_array"},
		"a file":         {text(file), 6017, "message_elem_array[0]"},
		"another's talk": {text(`{"message_conv_id":"cid","message_conv_type":1,"message_msg_id":"x"}`), 6017, "json_msg_param"},
	} {
		answer := bob.do("TIMMsgModifyMessage", tt.object)
		assert.Equal(t, tt.code, answer.Code, name)
		assert.Contains(t, *answer.Desc, tt.desc, name)
	}
	recalled := ann.do("TIMMsgRevoke", text("bob"), number(1), text(fmt.Sprintf(`{"message_msg_id":%q}`, m.id())))
	require.Zero(t, recalled.Code, *recalled.Desc)
	bob.eventWith(onRevoked, m.id())
	answer := bob.do("TIMMsgModifyMessage", m.saying("x"))
	assert.Equal(t, 6017, answer.Code)
	assert.Contains(t, *answer.Desc, "recalled")
	assert.False(t, bob.heard(onModified))
	assert.False(t, ann.heard(onModified))
}

func TestReceiptsForMessages(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--login-policy", "multi")
	folder := t.TempDir()
	ann := s.chatter(t, "ann", "linux", folder)
	bob, bobToo := s.chatter(t, "bob", "linux", t.TempDir()), s.chatter(t, "bob", "android", t.TempDir())
	ann.writes("bob", "never mind")
	first, second := ann.wantsReceipt("bob", "first"), ann.wantsReceipt("bob", "second")
	bob.reads("second")
	bobToo.reads("second")
	answer := bob.do("TIMMsgGetMsgList", text("ann"), number(1), text(onlyHere))
	all := bob.decoded(*answer.JSON) // newest first
	require.Len(t, all, 3)
	answer = bob.do("TIMMsgSendMessageReadReceipts", text(jsonOf(all[1:])))
	require.Zero(t, answer.Code, *answer.Desc)
	told := ann.event(onReceipts)
	assert.Contains(t, told, first.id())
	assert.Contains(t, told, `\"msg_receipt_is_peer_read\":true`)
	assert.NotContains(t, told, second.id())
	assert.Equal(t, []string{"ann 3 second"}, bob.chats(), "a receipt reads nothing")
	assert.Equal(t, []bool{false, true, false}, ann.have("bob", "message_receipt_peer_read"))
	assert.Equal(t, []bool{false, true, false}, bob.have("ann", "message_has_sent_receipt"))
	assert.Equal(t, []bool{false, false, false}, ann.have("bob", "message_is_peer_read"), "and the conversation was not read")

	// The sender is away while another device of the reader's says more.
	ann.kill()
	answer = bobToo.do("TIMMsgGetMsgList", text("ann"), number(1), text(onlyHere))
	answer = bobToo.do("TIMMsgSendMessageReadReceipts", text(*answer.JSON))
	require.Zero(t, answer.Code, *answer.Desc)
	ann = s.chatter(t, "ann", "linux", folder)
	told = ann.event(onReceipts)
	assert.Contains(t, told, second.id())
	assert.NotContains(t, told, first.id(), "what was told is not told again")
	assert.False(t, ann.heard(onReceipts))
	fresh := s.chatter(t, "ann", "android", t.TempDir())
	assert.Equal(t, []bool{true, true, false}, fresh.have("bob", "message_receipt_peer_read"))
	ann.asksForReceipts(second, first)
}

// asksForReceipts requires that messages were read, and that only so many can be asked for.
func (p *puppet) asksForReceipts(messages ...editable) {
	t := p.t
	t.Helper()
	answer := p.do("TIMMsgGetMessageReadReceipts", text(jsonOf(messages)))
	require.Zero(t, answer.Code, *answer.Desc)
	var receipts []struct {
		ID   string `json:"msg_receipt_msg_id"`
		Read bool   `json:"msg_receipt_is_peer_read"`
		Time int64  `json:"msg_receipt_time_stamp"`
	}
	require.NoError(t, json.Unmarshal([]byte(*answer.JSON), &receipts))
	require.Len(t, receipts, len(messages))
	for i, m := range messages {
		assert.Equal(t, m.id(), receipts[i].ID)
		assert.True(t, receipts[i].Read && receipts[i].Time > 0)
	}
	many := make([]editable, 31)
	for i := range many {
		many[i] = messages[0]
	}
	for _, call := range []string{"TIMMsgSendMessageReadReceipts", "TIMMsgGetMessageReadReceipts"} {
		answer = p.do(call, text(jsonOf(many)))
		assert.Equal(t, 6017, answer.Code, call)
		assert.Contains(t, *answer.Desc, "31 messages", call)
	}
}

// have returns what a key of a conversation's messages says, newest first.
func (p *puppet) have(with, key string) (said []bool) {
	answer := p.do("TIMMsgGetMsgList", text(with), number(1), text(wholeHistory))
	for _, m := range p.decoded(*answer.JSON) {
		said = append(said, m[key].(bool))
	}
	return said
}
