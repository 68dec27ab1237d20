package main

// rewritten are the texts of enums and keys that hardly speak of anything but the contract's
// sources, or that are true of the service and not of our library.
var rewritten = map[string]string{
	"TIMErrCode":                                      "The codes of callbacks",
	"kTIMSdkConfigConfigFilePath":                     "Folder of the library's files; made when it is missing. Default: banter/ and the app id, in the user's data folder",
	"kTIMSdkConfigLogFilePath":                        "Folder of the logs. Default: log, in the config folder",
	"kTIMSetConfigIsLogOutputConsole":                 "Whether to log to standard output; default false",
	"kTIMDraftEditTime":                               "UTC time the draft was last set",
	"kTIMConvActiveTime":                              "Sort key of the conversation; not a plain time",
	"kTIMSoundElemFileTime":                           "Length of the sound in seconds",
	"kTIMVideoElemImageWidth":                         "Snapshot width; set when sending",
	"kTIMVideoElemImageHeight":                        "Snapshot height; set when sending",
	"kTIMMsgReactionPartialUserInfoList":              "Some of the users, as many as asked for, with user_profile_* keys",
	"kTIMMsgReactionUserResultUserInfoArray":          "Users, with user_profile_* keys",
	"kTIMGroupDetailInfoVisible":                      "Whether members are visible, as a number",
	"kTIMGroupDetailInfoSearchable":                   "Whether searchable, as a number",
	"kTIMGroupSearchResultGroupList":                  "Groups",
	"TIMGroupMemberSearchResultMemberList":            "Members by group",
	"kTIMGroupPendencyAddTime":                        "Time of the request, in milliseconds",
	"kTIMFriendProfileCustomStringInfoKey":            "Field name, with or without the prefix Tag_SNS_Custom_",
	"kTIMFriendshipAddFriendParamAddSource":           "Source, with the prefix AddSource_Type_",
	"kTIMFriendshipFriendInfoGetResultIdentifier":     "User id",
	"kTIMCommunityTopicInfoTopicType":                 "\"Public\" (default, open to community members) or \"Private\" (own member list of up to 10000)",
	"kTIMCommunityTopicInfoModifyFlag":                "Bit mask of what to change; same key as in GroupModifyInfoParam",
	"kTIMSignalingInfoInviteeList":                    "Invitees",
	"kTIMOfflinePushTokenBusinessID":                  "Certificate id",
	"kTIMAndroidOfflinePushConfigHonorImportance":     "Honor importance: \"NORMAL\" or \"LOW\"",
	"kTIMRequestGetServerConfigValueTypeParam":        "0 or unset invalid, 1 number, 2 string",
	"kTIMInternalOperationIsCommercialAbilityEnabled": "Ask whether an ability is on",
}
