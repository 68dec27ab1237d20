package admin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestABackendSendsToMany(t *testing.T) {
	b := players(t)
	b.login("cid", "linux")
	answer := does[batchSent](b, "batchsendmsg", `{"From_Account":"cid","To_Account":["ann","nobody","bob","ann",""],"MsgRandom":7,"MsgSeq":5,"MsgBody":`+helloBody+`}`)
	assert.Equal(t, "SomeError", answer.ActionStatus)
	assert.Equal(t, []receiverError{{"nobody", 70107}, {"", 70107}}, answer.Errors)
	for _, user := range []string{"ann", "bob"} {
		messages := b.history(user, "cid")
		require.Len(t, messages, 1)
		assert.Equal(t, answer.MsgKey, keyOf(messages[0]))
		assert.Equal(t, []string{answer.MsgID, user}, []string{messages[0].MsgID, messages[0].ConvID})
	}
	answer = does[batchSent](b, "batchsendmsg", `{"From_Account":"cid","To_Account":["ann"],"MsgRandom":8,"SyncOtherMachine":2,"MsgBody":`+helloBody+`}`)
	assert.Equal(t, "OK", answer.ActionStatus)
	assert.Len(t, b.history("ann", "cid"), 2)
	assert.Len(t, b.history("cid", "ann"), 1)
	recall := fmt.Sprintf(`{"From_Account":"cid","To_Account":"ann","MsgKey":%q}`, answer.MsgKey)
	does[result](b, "admin_msgwithdraw", recall)
}

func TestABatchReachesAsManyAsItMay(t *testing.T) {
	b := players(t)
	var accounts, users []string
	for i := range maxReceivers {
		users = append(users, fmt.Sprintf(`"user%d"`, i))
		accounts = append(accounts, users[i])
	}
	for len(accounts) > 0 {
		b.call("im_open_login_svc/multiaccount_import", `{"Accounts":[`+strings.Join(accounts[:100], ",")+`]}`)
		accounts = accounts[100:]
	}
	send := func(to []string) string {
		return b.call("openim/batchsendmsg", `{"From_Account":"ann","To_Account":[`+strings.Join(to, ",")+`],"MsgRandom":7,"MsgBody":`+helloBody+`}`)
	}
	var answer batchSent
	require.NoError(t, json.Unmarshal([]byte(send(users)), &answer))
	assert.Equal(t, "OK", answer.ActionStatus)
	assert.EqualValues(t, 1, does[unreadTotal](b, "get_c2c_unread_msg_num", `{"To_Account":"user499"}`).All)
	assert.Equal(t, 90011, code(t, send(append(users, `"bob"`))))
	for range 12000/maxReceivers - 1 {
		if code(t, send(users[:1])) != 0 {
			t.Fatal("a small batch was refused")
		}
	}
	b.rest.receivers = 1 // the minute's receivers are gone
	assert.Equal(t, 60007, code(t, send(users)))
}

func TestWhatABatchMayNotSay(t *testing.T) {
	b := players(t)
	for body, want := range map[string]int{
		`"MsgRandom":7`:                                              90003,
		`"To_Account":[],"MsgRandom":7`:                              90003,
		`"To_Account":"bob","MsgRandom":7`:                           90003,
		`"To_Account":[7],"MsgRandom":7`:                             90003,
		`"To_Account":["bob"]`:                                       90005,
		`"To_Account":["nobody"],"MsgRandom":7`:                      90012,
		`"From_Account":"nobody","To_Account":["bob"],"MsgRandom":7`: 90008,
		`"To_Account":["bob"],"MsgRandom":7,"CloudCustomData":"` + strings.Repeat("x", 12<<10) + `"`: 90055,
	} {
		assert.Equal(t, want, code(t, b.call("openim/batchsendmsg", `{`+body+`,"MsgBody":`+helloBody+`}`)), "%.90s", body)
	}
	assert.Empty(t, b.history("bob", "administrator"))
}

// imports one message, which must succeed.
func (b *backend) imports(from, to string, at, random, sync int) {
	b.t.Helper()
	does[result](b, "importmsg", fmt.Sprintf(`{"SyncFromOldSystem":%d,"From_Account":%q,"To_Account":%q,"MsgSeq":1,"MsgRandom":%d,"MsgTimeStamp":%d,"MsgBody":%s}`,
		sync, from, to, random, at, helloBody))
}

func TestABackendImportsHistory(t *testing.T) {
	b := players(t)
	b.imports("ann", "bob", 1500000000, 1, 2)
	b.imports("bob", "ann", 1500000001, 2, 2)
	b.imports("ann", "bob", 1500000002, 3, 1)
	b.imports("ann", "bob", 1500000003, 4, 5)
	b.imports("bob", "ann", 1500000000, 1, 5) // the first again, from the other side
	messages := b.history("bob", "ann")
	require.Len(t, messages, 4)
	for i, m := range messages {
		assert.EqualValues(t, 1500000000+i, m.ServerTime)
		assert.Equal(t, i < 2, m.Imported)
	}
	assert.EqualValues(t, 2, does[unreadTotal](b, "get_c2c_unread_msg_num", `{"To_Account":"bob"}`).All)
	assert.EqualValues(t, 0, does[unreadTotal](b, "get_c2c_unread_msg_num", `{"To_Account":"ann"}`).All)

	does[sent](b, "sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":7,"MsgBody":`+helloBody+`}`)
	b.imports("ann", "bob", 1400000000, 9, 2)
	late := b.history("bob", "ann")[5]
	assert.Equal(t, late.ServerTime, b.history("bob", "ann")[4].ServerTime, "it comes behind what is there")
	assert.EqualValues(t, 1400000000, late.ClientTime)
	b.imports("ann", "bob", int(time.Now().Unix())+30, 10, 2) // a clock of theirs goes ahead
}

func TestWhatABackendMayNotImport(t *testing.T) {
	b := players(t)
	good := `"SyncFromOldSystem":2,"From_Account":"ann","To_Account":"bob","MsgRandom":1,"MsgTimeStamp":1500000000,`
	for _, tt := range []struct {
		without, with string
		want          int
	}{
		{`"SyncFromOldSystem":2,`, ``, 90030},
		{`"SyncFromOldSystem":2`, `"SyncFromOldSystem":3`, 90030},
		{`"From_Account":"ann",`, ``, 90008},
		{`"From_Account":"ann"`, `"From_Account":"nobody"`, 90048},
		{`"To_Account":"bob",`, ``, 90003},
		{`"To_Account":"bob"`, `"To_Account":"nobody"`, 90048},
		{`"MsgRandom":1,`, ``, 90005},
		{`"MsgTimeStamp":1500000000,`, ``, 90006},
		{`"MsgTimeStamp":1500000000`, `"MsgTimeStamp":0`, 90006},
		{`"MsgTimeStamp":1500000000`, `"MsgTimeStamp":"1500000000"`, 90006},
		{`"MsgTimeStamp":1500000000`, `"MsgTimeStamp":4000000000`, 90006},
		{``, `"CloudCustomData":7,`, 90010},
	} {
		body := `{` + strings.Replace(good, tt.without, tt.with, 1) + `"MsgBody":` + helloBody + `}`
		require.True(t, json.Valid([]byte(body)), body)
		assert.Equal(t, tt.want, code(t, b.call("openim/importmsg", body)), body)
	}
	assert.Equal(t, 90007, code(t, b.call("openim/importmsg", `{`+good+`"MsgSeq":2}`)))
	assert.Empty(t, b.history("bob", "ann"))
}

func TestABackendDeletesForOneSide(t *testing.T) {
	b := players(t)
	send := func(from, to string, random int) string {
		return does[sent](b, "sendmsg", fmt.Sprintf(`{"From_Account":%q,"To_Account":%q,"MsgRandom":%d,"MsgBody":%s}`, from, to, random, helloBody)).MsgKey
	}
	first, second := send("ann", "bob", 1), send("bob", "ann", 2)
	send("ann", "bob", 3)
	body := fmt.Sprintf(`{"Operator_Account":"bob","Peer_Account":"ann","MsgKeyList":[%q,%q,"1_2_3","no key",7]}`, first, second)
	assert.Equal(t, []string{"no key", "7"}, does[deleted](b, "delete_c2c_msg_ramble", body).Invalid)
	assert.Len(t, b.history("bob", "ann"), 1)
	assert.Len(t, b.history("ann", "bob"), 3)
	assert.EqualValues(t, 1, does[unreadTotal](b, "get_c2c_unread_msg_num", `{"To_Account":"bob"}`).All)
	keys := strings.Repeat(`"1_2_3",`, maxKeys) + `"1_2_3"`
	for body, want := range map[string]int{
		`{"Peer_Account":"ann","MsgKeyList":["1_2_3"]}`:                               90008,
		`{"Operator_Account":"bob","MsgKeyList":["1_2_3"]}`:                           90003,
		`{"Operator_Account":"bob","Peer_Account":"ann"}`:                             90001,
		`{"Operator_Account":"bob","Peer_Account":"ann","MsgKeyList":"1_2_3"}`:        90001,
		`{"Operator_Account":"bob","Peer_Account":"ann","MsgKeyList":[` + keys + `]}`: 90001,
	} {
		assert.Equal(t, want, code(t, b.call("openim/delete_c2c_msg_ramble", body)), body)
	}
}

func TestEveryFieldOfAMessageThatIsSent(t *testing.T) {
	b := players(t)
	does[sent](b, "sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":7,"MsgBody":`+helloBody+`,"MsgLifeTime":99999999,
		"SendMsgControl":["NoUnread","NoLastMsg","NoMsgCheck","WithMuteNotifications","of another time"],"ForbidCallbackControl":["ForbidBeforeSendMsgCallback","ForbidAfterSendMsgCallback"],
		"SupportMessageExtension":1,"IsNeedReadReceipt":1,"OnlineOnlyFlag":0,"SyncOtherMachine":0,"MsgTimeStamp":1,
		"OfflinePushInfo":{"PushFlag":1,"Title":"t","Desc":"d","Ext":"{}","More":1,
			"AndroidInfo":{"Sound":"s","PushStyle":1,"OPPOChannelID":"o","HuaWeiImportance":"LOW"},"ApnsInfo":{"BadgeMode":1,"Sound":"x","ContentAvailable":0}}}`)
	m := b.history("bob", "ann")[0]
	assert.True(t, m.NoUnread && m.NoLast && m.NoModeration && m.SkipBeforeHook && m.SkipAfterHook && m.Extensible && m.NeedReceipt)
	assert.JSONEq(t, `{"offline_push_config_flag":1,"offline_push_config_title":"t","offline_push_config_desc":"d","offline_push_config_ext":"{}",
		"offline_push_config_android_config":{"android_offline_push_config_sound":"s","PushStyle":1,"android_offline_push_config_oppo_channel_id":"o","HuaWeiImportance":"LOW"},
		"offline_push_config_ios_config":{"ios_offline_push_config_ignore_badge":true,"ios_offline_push_config_sound":"x",
			"ios_offline_push_config_enable_background_notification":false}}`, string(m.OfflinePushConfig))
}

func TestAFieldThatIsWrongIsNamed(t *testing.T) {
	b := players(t)
	for field, want := range map[string]int{
		`"OnlineOnlyFlag":2`:                             90010,
		`"IsNeedReadReceipt":"1"`:                        90010,
		`"SupportMessageExtension":-1`:                   90010,
		`"SyncOtherMachine":3`:                           90031,
		`"SyncOtherMachine":"2"`:                         90031,
		`"MsgLifeTime":-1`:                               90026,
		`"MsgLifeTime":"x"`:                              90044,
		`"SendMsgControl":"NoUnread"`:                    90010,
		`"SendMsgControl":[1]`:                           90010,
		`"ForbidCallbackControl":{}`:                     90010,
		`"CloudCustomData":{}`:                           90010,
		`"OfflinePushInfo":"x"`:                          90043,
		`"OfflinePushInfo":{"PushFlag":"1"}`:             90043,
		`"OfflinePushInfo":{"Title":1}`:                  90043,
		`"OfflinePushInfo":{"ApnsInfo":[]}`:              90043,
		`"OfflinePushInfo":{"AndroidInfo":{"Sound":{}}}`: 90043,
		`"OfflinePushInfo":{"Ext":"` + strings.Repeat("x", maxPushInfo) + `"}`: 90043,
	} {
		answer := b.call("openim/sendmsg", `{"To_Account":"bob","MsgRandom":7,"MsgBody":`+helloBody+`,`+field+`}`)
		assert.Equal(t, want, code(t, answer), "%.60s", field)
		name, _, _ := strings.Cut(field[1:], `"`)
		assert.Contains(t, answer, name)
	}
	assert.Empty(t, b.history("bob", "administrator"))
}

// FuzzMessageCalls gives what may be in a body to the calls about messages: whatever it is,
// they answer, and what they take is kept as a good message.
func FuzzMessageCalls(f *testing.F) {
	for _, seed := range []string{
		`{"From_Account":"ann","To_Account":"bob","MsgRandom":1,"MsgBody":` + helloBody + `}`,
		`{"From_Account":"ann","To_Account":["bob"],"MsgRandom":1,"MsgBody":` + helloBody + `,"OfflinePushInfo":{"ApnsInfo":{"Sound":"x"}}}`,
		`{"SyncFromOldSystem":1,"From_Account":"ann","To_Account":"bob","MsgTimeStamp":1,"MsgRandom":1,"MsgBody":` + helloBody + `}`,
		`{"Operator_Account":"ann","Peer_Account":"bob","MsgKeyList":["1_2_3"]}`,
		`{"Operator_Account":"ann","Peer_Account":"bob","MaxCnt":1,"MinTime":0,"MaxTime":9,"LastMsgKey":"x"}`,
	} {
		f.Add(seed)
	}
	b := newBackend(f, 1<<30)
	require.NoError(f, b.chat.ImportAccounts(f.Context(), testApp, accountsOf("ann", "bob")))
	f.Fuzz(func(t *testing.T, body string) {
		b.t = t
		for _, command := range []string{"sendmsg", "batchsendmsg", "importmsg", "delete_c2c_msg_ramble", "admin_getroammsg", "admin_msgwithdraw"} {
			answer := b.call("openim/"+command, body)
			require.True(t, json.Valid([]byte(answer)))
			require.NotContains(t, []int{90992, 90994, 91000, 70500, 20005}, code(t, answer), "the store took all that was let through: %s", answer)
		}
		require.Zero(t, code(t, b.call("openim/admin_getroammsg", `{"Operator_Account":"ann","Peer_Account":"bob","MaxCnt":9,"MinTime":0,"MaxTime":4000000000}`)))
	})
}
