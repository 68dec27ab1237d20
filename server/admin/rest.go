package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
)

// The limits of a call.
const (
	restTimeout = 3 * time.Second
	manyTimeout = 15 * time.Second // of the calls that are about hundreds of users
	maxRestBody = 1 << 20
)

// rest answers the calls of the apps' own backends, POST /v4/SERVICE/COMMAND. Whatever
// comes of a call, its HTTP status is 200: that is what their libraries look for.
type rest struct {
	chat     *chat.Service
	metrics  *Metrics
	log      *slog.Logger
	commands map[string]command // by SERVICE/COMMAND
	limits   *callLimits
	// receivers of batchsendmsg that an app may have, for each second of a minute
	receivers int
}

// command is what a path does. An answer embeds result.
type command struct {
	perSecond int           // calls of an app
	within    time.Duration // for one
	run       func(context.Context, call) (any, error)
}

// call is one request, whose caller is an administrator of the app.
type call struct {
	app    uint64
	admin  string // who calls
	body   fields
	origin chat.Origin
}

// result begins every answer.
type result struct {
	ActionStatus string
	ErrorCode    timerr.Code
	ErrorInfo    string
}

func ok() result { return result{ActionStatus: "OK"} }

// Calls a second that an app may make of one command, unless a Config says otherwise.
const RestPerSecond = 200

func newRest(c Config) *rest {
	r := &rest{chat: c.Chat, metrics: c.Metrics, log: c.Log}
	usual := c.RestPerSecond
	if usual == 0 {
		usual = RestPerSecond
	}
	half := max(1, usual/2)
	r.commands = map[string]command{
		"im_open_login_svc/account_import":      {usual, restTimeout, r.accountImport},
		"im_open_login_svc/multiaccount_import": {half, manyTimeout, r.multiaccountImport},
		"im_open_login_svc/account_check":       {half, restTimeout, r.accountCheck},
		"im_open_login_svc/account_delete":      {half, restTimeout, r.accountDelete},
		"im_open_login_svc/kick":                {usual, restTimeout, r.kick},
		"openim/query_online_status":            {usual, restTimeout, r.queryOnlineStatus},
		"openim/sendmsg":                        {usual, restTimeout, r.sendMsg},
		"openim/batchsendmsg":                   {usual, manyTimeout, r.batchSendMsg},
		"openim/importmsg":                      {usual, restTimeout, r.importMsg},
		"openim/delete_c2c_msg_ramble":          {usual, restTimeout, r.deleteRamble},
		"openim/admin_getroammsg":               {usual, restTimeout, r.getRoamMsg},
		"openim/admin_msgwithdraw":              {usual, restTimeout, r.msgWithdraw},
		"openim/admin_set_msg_read":             {usual, restTimeout, r.setMsgRead},
		"openim/modify_c2c_msg":                 {usual, restTimeout, r.modifyC2CMsg},
		"openim/c2c_msg_read_receipt":           {usual, restTimeout, r.msgReadReceipt},
		"openim/get_c2c_unread_msg_num":         {usual, restTimeout, r.unreadMsgNum},
		"openconfigsvr/getappinfo":              {usual, restTimeout, r.getAppInfo},
		"openconfigsvr/setnospeaking":           {usual, restTimeout, r.setNoSpeaking},
		"openconfigsvr/getnospeaking":           {usual, restTimeout, r.getNoSpeaking},

		"openim_msg_ext_http_svc/get_key_values": {usual, restTimeout, r.getKeyValues},
		"openim_msg_ext_http_svc/set_key_values": {usual, restTimeout, r.setKeyValues},
		"recentcontact/get_list":                 {usual, restTimeout, r.recentContacts},
		"recentcontact/delete":                   {usual, restTimeout, r.deleteContact},
		"recentcontact/create_contact_group":     {usual, restTimeout, r.createContactGroup},
		"recentcontact/update_contact_group":     {usual, restTimeout, r.updateContactGroup},
		"recentcontact/del_contact_group":        {usual, restTimeout, r.deleteContactGroup},
		"recentcontact/mark_contact":             {usual, restTimeout, r.markContact},
		"recentcontact/get_contact_group":        {usual, restTimeout, r.contactGroups},
		"recentcontact/search_contact_group":     {usual, restTimeout, r.searchContacts},
	}
	r.limits, r.receivers = newCallLimits(), usual
	return r
}

func (r *rest) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	path := strings.TrimPrefix(request.URL.Path, "/v4/")
	within, label := restTimeout, "unknown"
	if c, known := r.commands[path]; known {
		within, label = c.within, path
	}
	ctx, cancel := context.WithTimeout(request.Context(), within)
	defer cancel()
	answer, err := r.answer(ctx, path, http.MaxBytesReader(w, request.Body, maxRestBody), request)
	if err != nil {
		failed := failure(err)
		answer = failed
		if strings.HasPrefix(path, "recentcontact/") {
			answer = displayed{result: failed}
		}
		r.log.Debug("a REST call failed", "command", label, "code", failed.ErrorCode, "info", failed.ErrorInfo)
	}
	r.metrics.RestCall(label, timerr.CodeOf(err))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(answer)
}

// failure is the answer to a call that failed.
func failure(err error) result {
	if errors.Is(err, chat.ErrNoAccount) {
		err = timerr.Newf(timerr.SvrAccountNotFound, "%s", noAccount)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(timerr.Newf(timerr.SvrCommRequestTimeout, "the call took too long"), err)
	}
	return result{"FAIL", timerr.CodeOf(err), timerr.DescOf(err)}
}

func (r *rest) answer(ctx context.Context, path string, body io.Reader, request *http.Request) (any, error) {
	if request.Method != http.MethodPost {
		return nil, timerr.Newf(timerr.SvrCommInvalidHTTPURL, "HTTP parse error: the method must be POST")
	}
	command, known := r.commands[path]
	if !known {
		return nil, timerr.Newf(timerr.SvrCommInvalidRes, "there is no /v4/%.80s: names are case-sensitive", path)
	}
	app, admin, err := r.caller(ctx, request.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if !r.limits.allow(app, path, command.perSecond, time.Now()) {
		return nil, timerr.Newf(timerr.SvrCommRESTFreqLimit, "more than %d calls a second of this command", command.perSecond)
	}
	address, _, _ := net.SplitHostPort(request.RemoteAddr)
	fields, err := readFields(body)
	if err != nil {
		return nil, err
	}
	return command.run(ctx, call{app, admin, fields, chat.FromREST(address)})
}

// caller reads who calls from the query, and checks that it is an administrator. What
// else is in the query does not matter.
func (r *rest) caller(ctx context.Context, rawQuery string) (app uint64, admin string, err error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return 0, "", timerr.Newf(timerr.SvrCommInvalidHTTPURL, "HTTP parse error: the query cannot be read")
	}
	text := query.Get("sdkappid")
	if text == "" {
		return 0, "", timerr.Newf(timerr.SvrCommSDKAppIDMiss, "sdkappid is missing in the query")
	}
	if app, err = strconv.ParseUint(text, 10, 64); err != nil {
		return 0, "", timerr.Newf(timerr.SvrCommInvalidSDKAppID, "sdkappid is no number")
	}
	identifier := query.Get("identifier")
	if identifier == "" {
		return 0, "", timerr.Newf(timerr.SvrCommInvalidAccount, "identifier is missing in the query")
	}
	return app, identifier, r.chat.VerifyAdmin(ctx, app, identifier, query.Get("usersig"))
}
