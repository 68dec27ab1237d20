package admin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

const helloBody = `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}}]`

// does makes a call that must succeed, and returns its answer.
func does[T any](b *backend, path, body string) T {
	b.t.Helper()
	answer := b.call("openim/"+path, body)
	require.Zero(b.t, code(b.t, answer), answer)
	var parsed T
	require.NoError(b.t, json.Unmarshal([]byte(answer), &parsed))
	return parsed
}

// players are ann and bob.
func players(t *testing.T) *backend {
	b := newBackend(t, 0)
	b.login("ann", "linux")
	b.login("bob", "linux")
	return b
}

func (b *backend) history(user, peer string) []wire.Message {
	b.t.Helper()
	page, err := b.chat.Messages(b.held[user+" linux"], wire.MessagesRange{ConvType: 1, ConvID: peer, Count: 200})
	require.NoError(b.t, err)
	return page.Messages
}

func TestABackendSendsForItsUsers(t *testing.T) {
	b := players(t)
	answer := does[sent](b, "sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":7,"MsgSeq":5,"MsgBody":`+helloBody+`,
		"CloudCustomData":"c","SendMsgControl":["NoUnread"],"SyncOtherMachine":1}`)
	assert.Equal(t, fmt.Sprintf("5_7_%d", answer.MsgTime), answer.MsgKey)
	messages := b.history("bob", "ann")
	require.Len(t, messages, 1)
	m := messages[0]
	assert.Equal(t, []string{"ann", "bob", "c", answer.MsgID}, []string{m.Sender, m.ConvID, m.CloudCustom, m.MsgID})
	assert.True(t, m.NoUnread)
	assert.JSONEq(t, `{"elem_type":0,"text_elem_content":"hello"}`, string(m.Elements[0]))

	does[sent](b, "sendmsg", `{"To_Account":"bob","MsgRandom":8,"MsgBody":`+helloBody+`}`)
	assert.Equal(t, "administrator", b.history("bob", "administrator")[0].Sender)
	does[sent](b, "sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":9,"SyncOtherMachine":2,"MsgBody":`+helloBody+`}`)
	assert.Len(t, b.history("ann", "bob"), 1, "one is not the sender's")
	assert.Len(t, b.history("bob", "ann"), 2)
	does[sent](b, "sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":10,"MsgLifeTime":0,"MsgBody":`+helloBody+`}`)
	assert.Len(t, b.history("bob", "ann"), 2, "one was for who is online")
}

func TestWhatABackendMayNotSend(t *testing.T) {
	b := players(t)
	for body, want := range map[string]int{
		`{"MsgRandom":7,"MsgBody":` + helloBody + `}`:                                                                             90003,
		`{"To_Account":"nobody","MsgRandom":7,"MsgBody":` + helloBody + `}`:                                                       20003,
		`{"From_Account":"nobody","To_Account":"bob","MsgRandom":7,"MsgBody":` + helloBody + `}`:                                  20003,
		`{"From_Account":"ö","To_Account":"bob","MsgRandom":7,"MsgBody":` + helloBody + `}`:                                       90008,
		`{"To_Account":"bob","MsgBody":` + helloBody + `}`:                                                                        90005,
		`{"To_Account":"bob","MsgRandom":"7","MsgBody":` + helloBody + `}`:                                                        90005,
		`{"To_Account":"bob","MsgRandom":7,"MsgSeq":-1,"MsgBody":` + helloBody + `}`:                                              90010,
		`{"To_Account":"bob","MsgRandom":7,"MsgLifeTime":"x","MsgBody":` + helloBody + `}`:                                        90044,
		`{"To_Account":"bob","MsgRandom":7}`:                                                                                      90007,
		`{"To_Account":"bob","MsgRandom":7,"MsgBody":[{"MsgType":"TIMTextElem"}]}`:                                                90002,
		`{"To_Account":"bob","MsgRandom":7,"MsgBody":` + strings.Replace(helloBody, "hello", strings.Repeat("x", 12289), 1) + `}`: 93000,
	} {
		assert.Equal(t, want, code(t, b.call("openim/sendmsg", body)), "%.90s", body)
	}
	assert.Empty(t, b.history("bob", "administrator"))
}

func TestABackendReadsHistoryBackwards(t *testing.T) {
	b := players(t)
	for i := range 5 {
		does[sent](b, "sendmsg", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgRandom":%d,"MsgBody":%s}`, i+1, helloBody))
	}
	var seen []uint64
	last := roaming{LastMsgTime: 4000000000}
	for pages := 1; ; pages++ {
		last = does[roaming](b, "admin_getroammsg", fmt.Sprintf(
			`{"Operator_Account":"bob","Peer_Account":"ann","MaxCnt":2,"MinTime":0,"MaxTime":%d,"LastMsgKey":%q}`, last.LastMsgTime, last.LastMsgKey))
		page := []uint64{}
		for _, m := range last.MsgList {
			page = append(page, m.Rand)
		}
		seen = append(page, seen...)
		if last.Complete == 1 {
			assert.Equal(t, 3, pages)
			break
		}
	}
	assert.Equal(t, []uint64{1, 2, 3, 4, 5}, seen)
	assert.Equal(t, "ann", last.MsgList[0].From)
	assert.Equal(t, "bob", last.MsgList[0].To)
	assert.Equal(t, 90008, code(t, b.call("openim/admin_getroammsg", `{"Peer_Account":"ann","MaxCnt":2,"MinTime":0,"MaxTime":1}`)))
	assert.Equal(t, 90001, code(t, b.call("openim/admin_getroammsg", `{"From_Account":"bob","To_Account":"ann","MinTime":0,"MaxTime":1}`)))
}

func TestABackendRecalls(t *testing.T) {
	b := players(t)
	key := does[sent](b, "sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":7,"MsgBody":`+helloBody+`}`).MsgKey
	recall := fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgKey":%q}`, key)
	does[result](b, "admin_msgwithdraw", recall)
	m := b.history("bob", "ann")[0]
	assert.Equal(t, 6, m.Status)
	assert.Equal(t, "administrator", m.RevokerUserID)
	page := does[roaming](b, "admin_getroammsg", `{"Operator_Account":"bob","Peer_Account":"ann","MaxCnt":9,"MinTime":0,"MaxTime":4000000000}`)
	assert.Equal(t, 8, page.MsgList[0].Flags)
	assert.Empty(t, page.MsgList[0].Body)

	assert.Equal(t, 20023, code(t, b.call("openim/admin_msgwithdraw", recall)))
	assert.Equal(t, 20022, code(t, b.call("openim/admin_msgwithdraw", strings.Replace(recall, "_7_", "_8_", 1))))
	for _, bad := range []string{"", "1_2", "1_2_3_4", "1_2_x", "01_2_3", " 1_2_3", "-1_2_3"} {
		assert.Equal(t, 90054, code(t, b.call("openim/admin_msgwithdraw", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgKey":%q}`, bad))), bad)
	}
}

func TestABackendCountsAndMarksAsRead(t *testing.T) {
	b := players(t)
	for i := range 3 {
		does[sent](b, "sendmsg", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgRandom":%d,"MsgBody":%s}`, i, helloBody))
	}
	does[sent](b, "sendmsg", `{"To_Account":"bob","MsgRandom":7,"MsgBody":`+helloBody+`}`)
	assert.EqualValues(t, 4, does[unreadTotal](b, "get_c2c_unread_msg_num", `{"To_Account":"bob"}`).All)
	byPeer := does[unreadByPeer](b, "get_c2c_unread_msg_num", `{"To_Account":"bob","Peer_Account":["ann","nobody","bob"]}`)
	assert.Equal(t, []peerUnread{{"ann", 3}, {"bob", 0}}, byPeer.List)
	assert.Equal(t, []peerError{{"nobody", 70107}}, byPeer.Errors)

	does[result](b, "admin_set_msg_read", `{"Report_Account":"bob","Peer_Account":"ann"}`)
	assert.EqualValues(t, 1, does[unreadTotal](b, "get_c2c_unread_msg_num", `{"To_Account":"bob"}`).All)
	does[result](b, "admin_set_msg_read", `{"Report_Account":"bob","Peer_Account":"administrator","MsgReadTime":1}`)
	assert.EqualValues(t, 1, does[unreadTotal](b, "get_c2c_unread_msg_num", `{"To_Account":"bob"}`).All, "nothing was sent by then")
	does[result](b, "admin_set_msg_read", `{"Report_Account":"bob","Peer_Account":"administrator","MsgReadTime":"4000000000"}`)
	assert.Zero(t, does[unreadTotal](b, "get_c2c_unread_msg_num", `{"To_Account":"bob"}`).All)
	assert.Equal(t, 90008, code(t, b.call("openim/admin_set_msg_read", `{"Peer_Account":"ann"}`)))
	assert.Equal(t, 90001, code(t, b.call("openim/admin_set_msg_read", `{"Report_Account":"bob","Peer_Account":"ann","MsgReadTime":-1}`)))
}

func FuzzMessageKey(f *testing.F) {
	f.Add("1_2_3")
	f.Add("4294967295_0_1700000000")
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := parseKey(text); err == nil {
			require.Equal(t, text, fmt.Sprintf("%d_%d_%d", key.Seq, key.Rand, key.Time))
		}
	})
}
