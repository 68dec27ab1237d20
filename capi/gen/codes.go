package main

import (
	"strings"

	"github.com/banter-im/banter/capi/contract"
)

// codeConst is a constant of internal/timerr.
type codeConst struct {
	Name string // SDKNotLoggedIn
	Code int32
	Text string // a Go string: what a game is told
	Note string // the same as a sentence, for the reader of the constants
}

// codeWords are the words of error names that Go writes otherwise than with one capital.
var codeWords = map[string]string{
	"API": "API", "GUID": "GUID", "HTTP": "HTTP", "ID": "ID", "JSON": "JSON", "MD5": "MD5", "QAL": "QAL",
	"REST": "REST", "SDK": "SDK", "SDKAPPID": "SDKAppID", "SSO": "SSO", "TLS": "TLS", "TLSSDK": "TLSSDK",
	"UGC": "UGC", "URL": "URL", "USERSIG": "UserSig",
}

// codeName turns ERR_SDK_NOT_LOGGED_IN into SDKNotLoggedIn.
func codeName(name string) string {
	var short strings.Builder
	for _, word := range strings.Split(strings.TrimPrefix(name, "ERR_"), "_") {
		if special, ok := codeWords[word]; ok {
			word = special
		} else {
			word = word[:1] + strings.ToLower(word[1:])
		}
		short.WriteString(word)
	}
	return short.String()
}

// codeConsts lists the named codes, in the contract's order.
func codeConsts(errors []contract.Error) []codeConst {
	var list []codeConst
	for _, e := range errors {
		if e.Name == "" {
			continue
		}
		meaning := codeMeaning(e.Name, e.Meaning)
		list = append(list, codeConst{Name: codeName(e.Name), Code: e.Code,
			Text: goString(strings.TrimSuffix(meaning, ".")), Note: capital(sentence(meaning))})
	}
	return list
}

// meanings are the codes that mean something else with us than the contract says: we have
// no plans to buy, and no console of somebody else's.
var meanings = map[string]string{
	"ERR_SUCC":                                    "ok",
	"ERR_SDK_NOT_INITIALIZED":                     "not initialized",
	"ERR_SDK_NOT_LOGGED_IN":                       "not logged in",
	"ERR_SDK_INTERFACE_NOT_SUPPORT":               "not supported by this version",
	"ERR_SVR_COMM_INVALID_SERVICE":                "The server has this feature turned off",
	"ERR_SVR_ACCOUNT_USER_STATUS_DISABLED":        "The server has user status turned off",
	"ERR_SVR_PROFILE_SUBSCRIPTION_DISABLED":       "The server has profile subscription turned off",
	"ERR_SVR_MSG_INVALID_TO_ACCOUNT":              "To_Account is missing or not an integer",
	"ERR_SVR_GROUP_AVCHATROOM_COUNT_LIMIT":        "Too many live groups created",
	"ERR_SVR_GROUP_COUNT_LIMIT":                   "The user is in or has created too many groups",
	"ERR_SVR_GROUP_MEMBER_COUNT_LIMIT":            "Too many members",
	"ERR_SVR_ACCOUNT_COUNT_LIMIT":                 "The server's limit of accounts is reached",
	"ERR_SVR_ACCOUNT_USERSIG_MISMATCH_PUBLICKEY":  "The user signature was not made with this app's key",
	"ERR_SVR_ACCOUNT_USERSIG_PUBLICKEY_NOT_FOUND": "The server has no key to check the user signature with",
	"ERR_SVR_SSO_UIN_INVALID":                     "The account in the key differs from the one in the request",
}

func codeMeaning(name, meaning string) string {
	if ours, ok := meanings[name]; ok {
		return ours
	}
	return strings.ReplaceAll(meaning, "SDK", "library")
}
