package admin

import (
	"context"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

const (
	maxAccounts   = 100 // of a call
	maxImported   = 500 // bytes of a nick or the address of a face
	noAccount     = "Err_TLS_PT_Open_Login_Account_Not_Exist"
	tooLong       = timerr.Code(40601)
	statusKnown   = "Imported"
	statusUnknown = "NotImported"
)

func (r *rest) accountImport(ctx context.Context, c call) (any, error) {
	account, err := importedAccount(c.body, "UserID", "Identifier")
	if err != nil {
		return nil, err
	}
	return ok(), r.chat.ImportAccounts(ctx, c.app, []chat.NewAccount{account})
}

// importedAccount reads an account to be made, from fields that name its user so.
func importedAccount(f fields, names ...string) (a chat.NewAccount, err error) {
	if a.User, err = f.user(names...); err != nil {
		return a, err
	}
	if a.Nick, err = f.text("Nick"); err != nil {
		return a, err
	}
	if a.FaceURL, err = f.text("FaceUrl"); err != nil {
		return a, err
	}
	switch {
	case usersig.CheckUserID(a.User) != nil:
		return a, invalid("%s must be 1 to 32 bytes of printable ASCII", names[0])
	case len(a.Nick) > maxImported:
		return a, timerr.Newf(tooLong, "Nick is longer than %d bytes", maxImported)
	case len(a.FaceURL) > maxImported:
		return a, timerr.Newf(tooLong, "FaceUrl is longer than %d bytes", maxImported)
	}
	return a, nil
}

// multiaccountImport takes accounts as AccountList, or as Accounts, which are user ids.
// Those that are no good are named, and the others imported.
func (r *rest) multiaccountImport(ctx context.Context, c call) (any, error) {
	name := "AccountList"
	if !c.body.get(name).Exists() || len(c.body.get(name).Array()) == 0 {
		name = "Accounts"
	}
	list, err := c.body.list(timerr.SvrAccountInvalidCount, maxAccounts, name)
	if err != nil {
		return nil, err
	}
	failed, accounts := []string{}, []chat.NewAccount{}
	for _, element := range list {
		account, err := importedAccount(accountFields(element), "UserID")
		switch {
		case err == nil:
			accounts = append(accounts, account)
		case account.User == "":
			return nil, err
		default:
			failed = append(failed, account.User)
		}
	}
	return struct {
		result
		FailAccounts []string
	}{ok(), failed}, r.chat.ImportAccounts(ctx, c.app, accounts)
}

// accountFields is an element of either list as the fields of an account.
func accountFields(element gjson.Result) fields {
	if element.IsObject() {
		return element.Map()
	}
	return fields{"UserID": element}
}

type accountResult struct {
	UserID        string
	ResultCode    timerr.Code
	ResultInfo    string
	AccountStatus string `json:",omitempty"`
}

type accountResults struct {
	result
	ResultItem []accountResult
}

func (r *rest) accountCheck(ctx context.Context, c call) (any, error) {
	users, err := c.body.userList(maxAccounts, "CheckItem")
	if err != nil {
		return nil, err
	}
	known, err := r.chat.KnownAccounts(ctx, c.app, users)
	if err != nil {
		return nil, err
	}
	answer := accountResults{result: ok()}
	for _, user := range users {
		status := statusUnknown
		if known[user] {
			status = statusKnown
		}
		answer.ResultItem = append(answer.ResultItem, accountResult{UserID: user, AccountStatus: status})
	}
	return answer, nil
}

func (r *rest) accountDelete(ctx context.Context, c call) (any, error) {
	users, err := c.body.userList(maxAccounts, "DeleteItem")
	if err != nil {
		return nil, err
	}
	errs, err := r.chat.DeleteAccounts(ctx, c.app, users)
	if err != nil {
		return nil, err
	}
	answer := accountResults{result: ok()}
	for i, user := range users {
		item := accountResult{UserID: user}
		if errs[i] != nil {
			failed := failure(errs[i])
			item.ResultCode, item.ResultInfo = failed.ErrorCode, failed.ErrorInfo
		}
		answer.ResultItem = append(answer.ResultItem, item)
	}
	return answer, nil
}

// kick ends an account's sessions and voids its tickets. The answer comes when a new
// ticket is good.
func (r *rest) kick(ctx context.Context, c call) (any, error) {
	user, err := c.body.user("UserID", "Identifier")
	if err != nil {
		return nil, err
	}
	return ok(), r.chat.KickAccount(ctx, c.app, user, wire.KickAdmin)
}
