package suite

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/usersig"
)

// evening is a server and clients that write all the logs they can, and the secrets that
// go between them.
type evening struct {
	t       *testing.T
	secrets *secrets
	server  *server
	relay   *relay
	clients []loud
	pages   texts
}

// loud is a client that logs everything, everywhere.
type loud struct {
	*puppet
	folder string // its configuration and its log files
	stdout string // the file with its answers and events, its log callback's among them
	stderr string // the file with its console
}

const (
	everything = `"set_config_log_level":1,"set_config_callback_log_level":1,"set_config_is_log_output_console":true`
	proxyLogin = `{"set_config_socks5_proxy_info":{"socks5_proxy_info_ip":"127.0.0.1","socks5_proxy_info_port":1,` +
		`"socks5_proxy_info_username":"ann","socks5_proxy_info_password":%q}}`
	canary = "the game's own line, which is to be found in all of the client's logs"
)

func newEvening(t *testing.T) *evening {
	e := &evening{t: t, secrets: newSecrets(), server: startServer(t, "--log-level", "debug"), pages: texts{}}
	e.relay = newRelay(t, e.server.URL)
	e.secrets.add(t, "the app's key", e.server.Key)
	for _, user := range e.server.Users {
		e.secrets.add(t, "the ticket printed for "+user.ID, user.Sig)
	}
	return e
}

// start starts a client that has not called TIMInit.
func (e *evening) start() loud {
	e.t.Helper()
	folder, prints := e.t.TempDir(), e.t.TempDir()
	stdout, err := os.Create(filepath.Join(prints, "stdout"))
	require.NoError(e.t, err)
	stderr, err := os.Create(filepath.Join(prints, "stderr"))
	require.NoError(e.t, err)
	c := loud{startPuppetTo(e.t, stdout, stderr), folder, stdout.Name(), stderr.Name()}
	e.clients = append(e.clients, c)
	c.listen(onNetwork, onKicked, onExpired, onNotice, onLog)
	require.Zero(e.t, c.do("TIMSetConfig", text("{"+everything+"}")).Code)
	return c
}

// client starts a client that has called TIMInit and written a line to its log.
func (e *evening) client() loud {
	e.t.Helper()
	c := e.start()
	c.init(e.server.AppID, fmt.Sprintf(`{"sdk_config_server_url":%q,"sdk_config_config_file_path":%q}`, e.relay.URL, c.folder))
	line, err := json.Marshal(map[string]any{"request_internal_operation": "internal_operation_write_log",
		"request_write_log_log_level_param": 2, "request_write_log_log_content_param": canary})
	require.NoError(e.t, err)
	require.Zero(e.t, c.do("callExperimentalAPI", text(string(line))).Code)
	return c
}

// ticket makes a ticket of alice's and adds it to the secrets.
func (e *evening) ticket(name string, life time.Duration) string {
	return e.secrets.add(e.t, name, e.server.Ticket("alice", time.Now(), life))
}

func TestNoSecretInAnyLog(t *testing.T) {
	t.Parallel()
	e := newEvening(t)
	first := e.login()
	e.resume(first)
	second := e.kick(first)
	e.refusals(second)
	e.expiry(second)
	e.askForTickets()
	e.askAProxy()
	e.sendStrangeFrames()

	assert.Zero(t, first.do("TIMLogout").Code)
	second.login("alice", e.ticket("of the last login", time.Hour), 0)
	first.uninit()
	second.uninit()
	e.server.stop(syscall.SIGTERM)
	for i, id := range e.relay.sessions() {
		e.secrets.add(t, fmt.Sprintf("session id %d", i), id)
	}
	assert.GreaterOrEqual(t, len(e.relay.sessions()), 5, "the run opened sessions")
	e.search()
}

// login logs alice in, renews her ticket in place, and sends requests with bodies.
func (e *evening) login() loud {
	c := e.client()
	c.login("alice", e.ticket("of the first login", time.Hour), 0)
	c.login("alice", e.ticket("of a renewal", 2*time.Hour), 0)
	body := e.secrets.add(e.t, "a request's body", "what alice asks about, word by word")
	assert.Equal(e.t, 7003, c.do("TIMGetUserStatus", text(`["`+body+`"]`)).Code, "it is no user id")
	assert.Zero(e.t, c.do("TIMSetSelfStatus", text(`{"user_status_custom_status":"`+body+`"}`)).Code)
	assert.Equal(e.t, 20003, c.do("TIMMsgSendMessage", text("bob"), number(1), text(`{"message_elem_array":[{"elem_type":0,`+
		`"text_elem_content":"`+body+`"}]}`), buffer).Code)
	return c
}

// resume kills the server and waits until alice's session is in force again.
func (e *evening) resume(c loud) {
	e.pages.addPage(e.t, "/metrics before the kill", e.server.REST+"/metrics")
	e.server.stop(syscall.SIGKILL)
	c.eventWith(onNetwork, "[1,")
	e.server.start()
	assert.Zero(e.t, c.do("TIMGetUserStatus", text(`["bob"]`)).Code)
}

// kick logs alice in a second time.
func (e *evening) kick(first loud) loud {
	second := e.client()
	second.login("alice", e.ticket("of the second device", time.Hour), 0)
	first.event(onKicked)
	return second
}

// refusals tries tickets that are no good, each in its own way.
func (e *evening) refusals(c loud) {
	s, now := e.server, time.Now()
	key := e.secrets.add(e.t, "another app's key", "the key of an app that is not here")
	sign := func(name, user string, app uint64, key string, issued time.Time) string {
		return e.secrets.add(e.t, name, usersig.Sign(app, []byte(key), user, issued, time.Minute, nil))
	}
	good := e.ticket("that is good", time.Hour)
	for code, tickets := range map[int][]string{
		70001: {sign("expired", "alice", s.AppID, s.Key, now.Add(-2*time.Minute))},
		70003: {good[:len(good)/2], good[:len(good)-1], good + good, strings.ToUpper(good)},
		70009: {sign("of another key", "alice", s.AppID, key, now)},
		70013: {sign("another user's", "bob", s.AppID, s.Key, now)},
		70014: {sign("another app's", "alice", s.AppID+1, s.Key, now)},
	} {
		for _, ticket := range tickets {
			c.login("alice", e.secrets.add(e.t, fmt.Sprint("refused with ", code), ticket), code)
		}
	}
	c.login(good, "alice", 7003) // the two arguments in the wrong order
}

// expiry lets a ticket expire while alice is online.
func (e *evening) expiry(c loud) {
	assert.Zero(e.t, c.do("TIMLogout").Code)
	c.login("alice", e.ticket("that expires", 2*time.Second), 0)
	c.event(onExpired)
}

// askForTickets asks the server's operators' address, rightly and wrongly.
func (e *evening) askForTickets() {
	var answer struct {
		Sig string `json:"user_sig"`
	}
	issued := texts{} // what answers with a ticket is not searched for it
	page := issued.addPage(e.t, "/dev/usersig", e.server.REST+"/dev/usersig?user=carol")
	require.NoError(e.t, json.Unmarshal([]byte(page), &answer))
	sig := url.QueryEscape(e.secrets.add(e.t, "from /dev/usersig", answer.Sig))
	for name, address := range map[string]string{
		"/dev/usersig for a ticket as user": "/dev/usersig?user=" + sig,
		"/dev/usersig for a wrong lifetime": "/dev/usersig?user=carol&expire=" + sig,
		"a call of no REST API":             "/v4/im_open_login_svc/kick?identifier=administrator&usersig=" + sig,
		"/metrics with a ticket":            "/metrics?usersig=" + sig,
		"/readyz":                           "/readyz",
	} {
		e.pages.addPage(e.t, name, e.server.REST+address)
	}
}

// askAProxy dials through a proxy that is not there, with its password.
func (e *evening) askAProxy() {
	c := e.start()
	password := e.secrets.add(e.t, "a proxy's password", "the password that opens the proxy")
	answer := c.do("TIMSetConfig", text(fmt.Sprintf(proxyLogin, password)))
	require.Zero(e.t, answer.Code, *answer.Desc)
	c.init(e.server.AppID, fmt.Sprintf(`{"sdk_config_server_url":%q,"sdk_config_config_file_path":%q}`, e.relay.URL, c.folder))
	c.eventWith(onNetwork, "[3,")
	c.uninit()
}

// sendStrangeFrames sends what no client of ours sends, with a ticket where it does not belong.
func (e *evening) sendStrangeFrames() {
	ticket := e.ticket("in a strange frame", time.Hour)
	const hello = `{"id":1,"cmd":"hello","body":{"protocol":1,"sdk_app_id":%d,"sdk_version":"8.6.0","platform":"linux","instance_id":%q}}`
	for _, frames := range [][]string{
		{ticket},
		{`{"id":1,"cmd":"hello","body":{"protocol":"` + ticket + `"}}`},
		{fmt.Sprintf(hello, e.server.AppID, ticket)},
		{fmt.Sprintf(hello, e.server.AppID, "i"), `{"id":2,"cmd":"` + ticket + `"}`},
		{fmt.Sprintf(hello, e.server.AppID, "i"), `{"id":2,"cmd":"login","body":{"user_id":7,"user_sig":"` + ticket + `"}}`},
		{fmt.Sprintf(hello, e.server.AppID, "i"), `{"id":2,"cmd":"login","body":{"user_id":"` + ticket + `","user_sig":"alice"}}`},
		{fmt.Sprintf(hello, e.server.AppID, "i"), `{"id":2,"cmd":"login","body":{"user_id":"alice","user_sig":"` + ticket},
	} {
		conn, _, err := websocket.DefaultDialer.Dial(e.server.URL+"/ws?usersig="+ticket, http.Header{"Authorization": {ticket}})
		require.NoError(e.t, err)
		for _, frame := range frames {
			require.NoError(e.t, conn.WriteMessage(websocket.TextMessage, []byte(frame)))
			_, answer, err := conn.ReadMessage()
			require.NoError(e.t, err, "a refusal comes before the link's end")
			e.pages["the answers to strange frames"] += string(answer)
		}
		require.NoError(e.t, conn.Close())
	}
}

// withoutAnswers is what a puppet printed, but for the answers to its calls: a game gets its
// own message back.
func withoutAnswers(printed string) string {
	lines := strings.Split(printed, "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, `{"callback"`) }), "\n")
}

// search looks for secrets in all that was written, once it is sure that all is there.
func (e *evening) search() {
	written := e.pages
	written.addFile(e.t, e.server.log)
	assert.Contains(e.t, written[e.server.log], `"level":"DEBUG"`, "the server's log is as verbose as it gets")
	assert.Contains(e.t, written["/metrics with a ticket"], "banter_logins_total")
	for i, c := range e.clients {
		written.addFile(e.t, c.stdout)
		written[c.stdout] = withoutAnswers(written[c.stdout])
		written.addFile(e.t, c.stderr)
		messages := fmt.Sprintf("banter-messages-%d-mfwgsy3f.db", e.server.AppID) // alice's own, which are for her
		written.addFolder(e.t, c.folder, messages, messages+"-wal", messages+"-shm")
		if i < 2 { // those that have written it
			assert.Contains(e.t, written[filepath.Join(c.folder, "log", "banter.log")], canary, "the log file")
			assert.Contains(e.t, written[c.stderr], canary, "the console")
			assert.Contains(e.t, written[c.stdout], canary, "the log callback")
		}
	}
	for where, text := range written {
		assert.Empty(e.t, e.secrets.found(text), "in %s", where)
	}
}
