package admin

import (
	"cmp"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
)

func with(name, value string) func(url.Values) { return func(q url.Values) { q.Set(name, value) } }

func without(name string) func(url.Values) { return func(q url.Values) { q.Del(name) } }

func TestTransport(t *testing.T) {
	b := newBackend(t, 0)
	old := usersig.Sign(testApp, testKey, "administrator", time.Now().Add(-2*time.Hour), time.Hour, nil)
	as := func(user string) func(url.Values) {
		return func(q url.Values) { q.Set("identifier", user); q.Set("usersig", ticket(user)) }
	}
	const check = "im_open_login_svc/account_check"
	tests := []struct {
		name, method, path, body string
		query                    func(url.Values)
		code                     int
	}{
		{"a call is answered", "POST", check, "", nil, 0},
		{"an administrator of the configuration is one too", "POST", check, "", as("root"), 0},
		{"what is not known in the query does not matter", "POST", check, "", with("apn", "1"), 0},
		{"nor does what is not needed", "POST", check, "", without("random"), 0},
		{"another method is refused", "GET", check, "", nil, 60002},
		{"an unknown command is refused", "POST", "im_open_login_svc/nothing", "", nil, 60009},
		{"names of commands are case-sensitive", "POST", "im_open_login_svc/Account_check", "", nil, 60009},
		{"a service alone is no command", "POST", "im_open_login_svc", "", nil, 60009},
		{"an app is needed", "POST", check, "", without("sdkappid"), 60012},
		{"names in the query are case-sensitive", "POST", check, "", func(q url.Values) { q.Del("sdkappid"); q.Set("SdkAppid", "1400000001") }, 60012},
		{"an app is a number", "POST", check, "", with("sdkappid", "x"), 60006},
		{"an unknown app is refused", "POST", check, "", with("sdkappid", "7"), 60006},
		{"a caller is needed", "POST", check, "", without("identifier"), 60004},
		{"a ticket is needed", "POST", check, "", without("usersig"), 70002},
		{"a ticket must be readable", "POST", check, "", with("usersig", "AAAA"), 70003},
		{"an expired ticket is refused", "POST", check, "", with("usersig", old), 70001},
		{"another user's ticket is refused", "POST", check, "", with("usersig", ticket("root")), 70013},
		{"a player is no administrator", "POST", check, "", as("ann"), 60010},
		{"a body is JSON", "POST", check, "{", nil, 60003},
		{"a body is an object", "POST", check, "[]", nil, 60003},
		{"a body is needed", "POST", check, " ", nil, 60003},
		{"a body is not nested without end", "POST", check, strings.Repeat("[", 100_000), nil, 60003},
		{"a body is not too long", "POST", check, `{"a":"` + strings.Repeat("x", maxRestBody) + `"}`, nil, 60008},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := query()
			if tt.query != nil {
				tt.query(q)
			}
			answer := b.send(tt.method, "/v4/"+tt.path+"?"+q.Encode(), cmp.Or(tt.body, `{"CheckItem":[{"UserID":"ann"}]}`))
			assert.Equal(t, tt.code, code(t, answer), answer)
			assert.Equal(t, tt.code == 0, strings.Contains(answer, `"ActionStatus":"OK"`))
		})
	}
}

func TestATicketMayStandUnescapedOrEscaped(t *testing.T) {
	b := newBackend(t, 0)
	sig := ticket("administrator")
	var escaped strings.Builder
	for _, c := range []byte(sig) {
		escaped.WriteString("%" + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]))
	}
	for _, text := range []string{sig, url.QueryEscape(sig), escaped.String()} {
		target := "/v4/im_open_login_svc/account_check?usersig=" + text + "&identifier=administrator&sdkappid=1400000001"
		assert.Zero(t, code(t, b.send("POST", target, `{"CheckItem":[{"UserID":"ann"}]}`)))
	}
}

func TestTheContentTypeDoesNotMatter(t *testing.T) {
	b := newBackend(t, 0)
	for _, contentType := range []string{"", "application/x-www-form-urlencoded", "text/plain; charset=x", "\x01"} {
		request := httptest.NewRequest("POST", "/v4/im_open_login_svc/account_check?"+query().Encode(),
			strings.NewReader(`{"CheckItem":[{"UserID":"ann"}]}`))
		request.Header["Content-Type"] = []string{contentType}
		w := httptest.NewRecorder()
		b.rest.ServeHTTP(w, request)
		assert.Zero(t, code(t, w.Body.String()))
	}
}

func TestCallsAreLimited(t *testing.T) {
	limits, start := newCallLimits(), time.Unix(1700000000, 0)
	allowed := func(app uint64, command string, at time.Duration, tries int) (n int) {
		for range tries {
			if limits.allow(app, command, 10, start.Add(at)) {
				n++
			}
		}
		return n
	}
	assert.Equal(t, 10, allowed(1, "a", 0, 50))
	assert.Equal(t, 10, allowed(2, "a", 0, 50), "each app has its own")
	assert.Equal(t, 10, allowed(1, "b", 0, 50), "and each command")
	assert.Equal(t, 5, allowed(1, "a", 500*time.Millisecond, 50))
	assert.Equal(t, 10, allowed(1, "a", time.Hour, 50))

	b := newBackend(t, 1)
	const body = `{"CheckItem":[{"UserID":"ann"}]}`
	target := "/v4/im_open_login_svc/account_check?" + query().Encode()
	codes := map[int]bool{}
	for range 50 {
		codes[code(t, b.send("POST", target, body))] = true
	}
	assert.Equal(t, map[int]bool{0: true, 60007: true}, codes)
}

func TestAnAdministratorsTicketsCanBeMadeVoid(t *testing.T) {
	b := newBackend(t, 0)
	b.call("im_open_login_svc/account_import", `{"UserID":"administrator"}`)
	sig := query()
	require.Zero(t, code(t, b.call("im_open_login_svc/kick", `{"UserID":"administrator"}`)))
	answer := b.send("POST", "/v4/im_open_login_svc/account_check?"+sig.Encode(), `{"CheckItem":[{"UserID":"ann"}]}`)
	assert.Equal(t, 70052, code(t, answer))
	assert.Zero(t, code(t, b.call("im_open_login_svc/account_check", `{"CheckItem":[{"UserID":"ann"}]}`)))
}

func TestAppInfo(t *testing.T) {
	b := newBackend(t, 0)
	for _, login := range [][2]string{{"ann", "android"}, {"ann", "web"}, {"bob", "linux"}} {
		b.login(login[0], login[1])
	}
	b.chat.LinkClosed(b.held["bob linux"], true)
	b.call("im_open_login_svc/account_import", `{"UserID":"cid"}`)

	var info struct{ Result []map[string]string }
	require.NoError(t, json.Unmarshal([]byte(b.call("openconfigsvr/getappinfo", `{}`)), &info))
	require.Len(t, info.Result, 30)
	today := info.Result[0]
	for field, want := range map[string]string{"AppId": "1400000001", "LoginTimes": "3", "LoginUserNum": "2", "ActiveUserNum": "2",
		"MaxOnlineNum": "3", "RegistUserNumOneDay": "3", "RegistUserNumTotal": "3", "UpMsgNum": "0"} {
		assert.Equal(t, want, today[field], field)
	}
	assert.Equal(t, "0", info.Result[1]["RegistUserNumTotal"])
	assert.Len(t, today["Date"], 8)

	var asked struct{ Result []map[string]string }
	require.NoError(t, json.Unmarshal([]byte(b.call("openconfigsvr/getappinfo", `{"RequestField":["LoginTimes","None"]}`)), &asked))
	assert.Equal(t, map[string]string{"Date": today["Date"], "LoginTimes": "3"}, asked.Result[0])
	assert.Equal(t, 130001, code(t, b.call("openconfigsvr/getappinfo", `{"RequestField":"LoginTimes"}`)))

	b.metrics.ActiveUsers(b.chat.ActiveUsers)
	_, _, metrics := get(t, Config{Metrics: b.metrics}, "GET", "/metrics")
	assert.Contains(t, metrics, `banter_active_users{app="1400000001",period="day"} 2`)
	assert.Contains(t, metrics, `banter_active_users{app="1400000001",period="month"} 2`)
	assert.Contains(t, metrics, `banter_rest_calls_total{code="0",command="openconfigsvr/getappinfo"} 2`)
}

func TestAtMostSoManyElements(t *testing.T) {
	b := newBackend(t, 0)
	users := func(n int) string { return `["` + strings.Repeat(`u","`, n-1) + `u"]` }
	items := func(n int) string { return "[" + strings.Repeat(`{"UserID":"u"},`, n-1) + `{"UserID":"u"}]` }
	tests := []struct {
		path, field string
		list        func(int) string
		most, code  int
	}{
		{"im_open_login_svc/multiaccount_import", "Accounts", users, 100, 70206},
		{"im_open_login_svc/multiaccount_import", "AccountList", items, 100, 70206},
		{"im_open_login_svc/account_check", "CheckItem", items, 100, 70402},
		{"im_open_login_svc/account_delete", "DeleteItem", items, 100, 70402},
		{"openim/query_online_status", "To_Account", users, 500, 90011},
	}
	for _, tt := range tests {
		body := func(n int) string { return `{"` + tt.field + `":` + tt.list(n) + `}` }
		assert.Zero(t, code(t, b.call(tt.path, body(tt.most))), tt.path)
		assert.Equal(t, tt.code, code(t, b.call(tt.path, body(tt.most+1))), tt.path)
	}
}

// FuzzCall gives the commands any body. None panics, and each answer is one.
func FuzzCall(f *testing.F) {
	for _, seed := range []string{`{}`, `{"UserID":null}`, `{"UserID":7}`, `{"CheckItem":[{"UserID":"ann"}]}`, `{"To_Account":["a",1]}`,
		`{"AccountList":[],"Accounts":["a",{"UserID":"b"}]}`, `{"RequestField":[{}]}`, `[`, `{"UserID":"` + "\xff" + `"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		text, err := readFields(strings.NewReader(body))
		if err != nil {
			assert.Contains(t, []timerr.Code{60003, 60008}, timerr.CodeOf(err))
			return
		}
		importedAccount(text, "UserID", "Identifier")
		text.userList(100, "CheckItem")
		infoFields(text)
		if users, err := statusUsers(text); err == nil {
			assert.NotEmpty(t, users)
		}
	})
}
