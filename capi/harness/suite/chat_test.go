package suite

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Messages from one game through a server to another.

const (
	onMessages = "TIMAddRecvNewMsgCallback"
	onRevoked  = "TIMSetMsgRevokeCallback"
	onReceipts = "TIMSetMsgReadedReceiptCallback"
	onChats    = "TIMSetConvEventCallback"
	onUnread   = "TIMSetConvTotalUnreadMessageCountChangedCallback"
)

// chatMessage is what of a message the tests look at.
type chatMessage struct {
	Elements []struct {
		Text string `json:"text_elem_content"`
	} `json:"message_elem_array"`
	ID       string `json:"message_msg_id"`
	ConvID   string `json:"message_conv_id"`
	Sender   string `json:"message_sender"`
	FromSelf bool   `json:"message_is_from_self"`
	Status   int    `json:"message_status"`
	Seq      uint64 `json:"message_seq"`
	Rand     uint64 `json:"message_rand"`
	Time     int64  `json:"message_server_time"`
	PeerRead bool   `json:"message_is_peer_read"`
}

func (m chatMessage) text() string {
	if len(m.Elements) == 0 {
		return ""
	}
	return m.Elements[0].Text
}

// chatter is a device that listens to messages.
func (s *server) chatter(t *testing.T, user, platform, folder string) *puppet {
	t.Helper()
	p := s.quiet(t, platform, folder)
	p.login(user, s.ticket(user), 0)
	p.caughtUp()
	return p
}

// quiet is a device that listens, and has not logged in.
func (s *server) quiet(t *testing.T, platform, folder string) *puppet {
	t.Helper()
	p := s.deviceIn(t, platform, folder)
	p.listen(onNetwork, onMessages, onRevoked, onReceipts, onChats, onUnread)
	return p
}

// caughtUp waits for the end of a sync.
func (p *puppet) caughtUp() { p.eventWith(onChats, `[4,`) }

func textMessage(words string) arg {
	return text(fmt.Sprintf(`{"message_elem_array":[{"elem_type":0,"text_elem_content":%q}]}`, words))
}

// writes sends a text, and returns the message.
func (p *puppet) writes(to, words string) chatMessage {
	p.t.Helper()
	id, l := p.call("TIMMsgSendMessage", text(to), number(1), textMessage(words), buffer)
	require.Zero(p.t, l.Result)
	answer := p.answer(id)
	require.Zero(p.t, answer.Code, *answer.Desc)
	var m chatMessage
	require.NoError(p.t, json.Unmarshal([]byte(*answer.JSON), &m))
	assert.Equal(p.t, *l.Buffer, m.ID)
	assert.Equal(p.t, 2, m.Status)
	return m
}

// reads waits for the event with a text, and returns that message.
func (p *puppet) reads(words string) chatMessage {
	p.t.Helper()
	for _, m := range messagesIn(p.t, p.eventWith(onMessages, words)) {
		if m.text() == words {
			return m
		}
	}
	require.Fail(p.t, "no message "+words)
	return chatMessage{}
}

// messagesIn returns the messages in an event's arguments.
func messagesIn(t testing.TB, args string) []chatMessage {
	t.Helper()
	var texts []string
	require.NoError(t, json.Unmarshal([]byte(args), &texts), args)
	var list []chatMessage
	require.NoError(t, json.Unmarshal([]byte(texts[0]), &list), texts[0])
	return list
}

// history returns the texts of a conversation, newest first.
func (p *puppet) history(with, param string) []string {
	p.t.Helper()
	answer := p.do("TIMMsgGetMsgList", text(with), number(1), text(param))
	require.Zero(p.t, answer.Code, *answer.Desc)
	var list []chatMessage
	require.NoError(p.t, json.Unmarshal([]byte(*answer.JSON), &list))
	texts := []string{}
	for _, m := range list {
		texts = append(texts, m.text())
	}
	return texts
}

const (
	wholeHistory = `{"msg_getmsglist_param_count":200,"msg_getmsglist_param_is_ramble":true}`
	onlyHere     = `{"msg_getmsglist_param_count":200}`
)

// chats returns the conversations: id, unread count, last text.
func (p *puppet) chats() []string {
	p.t.Helper()
	answer := p.do("TIMConvGetConvList")
	require.Zero(p.t, answer.Code, *answer.Desc)
	var list []struct {
		ID     string      `json:"conv_id"`
		Unread int         `json:"conv_unread_num"`
		Last   chatMessage `json:"conv_last_msg"`
	}
	require.NoError(p.t, json.Unmarshal([]byte(*answer.JSON), &list))
	chats := []string{}
	for _, c := range list {
		chats = append(chats, fmt.Sprintf("%s %d %s", c.ID, c.Unread, c.Last.text()))
	}
	return chats
}

func TestTwoPlayersChatOnTwoDevicesEach(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--login-policy", "multi")
	var ann, bob [2]*puppet
	for i, platform := range []string{"linux", "android"} {
		ann[i] = s.chatter(t, "ann", platform, t.TempDir())
		bob[i] = s.chatter(t, "bob", platform, t.TempDir())
	}
	sent := ann[0].writes("bob", "hello \u265e")
	assert.Equal(t, "ann", sent.Sender)
	assert.NotZero(t, sent.Time)
	for _, device := range bob {
		got := device.reads("hello \u265e")
		assert.Equal(t, []any{sent.ID, "ann", "ann", false, sent.Seq, sent.Rand, sent.Time},
			[]any{got.ID, got.ConvID, got.Sender, got.FromSelf, got.Seq, got.Rand, got.Time})
		assert.Equal(t, []string{"ann 1 hello \u265e"}, device.chats())
	}
	other := ann[1].reads("hello \u265e")
	assert.True(t, other.FromSelf)
	assert.Equal(t, "bob", other.ConvID)

	assert.Zero(t, bob[0].do("TIMMsgReportReaded", text("ann"), number(1), null).Code)
	bob[1].eventWith(onUnread, "[0]")
	ann[0].eventWith(onReceipts, `bob`)
	answer := bob[1].writes("ann", "and you")
	ann[0].reads("and you")
	ann[1].reads("and you")
	bob[0].reads("and you")
	recalled := bob[1].do("TIMMsgRevoke", text("ann"), number(1), text(fmt.Sprintf(`{"message_msg_id":%q}`, answer.ID)))
	assert.Zero(t, recalled.Code, *recalled.Desc)
	ann[0].eventWith(onRevoked, answer.ID)
	ann[1].eventWith(onRevoked, answer.ID)
	assert.False(t, ann[0].heard(onMessages), "nothing was told twice")
	assert.Zero(t, ann[0].do("TIMConvDelete", text("bob"), number(1)).Code)
	ann[1].eventWith(onChats, `[1,`)
	assert.Empty(t, ann[1].chats())
	assert.Empty(t, ann[1].history("bob", wholeHistory))
	assert.Equal(t, []string{"", "hello \u265e"}, bob[0].history("ann", wholeHistory), "each side has its own copy")
}

// The link is cut while both sides write: nothing is lost, nothing comes twice.
func TestMessagesAcrossACut(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	network := startProxy(t, strings.TrimPrefix(s.URL, "ws://"), transparent)
	ann := s.chatter(t, "ann", "linux", t.TempDir())
	direct := s.URL
	s.URL = "ws://" + network.address()
	bob := s.chatter(t, "bob", "linux", t.TempDir())
	s.URL = direct
	ann.writes("bob", "before")
	bob.reads("before")
	network.cut()
	bob.eventWith(onNetwork, "[1,")
	var calls []int
	for i := range 20 {
		ann.writes("bob", fmt.Sprint("a", i))
		id, l := bob.call("TIMMsgSendMessage", text("ann"), number(1), textMessage(fmt.Sprint("b", i)), buffer)
		require.Zero(t, l.Result)
		calls = append(calls, id)
	}
	network.mend()
	bob.do("TIMMsgDoForeground")
	for i, id := range calls {
		assert.Zero(t, bob.answer(id).Code)
		ann.reads(fmt.Sprint("b", i))
	}
	bob.caughtUp()
	var got []string
	for len(got) < 20 {
		for _, m := range messagesIn(t, bob.event(onMessages)) {
			got = append(got, m.text())
		}
	}
	for i, words := range got {
		assert.Equal(t, fmt.Sprint("a", i), words)
	}
	assert.False(t, bob.heard(onMessages))
	assert.Len(t, bob.history("ann", wholeHistory), 41)
	assert.Equal(t, ann.history("bob", wholeHistory), bob.history("ann", wholeHistory), "in one order for both")
}

// A message that failed is sent again as the same one.
func TestAFailedMessageIsSentAgain(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann := s.chatter(t, "ann", "linux", t.TempDir())
	id, l := ann.call("TIMMsgSendMessage", text("bob"), number(1), textMessage("hi"), buffer)
	require.Zero(t, l.Result)
	failed := ann.answer(id)
	require.Equal(t, 20003, failed.Code, "there is no bob")
	var m chatMessage
	require.NoError(t, json.Unmarshal([]byte(*failed.JSON), &m))
	assert.Equal(t, 3, m.Status)
	assert.Equal(t, []string{"hi"}, ann.history("bob", onlyHere))

	bob := s.chatter(t, "bob", "linux", t.TempDir())
	again, l := ann.call("TIMMsgSendMessage", text("bob"), number(1), text(*failed.JSON), buffer)
	assert.Equal(t, m.ID, *l.Buffer)
	sent := ann.answer(again)
	assert.Zero(t, sent.Code, *sent.Desc)
	got := bob.reads("hi")
	assert.Equal(t, []any{m.ID, m.Seq, m.Rand}, []any{got.ID, got.Seq, got.Rand})
	assert.Equal(t, []string{"hi"}, ann.history("bob", wholeHistory))
	fresh, l := ann.call("TIMMsgSendMessage", text("bob"), number(1), text(*sent.JSON), buffer)
	assert.NotEqual(t, m.ID, *l.Buffer, "a message that was sent is another one the next time")
	assert.Zero(t, ann.answer(fresh).Code)
	bob.reads("hi")
}

// A game that is started again without a network has its conversations and messages.
func TestHistoryOfflineAfterARestart(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann := s.chatter(t, "ann", "linux", t.TempDir())
	folder := t.TempDir()
	bob := s.chatter(t, "bob", "linux", folder)
	for i := range 5 {
		ann.writes("bob", fmt.Sprint(i))
		bob.reads(fmt.Sprint(i))
	}
	bob.kill()
	ann.writes("bob", "5")
	direct := s.URL
	s.URL = "ws://127.0.0.1:1"
	bob = s.quiet(t, "linux", folder)
	s.URL = direct
	_, l := bob.call("TIMLogin", text("bob"), text(s.ticket("bob")))
	require.Zero(t, l.Result)
	assert.Equal(t, []string{"ann 5 4"}, bob.chats(), "before the login has an answer")
	assert.Equal(t, []string{"4", "3", "2", "1", "0"}, bob.history("ann", wholeHistory))
	bob.uninit()

	bob = s.chatter(t, "bob", "linux", folder)
	bob.reads("5") // and nothing of what it has told
	assert.False(t, bob.heard(onMessages))
	assert.Equal(t, []string{"ann 6 5"}, bob.chats())
	newDevice := s.chatter(t, "bob", "linux", t.TempDir())
	assert.Equal(t, []string{"ann 6 5"}, newDevice.chats())
	assert.False(t, newDevice.heard(onMessages), "a new device gets no replay")
	assert.Equal(t, []string{"5", "4", "3", "2", "1", "0"}, newDevice.history("ann", wholeHistory))
	assert.Len(t, newDevice.history("ann", onlyHere), 6)
}

// A game that dies between a send and its answer finds the message sent, or failed: never
// twice, and never lost when the server had it.
func TestAGameThatDiesWhileItSends(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann := s.chatter(t, "ann", "linux", t.TempDir())
	folder := t.TempDir()
	rounds := 3
	if os.Getenv("BANTER_LONG") != "" {
		rounds = 100
	}
	for round := range rounds {
		bob := s.chatter(t, "bob", "linux", folder)
		for i := range 10 {
			_, l := bob.call("TIMMsgSendMessage", text("ann"), number(1), textMessage(fmt.Sprintf("%d-%d", round, i)), buffer)
			require.Zero(t, l.Result)
		}
		bob.kill()
	}
	bob := s.chatter(t, "bob", "linux", folder)
	there := map[string]bool{}
	for _, words := range ann.history("bob", wholeHistory) {
		require.False(t, there[words], "%s is there twice", words)
		there[words] = true
	}
	answer := bob.do("TIMMsgGetMsgList", text("ann"), number(1), text(`{"msg_getmsglist_param_count":1000,"msg_getmsglist_param_is_ramble":true}`))
	var list []chatMessage
	require.NoError(t, json.Unmarshal([]byte(*answer.JSON), &list))
	seen := map[string]bool{}
	for _, m := range list {
		assert.False(t, seen[m.text()], "%s is there twice", m.text())
		seen[m.text()] = true
		if there[m.text()] {
			assert.Equal(t, 2, m.Status, m.text())
		} else {
			assert.Equal(t, 3, m.Status, m.text())
		}
	}
	for words := range there {
		assert.True(t, seen[words], "%s is at the server alone", words)
	}
}
