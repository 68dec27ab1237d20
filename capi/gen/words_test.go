package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSnakeKeepsWordsAndAcronymsTogether(t *testing.T) {
	for name, want := range map[string]string{
		"Login":                               "LOGIN",
		"MsgSendMessage":                      "MSG_SEND_MESSAGE",
		"CallExperimentalAPI":                 "CALL_EXPERIMENTAL_API",
		"GetLoginUserID":                      "GET_LOGIN_USER_ID",
		"MsgSetC2CReceiveMessageOpt":          "MSG_SET_C2C_RECEIVE_MESSAGE_OPT",
		"MsgSetAllReceiveMessageOpt2":         "MSG_SET_ALL_RECEIVE_MESSAGE_OPT2",
		"CommunityReceiveTopicRESTCustomData": "COMMUNITY_RECEIVE_TOPIC_REST_CUSTOM_DATA",
	} {
		assert.Equal(t, want, snake(name))
	}
}

func TestSlotsAreNamedAfterTheirSetters(t *testing.T) {
	assert.Equal(t, "KickedOffline", slotName("TIMSetKickedOfflineCallback"))
	assert.Equal(t, "RecvNewMsg", slotName("TIMAddRecvNewMsgCallback"))
	assert.Equal(t, "RecvNewMsg", slotName("TIMRemoveRecvNewMsgCallback"))
}

func TestWrapBreaksBetweenWords(t *testing.T) {
	assert.Equal(t, []string{"one two", "three", "abcdefghijk", "four"}, wrap("one  two\n three abcdefghijk four", 7))
	assert.Empty(t, wrap("  ", 7))
}

func TestListedBreaksBetweenItems(t *testing.T) {
	assert.Equal(t, []string{"f(a, b);"}, listed("f(", []string{"a", "b"}, ");"))

	long := make([]string, 30)
	for i := range long {
		long[i] = "argument"
	}
	lines := listed("f(", long, ");")
	assert.Greater(t, len(lines), 1)
	for i, l := range lines {
		assert.LessOrEqual(t, len(l), lineWidth)
		assert.Regexp(t, map[bool]string{true: `^f\(argument`, false: `^  argument`}[i == 0], l)
	}
}

func TestPublishedKeepsWhatIsAboutTheLibrary(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a text is a sentence", "Group id", "Group id."},
		{"a version goes", "Whether a broadcast message; live groups only (6.5).", "Whether a broadcast message; live groups only."},
		{"an aside about plans goes", "Community: up to 100000, free to join (5.8, flagship).", "Community: up to 100000, free to join."},
		{"an aside about the thing stays", "Conversation id (user or group id).", "Conversation id (user or group id)."},
		{"a sentence about sources goes", "Creation time. The wrapper reads create_time.", "Creation time."},
		{"a clause about sources goes", "Invitees; the header says string", "Invitees."},
		{"what is left begins with a capital", "By the header; length in seconds", "Length in seconds."},
		{"e.g. ends no sentence", "Added, e.g. by a first message.", "Added, e.g. by a first message."},
		{"nothing may be left", "The header says string.", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, published(tt.text))
		})
	}
}
