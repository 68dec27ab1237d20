package suite

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Extensions and reactions of messages, from one game through a server to others.

const (
	onExtensions = "TIMSetMsgExtensionsChangedCallback"
	onNoLonger   = "TIMSetMsgExtensionsDeletedCallback"
	onReactions  = "TIMSetMsgReactionsChangedCallback"
)

// extended are the functions about them that a server answers.
const extended = "TIMMsgSetMessageExtensions TIMMsgDeleteMessageExtensions TIMMsgAddMessageReaction TIMMsgRemoveMessageReaction " +
	"TIMMsgGetMessageReactions TIMMsgGetAllUserListOfMessageReaction "

// reactor is a chatter that listens to extensions and reactions too.
func (s *server) reactor(t *testing.T, user, platform, folder string) *puppet {
	t.Helper()
	p := s.quiet(t, platform, folder)
	p.listen(onExtensions, onNoLonger, onReactions)
	p.login(user, s.ticket(user), 0)
	p.caughtUp()
	return p
}

// asksVotes sends a message that may have extensions.
func (p *puppet) asksVotes(to, words string) chatMessage {
	p.t.Helper()
	answer := p.do("TIMMsgSendMessage", text(to), number(1), text(fmt.Sprintf(
		`{"message_elem_array":[{"elem_type":0,"text_elem_content":%q}],"message_support_message_extension":true}`, words)), buffer)
	require.Zero(p.t, answer.Code, *answer.Desc)
	var m chatMessage
	require.NoError(p.t, json.Unmarshal([]byte(*answer.JSON), &m))
	return m
}

// object names a message as the device of its reader has it.
func object(with string, m chatMessage) arg {
	return text(fmt.Sprintf(`{"message_conv_id":%q,"message_conv_type":1,"message_msg_id":%q}`, with, m.ID))
}

// votes writes an extension, and returns its code and value in the answer.
func (p *puppet) votes(with string, m chatMessage, key, value string) (code int, now string) {
	p.t.Helper()
	answer := p.do("TIMMsgSetMessageExtensions", object(with, m),
		text(fmt.Sprintf(`[{"message_extension_key":%q,"message_extension_value":%q}]`, key, value)))
	require.Zero(p.t, answer.Code, *answer.Desc)
	var results []struct {
		Code int `json:"message_extension_result_code"`
		Item struct {
			Value string `json:"message_extension_value"`
		} `json:"message_extension_item"`
	}
	require.NoError(p.t, json.Unmarshal([]byte(*answer.JSON), &results))
	require.Len(p.t, results, 1)
	return results[0].Code, results[0].Item.Value
}

// extensions reads a message's extensions.
func (p *puppet) extensions(with string, m chatMessage) string {
	p.t.Helper()
	answer := p.do("TIMMsgGetMessageExtensions", object(with, m))
	require.Zero(p.t, answer.Code, *answer.Desc)
	return *answer.JSON
}

func pair(key, value string) string {
	return fmt.Sprintf(`{"message_extension_key":%q,"message_extension_value":%q}`, key, value)
}

// told waits for the callback about a message and returns its JSON.
func (p *puppet) told(callback string, m chatMessage) string {
	p.t.Helper()
	var args []string
	require.NoError(p.t, json.Unmarshal([]byte(p.eventWith(callback, m.ID)), &args))
	return args[len(args)-1]
}

func TestPlayersVoteWithExtensions(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--login-policy", "multi")
	ann, annToo := s.reactor(t, "ann", "linux", t.TempDir()), s.reactor(t, "ann", "android", t.TempDir())
	bob := s.reactor(t, "bob", "linux", t.TempDir())
	m := ann.asksVotes("bob", "who plays?")
	bob.reads("who plays?")
	annToo.reads("who plays?")
	code, _ := bob.votes("ann", m, "bob", "yes")
	assert.Zero(t, code)
	for _, p := range []*puppet{ann, annToo, bob} {
		assert.JSONEq(t, "["+pair("bob", "yes")+"]", p.told(onExtensions, m))
	}
	assert.JSONEq(t, "["+pair("bob", "yes")+"]", annToo.extensions("bob", m))
	code, _ = annToo.votes("bob", m, "bob", "no")
	assert.Zero(t, code, "who has heard of bob's vote may change it")
	assert.JSONEq(t, "["+pair("bob", "no")+"]", bob.told(onExtensions, m))

	unaware := s.reactor(t, "bob", "android", t.TempDir())
	unaware.history("ann", wholeHistory)
	code, now := unaware.votes("ann", m, "bob", "perhaps")
	assert.Equal(t, []any{23001, "no"}, []any{code, now}, "a device that has not heard of it loses, and hears")
	code, _ = unaware.votes("ann", m, "bob", "perhaps")
	assert.Zero(t, code)
	bob.told(onExtensions, m)

	assert.Zero(t, bob.do("TIMMsgDeleteMessageExtensions", object("ann", m), text(`["bob"]`)).Code)
	assert.JSONEq(t, `[{"message_extension_key":"bob"}]`, ann.told(onNoLonger, m))
	assert.JSONEq(t, `[]`, ann.extensions("bob", m))
	answer := bob.do("TIMMsgDeleteMessageExtensions", object("ann", m), text(`["bob"]`))
	assert.Contains(t, *answer.JSON, "23004")
	plain := ann.writes("bob", "plain")
	bob.reads("plain")
	assert.Equal(t, 23002, bob.do("TIMMsgSetMessageExtensions", object("ann", plain), text("["+pair("k", "v")+"]")).Code)
	assert.Equal(t, 6017, bob.do("TIMMsgSetMessageExtensions", object("ann", m), text("[]")).Code)
}

// reacted is a user who has reacted, as JSON.
func reacted(id string) string {
	return fmt.Sprintf(`{"user_profile_identifier":%q,"user_info_userid":%[1]q}`, id)
}

// knights is the reactions of a message that has one: so many users, the first of whom are users.
func knights(total int, mine bool, users string) string {
	return fmt.Sprintf(`[{"message_reaction_id":"\u265e","message_reaction_total_user_count":%d,"message_reaction_partial_user_info_array":[%s],`+
		`"message_reaction_reacted_by_myself":%t}]`, total, users, mine)
}

func TestPlayersReact(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--login-policy", "multi")
	ann, annToo := s.reactor(t, "ann", "linux", t.TempDir()), s.reactor(t, "ann", "android", t.TempDir())
	folder := t.TempDir()
	bob := s.reactor(t, "bob", "linux", folder)
	m := ann.writes("bob", "hello")
	bob.reads("hello")
	annToo.reads("hello")
	assert.Zero(t, bob.do("TIMMsgAddMessageReaction", object("ann", m), text("\u265e")).Code)
	change := func(reactions string) string {
		return fmt.Sprintf(`[{"message_reaction_change_info_msg_id":%q,"message_reaction_change_info_reaction_list":%s}]`, m.ID, reactions)
	}
	assert.JSONEq(t, change(knights(1, true, reacted("bob"))), bob.told(onReactions, m))
	for _, p := range []*puppet{ann, annToo} {
		assert.JSONEq(t, change(knights(1, false, reacted("bob"))), p.told(onReactions, m))
	}
	assert.Equal(t, 23007, bob.do("TIMMsgAddMessageReaction", object("ann", m), text("\u265e")).Code)
	assert.Equal(t, 23009, ann.do("TIMMsgRemoveMessageReaction", object("bob", m), text("\u265e")).Code)
	assert.Equal(t, 23008, ann.do("TIMMsgRemoveMessageReaction", object("bob", m), text("x")).Code)

	bob.kill()
	assert.Zero(t, annToo.do("TIMMsgAddMessageReaction", object("bob", m), text("\u265e")).Code)
	second := ann.writes("bob", "while you were away")
	assert.Zero(t, ann.do("TIMMsgAddMessageReaction", object("bob", second), text("x")).Code)
	bob = s.reactor(t, "bob", "linux", folder)
	bob.reads("while you were away")
	bob.eventWith(onReactions, second.ID)
	answer := bob.do("TIMMsgGetMessageReactions", text(fmt.Sprintf(`[{"message_conv_id":"ann","message_conv_type":1,"message_msg_id":%q}]`, m.ID)), number(1))
	require.Zero(t, answer.Code, *answer.Desc)
	assert.JSONEq(t, fmt.Sprintf(`[{"message_reaction_result_code":0,"message_reaction_result_info":"","message_reaction_result_msg_id":%q,`+
		`"message_reaction_result_reaction_list":%s}]`, m.ID, knights(2, true, reacted("bob"))), *answer.JSON)
	page := bob.do("TIMMsgGetAllUserListOfMessageReaction", object("ann", m), text("\u265e"), number(0), number(1))
	var users struct {
		Next     int64 `json:"message_reaction_user_result_next_seq"`
		Finished bool  `json:"message_reaction_user_result_is_finished"`
	}
	require.NoError(t, json.Unmarshal([]byte(*page.JSON), &users))
	assert.False(t, users.Finished)
	page = bob.do("TIMMsgGetAllUserListOfMessageReaction", object("ann", m), text("\u265e"), number(users.Next), number(1))
	assert.JSONEq(t, fmt.Sprintf(`{"message_reaction_user_result_user_info_array":[%s],"message_reaction_user_result_next_seq":0,`+
		`"message_reaction_user_result_is_finished":true}`, reacted("ann")), *page.JSON)

	assert.Zero(t, ann.do("TIMMsgRevoke", text("bob"), number(1), object("bob", m)).Code)
	bob.eventWith(onRevoked, m.ID)
	assert.Equal(t, 20023, bob.do("TIMMsgAddMessageReaction", object("ann", m), text("x")).Code, "the message was recalled")
}
