package admin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
)

func TestABackendModifies(t *testing.T) {
	b := players(t)
	key := does[sent](b, "sendmsg", `{"From_Account":"ann","To_Account":"bob","MsgRandom":7,"CloudCustomData":"c","MsgBody":`+helloBody+`}`).MsgKey
	modify := func(more string) string {
		return b.call("openim/modify_c2c_msg", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgKey":%q%s}`, key, more))
	}
	goodbye := strings.Replace(helloBody, "hello", "goodbye", 1)
	assert.Equal(t, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"succeed"}`, strings.TrimSpace(modify(`,"MsgBody":`+goodbye)))
	for _, user := range []string{"ann", "bob"} {
		m := b.history(user, map[string]string{"ann": "bob", "bob": "ann"}[user])[0]
		assert.JSONEq(t, `{"elem_type":0,"text_elem_content":"goodbye"}`, string(m.Elements[0]))
		assert.Equal(t, "c", m.CloudCustom)
		assert.EqualValues(t, 1, m.Edition)
	}
	modify(`,"CloudCustomData":""`)
	m := b.history("bob", "ann")[0]
	assert.Empty(t, m.CloudCustom)
	assert.EqualValues(t, 2, m.Edition)

	for more, want := range map[string]int{
		``:                     90010,
		`,"MsgBody":7`:         90007,
		`,"MsgBody":[]`:        90010,
		`,"CloudCustomData":7`: 60015,
		`,"MsgBody":` + strings.Replace(helloBody, "hello", strings.Repeat("x", 12289), 1): 93000,
	} {
		assert.Equal(t, want, code(t, modify(more)), "%.50s", more)
	}
	right := key
	for bad, want := range map[string]int{strings.Replace(key, "_7_", "_8_", 1): 20022, "1_2": 90054} {
		key = bad
		assert.Equal(t, want, code(t, modify(`,"CloudCustomData":""`)), bad)
	}
	key = right
	does[result](b, "admin_msgwithdraw", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgKey":%q}`, key))
	assert.Equal(t, 20023, code(t, modify(`,"CloudCustomData":""`)))
}

func TestABackendSendsReceipts(t *testing.T) {
	b := players(t)
	send := func(random int, more string) string {
		return does[sent](b, "sendmsg", fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgRandom":%d%s,"MsgBody":%s}`, random, more, helloBody)).MsgKey
	}
	wanted, unwanted := send(1, `,"IsNeedReadReceipt":1`), send(2, "")
	item := func(key string) string {
		return fmt.Sprintf(`{"From_Account":"ann","To_Account":"bob","MsgKey":%q}`, key)
	}
	peerRead := func() (read []int) {
		page := does[roaming](b, "admin_getroammsg", `{"Operator_Account":"ann","Peer_Account":"bob","MaxCnt":9,"MinTime":0,"MaxTime":4000000000}`)
		for _, m := range page.MsgList {
			read = append(read, m.PeerRead)
		}
		return read
	}
	does[result](b, "admin_set_msg_read", `{"Report_Account":"bob","Peer_Account":"ann"}`)
	assert.Equal(t, []int{0, 0}, peerRead(), "reading the conversation is no receipt")
	does[result](b, "c2c_msg_read_receipt", `{"Operator_Account":"bob","Peer_Account":"ann","C2CMsgInfo":[`+item(unwanted)+`,`+item(wanted)+`]}`)
	assert.Equal(t, []int{1, 0}, peerRead())

	many := strings.Repeat(item(wanted)+",", 30) + item(wanted)
	for list, want := range map[string]int{
		`7`:                  90010,
		`[]`:                 90010,
		`[` + many + `]`:     90010,
		`[7]`:                90010,
		`[{}]`:               90010,
		`[` + item("") + `]`: 90054,
		`[` + strings.Replace(item(wanted), `"bob"`, `"cid"`, 1) + `]`:                  90010,
		`[` + item(wanted) + `,` + item(strings.Replace(wanted, "_1_", "_9_", 1)) + `]`: 20022,
	} {
		answer := b.call("openim/c2c_msg_read_receipt", `{"Operator_Account":"bob","Peer_Account":"ann","C2CMsgInfo":`+list+`}`)
		assert.Equal(t, want, code(t, answer), "%.90s", answer)
	}
	assert.Equal(t, 90008, code(t, b.call("openim/c2c_msg_read_receipt", `{"Peer_Account":"ann","C2CMsgInfo":[`+item(wanted)+`]}`)))
	assert.Equal(t, 90003, code(t, b.call("openim/c2c_msg_read_receipt", `{"Operator_Account":"bob","C2CMsgInfo":[`+item(wanted)+`]}`)))
}

// Whatever a backend names as a message, it is found or refused, with a code of the service.
func FuzzReceiptKey(f *testing.F) {
	f.Add(`{"From_Account":"ann","To_Account":"bob","MsgKey":"1_2_3"}`)
	f.Add(`{"From_Account":null,"MsgKey":7}`)
	f.Fuzz(func(t *testing.T, text string) {
		body, err := readFields(strings.NewReader(`{"item":` + text + `}`))
		if err != nil {
			return
		}
		key, err := receiptKey(0, body.get("item"), "bob", "ann")
		if err != nil {
			require.Contains(t, []timerr.Code{timerr.SvrMsgInvalidJSONFormat, badMessageKey}, timerr.CodeOf(err))
			return
		}
		require.Equal(t, fields(body.get("item").Map()).get("MsgKey").String(), fmt.Sprintf("%d_%d_%d", key.Seq, key.Rand, key.Time))
	})
}
