package admin

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
)

const (
	infoInvalid = timerr.Code(130001)
	infoDays    = 30
)

// infoFigures are the fields of getappinfo that are counted.
var infoFigures = map[string]string{
	"ActiveUserNum":       chat.ActiveInDay,
	"LoginUserNum":        chat.ActiveInDay,
	"LoginTimes":          chat.LoginTimes,
	"MaxOnlineNum":        chat.PeakOnline,
	"RegistUserNumOneDay": chat.Registered,
	"CallBackReq":         chat.CallbacksSent,
	"CallBackRsp":         chat.CallbacksTaken,
}

const registeredInAll = "RegistUserNumTotal"

// infoZero are the fields of what this server has not got, so that nothing was counted.
var infoZero = strings.Fields(`UpMsgNum DownMsgNum SendMsgUserNum APNSMsgNum
	C2CUpMsgNum C2CDownMsgNum C2CSendMsgUserNum C2CAPNSMsgNum ChainIncrease ChainDecrease
	GroupUpMsgNum GroupDownMsgNum GroupSendMsgUserNum GroupAPNSMsgNum GroupSendMsgGroupNum
	GroupJoinGroupTimes GroupQuitGroupTimes GroupNewGroupNum GroupAllGroupNum GroupDestroyGroupNum`)

// getAppInfo tells the figures of the last days, the newest first. Days are UTC's.
func (r *rest) getAppInfo(ctx context.Context, c call) (any, error) {
	wanted, err := infoFields(c.body)
	if err != nil {
		return nil, err
	}
	days, err := r.infoDays(ctx, c.app)
	if err != nil {
		return nil, err
	}
	for _, day := range days {
		for field := range day {
			if wanted != nil && !wanted[field] && field != "Date" {
				delete(day, field)
			}
		}
	}
	answer := ok()
	answer.ErrorInfo = "OK"
	return struct {
		result
		Result []map[string]string
	}{answer, days}, nil
}

// infoFields returns the fields that are asked for, or nil for all.
func infoFields(body fields) (map[string]bool, error) {
	value := body.get("RequestField")
	if value.Exists() && !value.IsArray() {
		return nil, timerr.Newf(infoInvalid, "RequestField is no array")
	}
	if len(value.Array()) == 0 {
		return nil, nil
	}
	wanted := map[string]bool{}
	for _, field := range value.Array() {
		if field.Type != gjson.String {
			return nil, timerr.Newf(infoInvalid, "RequestField holds something else than strings")
		}
		wanted[field.String()] = true
	}
	return wanted, nil
}

func (r *rest) infoDays(ctx context.Context, app uint64) ([]map[string]string, error) {
	today := chat.DayOf(time.Now())
	first := today - infoDays + 1
	days := make([]map[string]string, infoDays)
	for i := range days {
		days[i] = map[string]string{
			"Date": chat.DayStart(today - int64(i)).Format("20060102"), "AppId": strconv.FormatUint(app, 10),
			"AppName": "", "Company": "",
		}
		for _, field := range infoZero {
			days[i][field] = "0"
		}
	}
	for field, name := range infoFigures {
		figures, err := r.chat.UsageOf(ctx, app, name, first, today)
		if err != nil {
			return nil, err
		}
		for i := range days {
			days[i][field] = strconv.FormatInt(figures[today-int64(i)], 10)
		}
	}
	registered, err := r.chat.UsageOf(ctx, app, chat.Registered, 0, today)
	if err != nil {
		return nil, err
	}
	for i := range days {
		var sum int64
		for day, n := range registered {
			if day <= today-int64(i) {
				sum += n
			}
		}
		days[i][registeredInAll] = strconv.FormatInt(sum, 10)
	}
	return days, nil
}
