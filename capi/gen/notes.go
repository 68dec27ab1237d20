package main

// note is what a function's comment says beyond the contract.
type note struct {
	brief   string // instead of the contract's summary
	more    []string
	params  map[string]string
	returns string
	codes   []codeNote
}

type codeNote struct {
	code    int32
	meaning string
}

const addressText = `The server's address, the first that is given: callExperimentalAPI with
	internal_operation_set_custom_server_info, "sdk_config_server_url" here, the environment's
	BANTER_SERVER_URL, "server_url" in a file imsdk.json in the config folder.`

var notes = map[string]note{
	"TIMInit": {
		brief: "Starts the library for one app. It may be started and ended again for ever.",
		more: []string{
			`While it is started, a second call returns TIM_SUCC and changes nothing. It makes one attempt
			to reach the server at once; the network status callback tells how that went.`,
			addressText,
			`Keys of json_sdk_config beside those of SdkConfig: "sdk_config_server_url" (wss://host:port; ws
			on loopback), "sdk_config_allow_plaintext" (false), "sdk_config_tls_ca_file",
			"sdk_config_tls_pin_sha256" (base64 of the key's SPKI hash), "sdk_config_callback_mode" ("thread"
			or "pump", see TIMExtension.h), "sdk_config_platform" (android, iphone, ipad, windows, mac, linux
			or web).`,
		},
		params: map[string]string{
			"sdk_app_id":      "The app's number; not 0.",
			"json_sdk_config": `A JSON object: SdkConfig, every key optional. May be NULL or "".`,
		},
		returns: "TIM_SUCC, TIM_ERR_JSON for a malformed config, TIM_ERR_PARAM for the app id 0, or TIM_ERR_SDKUNINIT " +
			"when the process may open no more files; it may be tried again.",
	},
	"TIMUninit": {
		brief: "Ends the library: closes the link, answers what is pending with 7009, and waits for the running callback.",
		more: []string{
			`No callback comes after it has returned. The server sees a closed link, not a logout. It takes
			two seconds at most. From inside a callback, the answers that are left run nested on that
			thread. In pump mode it runs what is left itself. Callbacks that were set stay set.`,
		},
		returns: "TIM_SUCC.",
	},
	"TIMGetSDKVersion": {
		brief:   "Returns the version of the API, such as 8.6.1; TIMXVersion has the library's own.",
		returns: "A text that stays valid.",
	},
	"TIMGetServerTime": {
		brief:   "Returns the server's clock once connected, else this machine's.",
		returns: "Seconds since 1970.",
	},
	"TIMGetLoginUserID": {
		brief:   "Writes the id of the user who is logged in, or \"\" when nobody is.",
		params:  map[string]string{"user_id_buffer": "At least 128 bytes; a NUL ends the id."},
		returns: "TIM_SUCC or TIM_ERR_PARAM.",
	},
	"TIMGetLoginStatus": {
		brief:   "Returns how far the login is. Right on the line after TIMLogin or TIMLogout.",
		returns: "A value of TIMLoginStatus; kTIMLoginStatus_UnLogined before TIMInit.",
	},
	"TIMSetConfig": {
		brief: "Changes log levels, user options and proxies, singly or together. Works before TIMInit.",
		more:  []string{"The callback gets the complete configuration, without the proxies' passwords."},
	},
	"TIMLogin": {
		brief: "Logs a user in.",
		more: []string{
			`For the user who is logged in, the same user_sig succeeds at once; another one is checked, and
			replaces it in place. For another user, a login in flight ends with 7009, and whoever is logged
			in is logged out first.`,
		},
		params: map[string]string{
			"user_id":  "Who logs in: 1 to 32 bytes of printable ASCII.",
			"user_sig": "The ticket that your own server issued for user_id.",
		},
		codes: []codeNote{
			{0, "logged in; events start to arrive"},
			{6013, "TIMInit was not called"},
			{6023, "TIMLogout was called first"},
			{6208, "another device logged in meanwhile"},
			{7003, "user_id is not 1 to 32 bytes of printable ASCII"},
			{7009, "TIMUninit or another user's login came first"},
			{7501, "a login of this user is in flight"},
			{9508, "there is no server address, or no link to it"},
			{9520, "the server did not answer within 30 s"},
			{9523, "the server was not reached within 30 s"},
			{70001, "user_sig has expired"},
			{70003, "user_sig is broken, perhaps cut short"},
			{70009, "user_sig was made with another app's key"},
			{70013, "user_sig is for another user"},
			{70014, "user_sig is for another app"},
			{70050, "too many failed tries: wait a minute"},
			{70052, "user_sig was issued before the account was logged out everywhere"},
		},
	},
	"TIMLogout": {
		brief: "Logs the user out. Succeeds within 5 s, whether the server is reached or not.",
		more:  []string{"A login in flight ends with 6023. With nobody logged in it succeeds at once."},
		codes: []codeNote{
			{0, "nobody is logged in"},
			{6013, "TIMInit was not called"},
			{7009, "TIMUninit came first"},
			{7502, "a logout is running already"},
		},
	},
	"callExperimentalAPI": {
		brief: "Runs an operation that is not part of the stable API. Works before TIMInit.",
		more: []string{
			`Built are internal_operation_set_custom_server_info, internal_operation_set_network_info,
			internal_operation_write_log, internal_operation_set_log_setting and the following.
			internal_operation_set_packet_request_timeout: how many seconds a login or a request may take, 1
			to 300; 0 is the default of 30. internal_operation_set_ipv6_prior: true tries IPv6 first, for
			two seconds. internal_operation_set_ignore_repeat_login: true makes TIMLogin of the user who is
			logged in succeed at once, and keep the old user_sig, whatever the new one is.`,
			`Taken without effect are internal_operation_set_max_retry_count (a login is tried until its time
			is up, a request that was sent is not sent again), internal_operation_set_custom_login_info and
			internal_operation_set_ui_platform. All others are refused.`,
		},
		codes: []codeNote{
			{0, "done"},
			{6017, "the operation is missing, or its parameter is wrong"},
			{7013, "this version does not have the operation"},
		},
	},
	"TIMSetNetworkStatusListenerCallback": {
		brief: "Registers the listener for the link between the library and the server, not for the device's own network.",
		more:  []string{"Listening is optional: while a login is wanted, the library connects again by itself."},
	},
	"TIMSetLogCallback": {
		brief: "Registers the receiver of the library's log lines; TIMSetConfig says which levels reach it.",
	},
	"TIMSetExperimentalNotifyCallback": {
		more: []string{
			`Keys of ours: banter_kicked, {"reason", "platform", "time", "instance"} with the reason
			other_device, admin, ticket_revoked or account_deleted, before the kicked-offline callback;
			banter_usersig_expiring, {"expires_in"} in seconds.`,
		},
	},
	"TIMSetKickedOfflineCallback": {
		brief: `Registers the listener told when a login on another device pushes this one off, also when that
			happened while this one was away: then when it comes back.`,
		more: []string{
			"The status is logged out by then, and the library does not connect again by itself: log in to do so.",
			`A TIMLogin that waits for this device to come back ends with 6208 besides, unless the server is
			set not to. So does, once, the first TIMLogin of a game that was started anew, if the server is set to.`,
		},
	},
	"TIMSetUserSigExpiredCallback": {
		more: []string{"The status is logged out by then: fetch a new ticket and log in."},
	},
}

// paramTexts describe the parameters that many functions share.
var paramTexts = map[string]string{
	"clean_sequence":              "Group messages up to this sequence count as read; 0: all.",
	"clean_timestamp":             "Messages up to this time, in seconds, count as read; 0: all.",
	"clear_message":               "Whether their messages are deleted too.",
	"conv_id":                     "The user's or the group's id.",
	"conv_type":                   "A value of TIMConvType.",
	"conversation_id":             `"c2c_" and a user id, "group_" and a group id, "c2c", "group", or "" for all.`,
	"count":                       "How many to get at most.",
	"custom_data":                 "A text of the game's own.",
	"data":                        "A text of the game's own.",
	"duration":                    "In seconds.",
	"enable_mark":                 "Whether the mark is set or taken away.",
	"group_counter_key":           "The counter's name.",
	"group_counter_value":         "By how much.",
	"group_id":                    "The group's id.",
	"group_name":                  "The name of the group of conversations.",
	"hello_msg":                   "What the owner and the admins read with the application.",
	"invite_id":                   "The invitation's id.",
	"invitee":                     "The user who is invited.",
	"isInherit":                   "Whether the topic takes the option of its community.",
	"language":                    "The spoken language, such as zh (Cmn-Hans-CN).",
	"mark_type":                   "A bit of TIMConversationMarkType, or from 1<<32 on one of the game's own.",
	"max_user_count_per_reaction": "How many users to get for each reaction, at most.",
	"message_id":                  "The message's id.",
	"next_cursor":                 `"" at first, then what the last page brought.`,
	"next_seq":                    "0 at first, then what the last page brought.",
	"official_account_id":         "The official account's id.",
	"online_user_only":            "Whether only a user who is online gets it.",
	"path":                        "The file to write, in UTF-8.",
	"permission_group_id":         "The permission group's id.",
	"reaction_id":                 "The reaction's name.",
	"source_language":             `The language of the texts; "": found out.`,
	"start_hour":                  "The hour, in local time.",
	"start_minute":                "The minute.",
	"start_second":                "The second.",
	"start_time_stamp":            "In seconds since 1970.",
	"target_language":             "The language to translate to.",
	"timeout":                     "In seconds; 0: none.",
	"topic_id":                    "The topic's id.",
	"unread_count":                "The number on the app's icon.",
	"url":                         "Where the recording is.",
}
