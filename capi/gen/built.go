package main

// built lists the functions that are built: the others answer 7013 when logged in, or
// keep a callback that nothing calls yet.
var built = []string{
	"TIMInit",
	"TIMUninit",
	"TIMGetSDKVersion",
	"TIMGetServerTime",
	"TIMSetConfig",
	"TIMLogin",
	"TIMLogout",
	"TIMGetLoginUserID",
	"TIMGetLoginStatus",
	"callExperimentalAPI",
	"TIMGetUserStatus",
	"TIMSetSelfStatus",
	"TIMSubscribeUserStatus",
	"TIMUnsubscribeUserStatus",

	"TIMSetNetworkStatusListenerCallback",
	"TIMSetKickedOfflineCallback",
	"TIMSetUserSigExpiredCallback",
	"TIMSetLogCallback",
	"TIMSetExperimentalNotifyCallback",
	"TIMSetUserStatusChangedCallback",
}
