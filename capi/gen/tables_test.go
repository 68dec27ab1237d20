package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/capi/contract"
)

func TestExportsAreOneCallEach(t *testing.T) {
	bodies := map[string]string{}
	for _, e := range exports(load(t).Functions) {
		name, _, _ := strings.Cut(strings.Fields(e.Signature[0])[2], "(")
		bodies[name] = strings.Join(strings.Fields(strings.Join(e.Lines, " ")), " ")
	}
	for name, want := range map[string]string{
		"TIMLogin":  "const struct tim_value args[] = {tim_text(user_id), tim_text(user_sig)}; return tim_submit(TIM_FN_LOGIN, args, (tim_callback)cb, user_data);",
		"TIMLogout": "return tim_submit(TIM_FN_LOGOUT, NULL, (tim_callback)cb, user_data);",
		"TIMConvSetDraft": "const struct tim_value args[] = {tim_text(conv_id), tim_number(conv_type), tim_text(json_draft_param)}; " +
			"return tim_submit(TIM_FN_CONV_SET_DRAFT, args, NULL, NULL);",
		"TIMMsgSendNewMsgEx": "const struct tim_value args[] = {tim_text(conv_id), tim_number(conv_type), tim_text(json_msg_param)}; " +
			"return tim_submit_message(TIM_FN_MSG_SEND_NEW_MSG_EX, args, (tim_callback)msgid_cb, (tim_callback)res_cb, user_data);",
		"TIMMsgDoBackground":          "const struct tim_value args[] = {tim_number(unread_count)}; return tim_submit(TIM_FN_MSG_DO_BACKGROUND, args, (tim_callback)cb, user_data);",
		"TIMSetKickedOfflineCallback": "tim_set_callback(TIM_SLOT_KICKED_OFFLINE, (tim_callback)cb, user_data);",
		"TIMAddRecvNewMsgCallback":    "tim_add_callback(TIM_SLOT_RECV_NEW_MSG, (tim_callback)cb, user_data);",
		"TIMRemoveRecvNewMsgCallback": "tim_remove_callback(TIM_SLOT_RECV_NEW_MSG, (tim_callback)cb);",
	} {
		assert.Equal(t, want, bodies[name], name)
	}
	for _, name := range handWritten {
		assert.NotContains(t, bodies, name)
	}
	assert.Len(t, bodies, 244-len(handWritten))
}

func TestCallsDescribeArgumentsAsTheRulesSay(t *testing.T) {
	byName := map[string]call{}
	for _, c := range calls(load(t).Functions) {
		byName[c.Name] = c
	}
	assert.Len(t, byName, 163+6, "the calls, TIMInit, TIMUninit and the four without a callback")
	lines := func(function string, param int) string {
		require.Greater(t, len(byName[function].Params), param, function)
		return strings.Join(strings.Fields(strings.Join(byName[function].Params[param].Lines, " ")), " ")
	}
	for _, tt := range []struct {
		function string
		param    int
		want     string
	}{
		{"TIMInit", 0, `{.name = "sdk_app_id", .kind = TIM_KIND_UNSIGNED, .check = TIM_CHECK_REQUIRED},`},
		{"TIMInit", 1, `{.name = "json_sdk_config", .kind = TIM_KIND_OBJECT, .check = TIM_CHECK_OPTIONAL},`},
		{"TIMLogin", 0, `{.name = "user_id", .kind = TIM_KIND_TEXT, .check = TIM_CHECK_REQUIRED, .on_null = -4, .on_empty = -4},`},
		{"TIMConvDelete", 1, `{.name = "conv_type", .kind = TIM_KIND_NUMBER, .check = TIM_CHECK_REQUIRED, .values = values_1_2, .value_count = 2},`},
		{"TIMConvPinConversation", 2, `{.name = "is_pinned", .kind = TIM_KIND_BOOL, .check = TIM_CHECK_NONE},`},
		{"TIMMsgSendMessage", 3, `{.name = "message_id_buffer", .kind = TIM_KIND_BUFFER, .check = TIM_CHECK_NONE},`},
		{"TIMSignalingCancel", 1, `{.name = "data", .kind = TIM_KIND_TEXT, .check = TIM_CHECK_REQUIRED, .on_null = -4},`},
		{"TIMMsgSetOfflinePushToken", 0, `{.name = "json_token", .kind = TIM_KIND_OBJECT, .check = TIM_CHECK_OPTIONAL, .on_empty = -3},`},
	} {
		assert.Equal(t, tt.want, lines(tt.function, tt.param), tt.function)
	}
	assert.Contains(t, lines("TIMConvSetDraft", 2), ".on_null = -3")
	assert.Contains(t, lines("TIMMsgSendMessage", 2), ".nonempty = true")

	list := byName["TIMMsgGetGroupMessageReadMemberList"]
	assert.Equal(t, "MEMBER_LIST", list.Answer)
	assert.Equal(t, outcome{Code: 0, JSON: `""`}, list.Pre)
	assert.Equal(t, outcome{Run: true, JSON: `""`}, byName["TIMLogin"].Init)
	assert.Equal(t, "dispatchRequest", byName["TIMGetUserStatus"].GoKind)
	assert.Equal(t, "`[]`", strings.ReplaceAll(byName["TIMGetUserStatus"].InitJSON, `"`, "`"))
}

func TestNoCallHasMoreArgumentsThanThereIsRoomFor(t *testing.T) {
	for _, c := range calls(load(t).Functions) {
		assert.LessOrEqual(t, len(c.Params), contract.MaxParams, c.Name)
	}
}

func TestSlotsCallTheirOwnType(t *testing.T) {
	list := slots(load(t))
	require.Len(t, list, 70)
	find := func(name string) slot {
		i := slices.IndexFunc(list, func(s slot) bool { return s.Go == name })
		require.GreaterOrEqual(t, i, 0, name)
		return list[i]
	}
	network := find("slotNetworkStatusListener")
	assert.Equal(t, "((TIMNetworkStatusListenerCallback)cb)((enum TIMNetworkStatus)args[0].number, (int32_t)args[1].number, args[2].text, user_data);",
		strings.Join(strings.Fields(strings.Join(network.Call[1:], " ")), " "))
	assert.Contains(t, strings.Join(network.Lines, ""), ", 3, 0x4}")

	kicked := find("slotKickedOffline")
	assert.Equal(t, []string{"    (void)args;", "    ((TIMKickedOfflineCallback)cb)(user_data);"}, kicked.Call[1:])

	pinned := strings.Join(find("slotMsgGroupPinnedMessageChanged").Call, " ")
	assert.Contains(t, pinned, "args[2].number != 0", "a bool is 0 or 1")
}

func TestGoNamesOfEnums(t *testing.T) {
	enums, err := goEnums(load(t).Enums)
	require.NoError(t, err)
	got := map[string]int32{}
	for _, e := range enums {
		for _, v := range e.Values {
			got[v.Name] = v.Value
		}
	}
	for name, want := range map[string]int32{
		"ConvTypeC2C": 1, "LoginStatusLogined": 1, "GroupTipTypePinnedMessageAdded": 10,
		"FriendTypeBoth": 1, "CommunityPermissionValueAtAll": 128, "GroupModifyInfoFlagOwner": -2147483648,
	} {
		assert.Contains(t, got, name)
		assert.Equal(t, want, got[name], name)
	}

	_, err = goEnums([]contract.Enum{
		{Name: "TIMA", Values: []contract.Value{{Name: "kTIMB"}}},
		{Name: "TIMAB", Values: []contract.Value{{Name: "kTIMC"}}},
	})
	assert.EqualError(t, err, "internal/tim: two things are called AB")
}
