package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// restAnswer is what these tests read of an answer.
type restAnswer struct {
	ActionStatus string
	ErrorCode    timerr.Code
	ErrorInfo    string
	ResultItem   []struct {
		UserID, AccountStatus string
		ResultCode            timerr.Code
	}
	QueryResult []struct {
		To     string `json:"To_Account"`
		Status string
	}
	Result []map[string]string
}

// rest makes a call as administrator, as a server library does.
func (s *devServer) rest(command, body string) restAnswer {
	s.t.Helper()
	return s.restAs("administrator", s.ticket("administrator", 3600), command, body)
}

func (s *devServer) restAs(user, sig, command, body string) (answer restAnswer) {
	s.t.Helper()
	query := url.Values{"sdkappid": {strconv.FormatUint(s.AppID, 10)}, "identifier": {user}, "usersig": {sig},
		"random": {"4294967295"}, "contenttype": {"json"}}
	response, err := http.Post(s.RestURL+"/v4/"+command+"?"+query.Encode(), "application/x-www-form-urlencoded", strings.NewReader(body))
	require.NoError(s.t, err)
	defer response.Body.Close()
	assert.Equal(s.t, http.StatusOK, response.StatusCode)
	text, err := io.ReadAll(response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, json.Unmarshal(text, &answer), string(text))
	return answer
}

func (s *devServer) status(user string) string {
	s.t.Helper()
	answer := s.rest("openim/query_online_status", `{"To_Account":["`+user+`"]}`)
	require.Len(s.t, answer.QueryResult, 1, answer.ErrorInfo)
	return answer.QueryResult[0].Status
}

func TestRestTellsWhoIsOnline(t *testing.T) {
	s := startDev(t, testFolder(t))
	assert.Equal(t, "OK", s.rest("im_open_login_svc/account_import", `{"UserID":"ann"}`).ActionStatus)
	assert.Equal(t, "Offline", s.status("ann"))
	c, _ := s.online("ann", "linux", "1")
	assert.Equal(t, "Online", s.status("ann"))
	require.Zero(t, c.call(wire.CmdLogout, nil).Code)
	assert.Equal(t, "Offline", s.status("ann"))
	assert.Equal(t, timerr.SvrCommIDNotAdmin, s.restAs("ann", s.ticket("ann", 9), "openim/query_online_status", `{}`).ErrorCode)
	assert.Equal(t, "1", s.rest("openconfigsvr/getappinfo", `{}`).Result[0]["LoginTimes"])
	assert.Contains(t, s.get("/metrics"), `period="day"} 1`)
}

// A ticket that was made before the kick's answer came may be void; one that was made
// after it is good, however soon.
func TestAKickAndTheTicketsBeforeAndAfterIt(t *testing.T) {
	s := startDev(t, testFolder(t))
	c, _ := s.online("ann", "linux", "1")
	before := s.ticket("ann", 3600)
	asked := time.Now()
	answer := s.rest("im_open_login_svc/kick", `{"UserID":"ann"}`)
	after := s.ticket("ann", 3600)
	require.Equal(t, "OK", answer.ActionStatus, answer.ErrorInfo)
	assert.NotEqual(t, asked.Unix(), time.Now().Unix(), "the answer comes in the next second")
	assert.Equal(t, wire.KickAdmin, c.expectKicked().Reason)

	again := s.connect("linux", "1")
	code, desc := again.refused("ann", before)
	assert.Equal(t, timerr.SvrAccountInvalidUserSig, code)
	assert.Contains(t, desc, "void")
	again.login("ann", after)
	assert.Equal(t, timerr.SvrAccountNotFound, s.rest("im_open_login_svc/kick", `{"UserID":"nobody"}`).ErrorCode)
}

func TestADeletedAccountBeginsAnewWithAHigherNumber(t *testing.T) {
	s := startDev(t, testFolder(t))
	c, old := s.online("ann", "linux", "1")
	before := s.ticket("ann", 3600)
	answer := s.rest("im_open_login_svc/account_delete", `{"DeleteItem":[{"UserID":"ann"}]}`)
	require.Len(t, answer.ResultItem, 1)
	assert.Zero(t, answer.ResultItem[0].ResultCode)
	assert.Equal(t, wire.KickAccountDeleted, c.expectKicked().Reason)
	check := `{"CheckItem":[{"UserID":"ann"}]}`
	assert.Equal(t, "NotImported", s.rest("im_open_login_svc/account_check", check).ResultItem[0].AccountStatus)

	again := s.connect("linux", "1")
	code, _ := again.refused("ann", before)
	assert.Equal(t, timerr.SvrAccountInvalidUserSig, code, "an old ticket brings no account back")
	assert.Equal(t, "NotImported", s.rest("im_open_login_svc/account_check", check).ResultItem[0].AccountStatus)
	assert.Greater(t, again.login("ann", s.ticket("ann", 3600)).Number, old.Number)
	assert.Equal(t, "Imported", s.rest("im_open_login_svc/account_check", check).ResultItem[0].AccountStatus)
}
