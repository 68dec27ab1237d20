package admin

import (
	"context"
	"slices"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// What query_online_status refuses, and with which codes.
const (
	statusInvalid   = timerr.SvrMsgJSONParseFailed
	statusToAccount = timerr.SvrMsgInvalidToAccount
	statusTooMany   = timerr.SvrMsgToAccountCountLimit
	maxStatus       = 500
)

type statusAnswer struct {
	result
	QueryResult []userStatus
	ErrorList   []statusError
}

type userStatus struct {
	ToAccount string `json:"To_Account"`
	Status    chat.Status
	Detail    []platformStatus `json:",omitempty"`
}

type platformStatus struct {
	Platform string
	Status   chat.Status
}

type statusError struct {
	ToAccount string `json:"To_Account"`
	ErrorCode timerr.Code
}

func (r *rest) queryOnlineStatus(ctx context.Context, c call) (any, error) {
	users, err := statusUsers(c.body)
	if err != nil {
		return nil, err
	}
	statuses, err := r.chat.StatusOf(ctx, c.app, users)
	if err != nil {
		return nil, err
	}
	detailed := c.body.get("IsNeedDetail").Int() == 1
	answer := statusAnswer{result: ok(), QueryResult: []userStatus{}, ErrorList: []statusError{}}
	for _, user := range users {
		status, known := statuses[user]
		if !known {
			answer.ErrorList = append(answer.ErrorList, statusError{user, timerr.SvrAccountNotFound})
			continue
		}
		one := userStatus{ToAccount: user, Status: status.Status}
		if detailed {
			one.Detail = detail(status)
		}
		answer.QueryResult = append(answer.QueryResult, one)
	}
	return answer, nil
}

func statusUsers(body fields) ([]string, error) {
	value := body.get("To_Account")
	if !value.IsArray() {
		return nil, timerr.Newf(statusToAccount, "To_Account is missing or no array")
	}
	list := value.Array()
	switch {
	case len(list) == 0:
		return nil, timerr.Newf(statusInvalid, "To_Account is empty")
	case len(list) > maxStatus:
		return nil, timerr.Newf(statusTooMany, "To_Account has %d elements, at most %d are allowed", len(list), maxStatus)
	}
	users := make([]string, len(list))
	for i, element := range list {
		if element.Type != gjson.String {
			return nil, timerr.Newf(statusToAccount, "To_Account holds something else than strings")
		}
		users[i] = element.String()
	}
	return users, nil
}

// platformNames are those of query_online_status.
var platformNames = map[session.Platform]string{
	session.IPhone: "iPhone", session.Android: "Android", session.Web: "Web", session.Windows: "PC",
	session.IPad: "iPad", session.Mac: "Mac", session.Linux: "Linux",
}

func detail(status chat.UserStatus) (list []platformStatus) {
	for platform, one := range status.Platforms {
		list = append(list, platformStatus{platformNames[platform], one})
	}
	slices.SortFunc(list, func(a, b platformStatus) int {
		if a.Platform < b.Platform {
			return -1
		}
		return 1
	})
	return list
}
