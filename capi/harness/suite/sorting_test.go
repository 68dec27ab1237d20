package suite

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// How a player sorts conversations, from one device to another and over restarts.

const (
	onGroupCreated = "TIMSetConvConversationGroupCreatedCallback"
	onGroupDeleted = "TIMSetConvConversationGroupDeletedCallback"
	onGroupRenamed = "TIMSetConvConversationGroupNameChangedCallback"
	onGroupJoined  = "TIMSetConvConversationsAddedToGroupCallback"
	onGroupLeft    = "TIMSetConvConversationsDeletedFromGroupCallback"
	onFiltered     = "TIMSetConvUnreadMessageCountChangedByFilterCallback"
)

// chat is what of a conversation these tests look at.
type chat struct {
	ID         string   `json:"conv_id"`
	Name       string   `json:"conv_show_name"`
	ActiveTime int64    `json:"conv_active_time"`
	Unread     int      `json:"conv_unread_num"`
	Marks      []uint64 `json:"conv_mark_array"`
	Custom     string   `json:"conv_custom_data"`
	Groups     []string `json:"conv_conversation_group_array"`
	HasDraft   bool     `json:"conv_is_has_draft"`
	Draft      struct {
		UserDefine string `json:"draft_user_define"`
	} `json:"conv_draft"`
}

// sorter is a device that hears what becomes of conversation groups.
func (s *server) sorter(t *testing.T, user, platform, folder string) *puppet {
	t.Helper()
	p := s.quiet(t, platform, folder)
	p.listen(onGroupCreated, onGroupDeleted, onGroupRenamed, onGroupJoined, onGroupLeft, onFiltered)
	p.login(user, s.ticket(user), 0)
	p.caughtUp()
	return p
}

func (p *puppet) list() (chats []chat) {
	p.t.Helper()
	answer := p.do("TIMConvGetConvList")
	require.Zero(p.t, answer.Code, *answer.Desc)
	require.NoError(p.t, json.Unmarshal([]byte(*answer.JSON), &chats))
	return chats
}

// sortedAs is the list in short.
func (p *puppet) sortedAs() (lines []string) {
	p.t.Helper()
	for _, c := range p.list() {
		lines = append(lines, fmt.Sprint(c.ID, " ", c.Marks, c.Custom, c.Groups))
	}
	return lines
}

// well calls a function that must go well.
func (p *puppet) well(name string, args ...arg) {
	p.t.Helper()
	answer := p.do(name, args...)
	require.Zero(p.t, answer.Code, *answer.Desc)
}

// sync calls a function without a callback.
func (p *puppet) sync(name string, args ...arg) {
	p.t.Helper()
	_, l := p.call(name, args...)
	require.Zero(p.t, l.Result, name)
}

func TestTwoDevicesSortConversations(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--login-policy", "multi")
	folder := t.TempDir()
	ann, phone := s.sorter(t, "ann", "linux", folder), s.sorter(t, "ann", "android", t.TempDir())
	for _, peer := range []string{"bob", "cid"} {
		other := s.chatter(t, peer, "linux", t.TempDir())
		other.writes("ann", "from "+peer)
		ann.reads("from " + peer)
		phone.reads("from " + peer)
	}
	bob, both := text(`["c2c_bob"]`), text(`["c2c_bob","c2c_cid"]`)
	ann.well("TIMConvMarkConversation", bob, number(1), number(1))
	ann.well("TIMConvMarkConversation", both, number(1<<40), number(1))
	ann.well("TIMConvSetConversationCustomData", bob, text("own words"))
	ann.well("TIMConvCreateConversationGroup", text("work"), bob)
	for _, device := range []*puppet{ann, phone} {
		assert.Equal(t, `["work","[\"c2c_bob\"]"]`, device.eventWith(onGroupCreated, "work"))
	}
	phone.well("TIMConvAddConversationsToGroup", text("work"), text(`["c2c_cid"]`))
	phone.well("TIMConvRenameConversationGroup", text("work"), text("job"))
	phone.well("TIMConvDeleteConversationsFromGroup", text("job"), bob)
	for _, device := range []*puppet{ann, phone} {
		device.eventWith(onGroupJoined, "c2c_cid")
		assert.Equal(t, `["work","job"]`, device.eventWith(onGroupRenamed, "job"))
		assert.Equal(t, `["job","[\"c2c_bob\"]",0]`, device.eventWith(onGroupLeft, "c2c_bob"))
	}
	want := []string{"cid [1099511627776][job]", "bob [1 1099511627776]own words[]"}
	assert.Equal(t, want, ann.sortedAs())
	assert.Equal(t, want, phone.sortedAs())
	for _, setter := range []string{onGroupCreated, onGroupJoined, onGroupRenamed, onGroupLeft} {
		assert.False(t, ann.heard(setter) || phone.heard(setter), "%s comes once", setter)
	}

	ann.kill()
	phone.well("TIMConvMarkConversation", both, number(1<<40), number(0))
	phone.well("TIMConvCreateConversationGroup", text("new"), both)
	phone.well("TIMConvDeleteConversationGroup", text("job"))
	ann = s.offline(t, "ann", folder)
	assert.Equal(t, want, ann.sortedAs(), "without a network as it was")
	ann.uninit()
	ann = s.sorter(t, "ann", "linux", folder)
	ann.eventWith(onGroupCreated, "new")
	assert.Equal(t, `["job"]`, ann.eventWith(onGroupDeleted, "job"))
	want = []string{"cid [][new]", "bob [1]own words[new]"}
	assert.Equal(t, want, ann.sortedAs())
	assert.Equal(t, `["new"]`, *ann.do("TIMConvGetConversationGroupList").JSON)
	assert.Equal(t, want, s.sorter(t, "ann", "ipad", t.TempDir()).sortedAs(), "also on a new device")
}

// offline is a device that logs in and finds no server.
func (s *server) offline(t *testing.T, user, folder string) *puppet {
	t.Helper()
	direct := s.URL
	s.URL = "ws://127.0.0.1:1"
	p := s.quiet(t, "linux", folder)
	s.URL = direct
	_, l := p.call("TIMLogin", text(user), text(s.ticket(user)))
	require.Zero(t, l.Result)
	return p
}

func TestWhatCannotBeSortedSaysWhy(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann := s.chatter(t, "ann", "linux", t.TempDir())
	s.chatter(t, "bob", "linux", t.TempDir())
	ann.writes("bob", "hi")
	bob := text(`["c2c_bob"]`)
	for _, tt := range []struct {
		code int
		desc string
		call string
		args []arg
	}{
		{50002, "mark_type", "TIMConvMarkConversation", []arg{bob, number(1 << 10), number(1)}},
		{50002, "custom_data", "TIMConvSetConversationCustomData", []arg{bob, text(strings.Repeat("x", 257))}},
		{51011, "group_name", "TIMConvCreateConversationGroup", []arg{text(strings.Repeat("x", 33)), bob}},
		{51006, "conversation_id_array", "TIMConvCreateConversationGroup", []arg{text("g"), text("[]")}},
		{51009, "no conversation group", "TIMConvAddConversationsToGroup", []arg{text("g"), bob}},
		{51009, "no conversation group", "TIMConvDeleteConversationGroup", []arg{text("g")}},
		{6017, "conversation_id_array", "TIMConvMarkConversation", []arg{text("[1]"), number(1), number(1)}},
		{6017, "conversation_id", "TIMConvCleanConversationUnreadMessageCount", []arg{text("bob"), number(0), number(0)}},
		{6017, "conv_type", "TIMConvGetConversationListByFilter", []arg{text(`{"conversation_list_filter_conv_type":"x"}`), number(0), number(9)}},
		{10010, "group", "TIMConvCreate", []arg{text("g"), number(2)}},
	} {
		answer := ann.do(tt.call, tt.args...)
		assert.Equal(t, tt.code, answer.Code, tt.call)
		assert.Contains(t, *answer.Desc, tt.desc, tt.call)
	}
	answer := ann.do("TIMConvMarkConversation", text(`["c2c_bob","c2c_cid","x"]`), number(2), number(1))
	assert.Zero(t, answer.Code)
	for _, part := range []string{`"c2c_bob","conversation_operation_result_result_code":0`, `"c2c_cid","conversation_operation_result_result_code":50002`,
		`"x","conversation_operation_result_result_code":6017`} {
		assert.Contains(t, *answer.JSON, part)
	}
}

func TestDraftsAndOrderOverARestart(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	folder := t.TempDir()
	ann := s.chatter(t, "ann", "linux", folder)
	for _, peer := range []string{"bob", "cid"} {
		s.chatter(t, peer, "linux", t.TempDir()).writes("ann", "from "+peer)
		ann.reads("from " + peer)
	}
	order := func() string {
		names := ""
		last := int64(1) << 53
		for _, c := range ann.list() {
			names += " " + c.ID
			assert.Less(t, c.ActiveTime, last, "the order key falls")
			last = c.ActiveTime
		}
		return names
	}
	assert.Equal(t, " cid bob", order(), "of one second, too")
	ann.sync("TIMConvSetDraft", text("bob"), number(1), text(`{"draft_user_define":"unsent"}`))
	ann.eventWith(onChats, "unsent")
	assert.Equal(t, " bob cid", order())
	ann.well("TIMConvCreate", text("dan"), number(1))
	ann.eventWith(onChats, `dan`)
	assert.Equal(t, " dan bob cid", order())
	ann.well("TIMConvPinConversation", text("cid"), number(1), number(1))
	assert.Equal(t, " cid dan bob", order())
	ann.kill()
	ann = s.offline(t, "ann", folder)
	assert.Equal(t, " cid dan bob", order())
	assert.Equal(t, "unsent", ann.list()[2].Draft.UserDefine)
	ann.uninit()
	ann = s.chatter(t, "ann", "linux", folder)
	ann.sync("TIMConvCancelDraft", text("bob"), number(1))
	assert.False(t, ann.list()[2].HasDraft)
	ann.well("TIMConvDelete", text("dan"), number(1))
	ann.well("TIMConvPinConversation", text("cid"), number(1), number(0))
	assert.Equal(t, " cid bob", order())
	ann.uninit() // a process that ends while it tells an event prints half of it
}

type chatPage struct {
	List []chat `json:"conversation_list_result_conv_list"`
	Next int64  `json:"conversation_list_result_next_seq"`
	Done bool   `json:"conversation_list_result_is_finished"`
}

// pageOf reads two conversations of a list, and says who they are.
func (p *puppet) pageOf(filter string, next int64) (page chatPage, names string) {
	p.t.Helper()
	answer := p.do("TIMConvGetConversationListByFilter", text(filter), number(next), number(2))
	require.Zero(p.t, answer.Code)
	require.NoError(p.t, json.Unmarshal([]byte(*answer.JSON), &page))
	for _, c := range page.List {
		names += " " + c.ID
	}
	return page, names
}

func TestListsAndUnreadCountsByFilter(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann := s.sorter(t, "ann", "linux", t.TempDir())
	peers := map[string]*puppet{}
	for _, peer := range []string{"bob", "cid", "dan"} {
		peers[peer] = s.chatter(t, peer, "linux", t.TempDir())
		peers[peer].writes("ann", "from "+peer)
		ann.reads("from " + peer)
	}
	const starred = `{"conversation_list_filter_mark_type":1}`
	ann.sync("TIMConvSubscribeUnreadMessageCountByFilter", text(starred))
	ann.well("TIMConvMarkConversation", text(`["c2c_bob","c2c_cid"]`), number(1), number(1))
	assert.Contains(t, ann.eventWith(onFiltered, ",2]"), "mark_type", "the filter comes back")
	assert.Contains(t, *ann.do("TIMConvGetUnreadMessageCountByFilter", text(starred)).JSON, ":2")
	read := ann.pageOf
	first, names := read(`{}`, 0)
	assert.Equal(t, " dan cid", names)
	assert.False(t, first.Done)
	second, names := read(`{}`, first.Next)
	assert.Equal(t, " bob", names)
	assert.True(t, second.Done)
	_, names = read(starred, 0)
	assert.Equal(t, " cid bob", names)

	ann.well("TIMConvCleanConversationUnreadMessageCount", text("c2c_bob"), number(0), number(0))
	ann.eventWith(onFiltered, ",1]")
	ann.sync("TIMConvUnsubscribeUnreadMessageCountByFilter", text(starred))
	ann.well("TIMConvCleanConversationUnreadMessageCount", text("c2c"), number(0), number(0))
	ann.eventWith(onUnread, "[0]")
	for _, c := range ann.list() {
		assert.Zero(t, c.Unread, c.ID)
	}
	assert.False(t, ann.heard(onFiltered), "it is not watched any more")

	answer := ann.do("TIMConvDeleteConversationList", text(`["c2c_bob","c2c_cid"]`), number(0))
	assert.Contains(t, *answer.JSON, "c2c_cid")
	ann.eventWith(onChats, "[1,")
	assert.Equal(t, []string{"dan 0 from dan"}, ann.chats())
	assert.Equal(t, []string{"from bob"}, ann.history("bob", wholeHistory), "its messages stay")
	ann.well("TIMConvDeleteConversationList", text(`["c2c_bob"]`), number(1))
	assert.Empty(t, ann.history("bob", wholeHistory))
	peers["bob"].writes("ann", "again")
	ann.reads("again")
	assert.Equal(t, []string{"bob 1 again", "dan 0 from dan"}, ann.chats())
	ann.uninit()
}
