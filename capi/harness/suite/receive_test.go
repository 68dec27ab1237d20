package suite

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const onQuiet = "TIMSetMsgAllMessageReceiveOptionCallback"

// receiving are the functions that this file is about.
const receiving = "TIMMsgSetC2CReceiveMessageOpt TIMMsgGetC2CReceiveMessageOpt TIMMsgSetAllReceiveMessageOpt " +
	"TIMMsgSetAllReceiveMessageOpt2 TIMMsgGetAllReceiveMessageOpt"

// receives sets how messages of users are received.
func (p *puppet) receives(option int, users string) {
	p.t.Helper()
	answer := p.do("TIMMsgSetC2CReceiveMessageOpt", text(users), number(int64(option)))
	require.Zero(p.t, answer.Code, *answer.Desc)
}

// option is what a conversation says of how it is received, -1 without the conversation.
func (p *puppet) option(with string) int {
	p.t.Helper()
	answer := p.do("TIMConvGetConvList")
	require.Zero(p.t, answer.Code, *answer.Desc)
	var list []struct {
		ID     string `json:"conv_id"`
		Option int    `json:"conv_recv_opt"`
	}
	require.NoError(p.t, json.Unmarshal([]byte(*answer.JSON), &list))
	for _, c := range list {
		if c.ID == with {
			return c.Option
		}
	}
	return -1
}

// What one does not receive comes on none of their devices, neither at once nor later, also
// not after restarts of the game and of the server, and stands in the history.
func TestWhatIsNotReceivedIsTrulyQuiet(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--login-policy", "multi")
	folder := t.TempDir()
	phone, pc := s.chatter(t, "ann", "android", t.TempDir()), s.chatter(t, "ann", "linux", folder)
	bob, cid := s.chatter(t, "bob", "linux", t.TempDir()), s.chatter(t, "cid", "linux", t.TempDir())
	bob.writes("ann", "before")
	for _, p := range []*puppet{phone, pc} {
		p.reads("before")
		p.eventWith(onUnread, "[1]")
	}
	phone.receives(1, `["bob"]`)
	pc.eventWith(onChats, `\"conv_recv_opt\":1`)
	for _, p := range []*puppet{phone, pc} {
		p.eventWith(onUnread, "[0]") // those do not count
		assert.Equal(t, 1, p.option("bob"))
	}
	bob.writes("ann", "quiet")
	cid.writes("ann", "aloud") // and came after it
	for _, p := range []*puppet{phone, pc} {
		assert.Equal(t, "aloud", messagesIn(t, p.event(onMessages))[0].text(), "nothing else came")
		assert.ElementsMatch(t, []string{"bob 1 before", "cid 1 aloud"}, p.chats())
		assert.Equal(t, []string{"quiet", "before"}, p.history("bob", wholeHistory))
	}
	pc.kill()
	bob.writes("ann", "while you were away")
	pc = s.chatter(t, "ann", "linux", folder)
	assert.False(t, pc.heard(onMessages))
	assert.ElementsMatch(t, []string{"bob 1 before", "cid 1 aloud"}, pc.chats())
	assert.Equal(t, 1, pc.option("bob"))
	fresh := s.chatter(t, "ann", "windows", t.TempDir())
	assert.ElementsMatch(t, []string{"bob 1 before", "cid 1 aloud"}, fresh.chats())

	answer := pc.do("TIMMsgGetC2CReceiveMessageOpt", text(`["cid","bob"]`))
	assert.JSONEq(t, `[{"msg_recv_msg_opt_result_identifier":"cid","msg_recv_msg_opt_result_opt":0},
		{"msg_recv_msg_opt_result_identifier":"bob","msg_recv_msg_opt_result_opt":1}]`, *answer.JSON)
	pc.receives(0, `["bob"]`)
	bob.writes("ann", "again")
	for _, p := range []*puppet{phone, pc, fresh} {
		assert.Equal(t, "again", messagesIn(t, p.event(onMessages))[0].text(), "and none of those before")
		assert.Contains(t, p.chats(), "bob 2 again")
	}
	for users, code := range map[string]int{`[1]`: 6017, `["nobody"]`: 20003, `[""]`: 6017} {
		assert.Equal(t, code, pc.do("TIMMsgSetC2CReceiveMessageOpt", text(users), number(1)).Code, users)
	}
	assert.Equal(t, 6017, pc.do("TIMMsgSetC2CReceiveMessageOpt", text(`["bob"]`), number(99)).Code)
}

func TestDoNotDisturbReachesTheUsersDevices(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--login-policy", "multi")
	folder := t.TempDir()
	phone, pc := s.quiet(t, "android", t.TempDir()), s.quiet(t, "linux", folder)
	for _, p := range []*puppet{phone, pc} {
		p.listen(onQuiet)
		p.login("ann", s.ticket("ann"), 0)
		p.caughtUp()
	}
	answer := phone.do("TIMMsgSetAllReceiveMessageOpt", number(2), number(22), number(30), number(0), number(36000))
	require.Zero(t, answer.Code, *answer.Desc)
	for _, p := range []*puppet{phone, pc} {
		assert.Contains(t, p.event(onQuiet), `\"msg_all_recv_msg_opt_start_hour\":22`)
	}
	const night = `[{"msg_all_recv_msg_opt_level":2,"msg_all_recv_msg_opt_start_hour":22,"msg_all_recv_msg_opt_start_minute":30,
		"msg_all_recv_msg_opt_start_second":0,"msg_all_recv_msg_opt_start_time_stamp":0,"msg_all_recv_msg_duration":36000}]`
	assert.JSONEq(t, night, *pc.do("TIMMsgGetAllReceiveMessageOpt").JSON)
	pc.kill()
	once := phone.do("TIMMsgSetAllReceiveMessageOpt2", number(3), number(1800000000), number(60))
	require.Zero(t, once.Code, *once.Desc)
	pc = s.quiet(t, "linux", folder)
	pc.listen(onQuiet)
	pc.login("ann", s.ticket("ann"), 0)
	assert.Contains(t, pc.event(onQuiet), `\"msg_all_recv_msg_opt_start_time_stamp\":1800000000`, "it was set meanwhile")
	assert.Equal(t, 6017, pc.do("TIMMsgSetAllReceiveMessageOpt", number(2), number(24), number(0), number(0), number(1)).Code)
	assert.Equal(t, 6017, pc.do("TIMMsgSetAllReceiveMessageOpt", number(1), number(0), number(0), number(0), number(1)).Code)
}
