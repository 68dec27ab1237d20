package suite

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Users' statuses, from one game through a server to another.

const onStatus = "TIMSetUserStatusChangedCallback"

// userStatus is the object of the C API.
type userStatus struct {
	User    string   `json:"user_status_identifier"`
	Type    int      `json:"user_status_status_type"`
	Custom  string   `json:"user_status_custom_status"`
	Devices []string `json:"user_status_online_devices"`
}

func parseStatuses(t testing.TB, text string) []userStatus {
	t.Helper()
	var list []userStatus
	require.NoError(t, json.Unmarshal([]byte(text), &list), text)
	return list
}

// hears waits for the next news of a user, and checks it.
func (p *puppet) hears(want userStatus) {
	p.t.Helper()
	var args []string
	event := p.eventWith(onStatus, `\"`+want.User+`\"`)
	require.NoError(p.t, json.Unmarshal([]byte(event), &args), event)
	require.Len(p.t, args, 1)
	assert.Equal(p.t, []userStatus{want}, parseStatuses(p.t, args[0]))
}

// asks calls a function about users, which must succeed.
func (p *puppet) asks(name string, users ...string) string {
	p.t.Helper()
	list, err := json.Marshal(append([]string{}, users...))
	require.NoError(p.t, err)
	answer := p.do(name, text(string(list)))
	require.Zero(p.t, answer.Code, "%s: %s", name, *answer.Desc)
	return *answer.JSON
}

func (p *puppet) says(custom string) {
	p.t.Helper()
	answer := p.do("TIMSetSelfStatus", text(fmt.Sprintf(`{"user_status_custom_status":%q}`, custom)))
	require.Zero(p.t, answer.Code, *answer.Desc)
	assert.Empty(p.t, *answer.JSON)
}

func online(user, custom string, devices ...string) userStatus {
	return userStatus{user, 1, custom, devices}
}

func away(user string, kind int) userStatus { return userStatus{user, kind, "", []string{}} }

// statusDevice is a device that listens to statuses.
func (s *server) statusDevice(t *testing.T, user, platform string) *puppet {
	t.Helper()
	p := s.device(t, platform)
	p.listen(onStatus)
	p.login(user, s.ticket(user), 0)
	return p
}

func TestUserStatus(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--login-policy", "multi")
	ann := s.statusDevice(t, "ann", "linux")
	assert.Equal(t, []userStatus{away("bob", 3), online("ann", "", "linux")}, parseStatuses(t, ann.asks("TIMGetUserStatus", "bob", "ann")))
	assert.Empty(t, ann.asks("TIMSubscribeUserStatus", "bob"))

	bob := s.statusDevice(t, "bob", "android")
	ann.hears(online("bob", "", "android"))
	bob.says("in a \"match\" \u265e")
	busy := online("bob", "in a \"match\" \u265e", "android")
	ann.hears(busy)
	bob.hears(busy)
	tablet := s.statusDevice(t, "bob", "ipad")
	busy.Devices = append(busy.Devices, "ipad")
	tablet.hears(busy) // a new device hears what the others said
	tablet.says("")
	ann.hears(online("bob", "", "android", "ipad"))
	bob.hears(online("bob", "", "android", "ipad"))
	tablet.kill()
	assert.Zero(t, bob.do("TIMLogout").Code)
	ann.hears(away("bob", 2)) // the tablet is reachable by push

	assert.Empty(t, ann.asks("TIMUnsubscribeUserStatus", "bob"))
	bob.login("bob", s.ticket("bob"), 0)
	bob.says("unheard")
	bob.hears(online("bob", "unheard", "android"))
	ann.asks("TIMSubscribeUserStatus", "bob")
	bob.says("heard")
	ann.hears(online("bob", "heard", "android"))
	assert.Zero(t, ann.do("TIMUnsubscribeUserStatus", null).Code, "which ends all")
	assert.False(t, ann.heard(onStatus))
}

func TestUserStatusThatIsRefused(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	p := s.statusDevice(t, "ann", "linux")
	list := func(n int) arg { return text(`["u"` + strings.Repeat(`,"u"`, n-1) + `]`) }
	for _, tt := range []struct {
		name, function string
		arg            arg
		code           int
		desc           string
	}{
		{"501 users are too many to ask for", "TIMGetUserStatus", list(501), 70402, "at most 500"},
		{"101 to subscribe", "TIMSubscribeUserStatus", list(101), 70402, "at most 100"},
		{"101 to unsubscribe", "TIMUnsubscribeUserStatus", list(101), 70402, "at most 100"},
		{"oneself is not subscribed", "TIMSubscribeUserStatus", text(`["bob","ann"]`), 70402, "own user"},
		{"nobody is nothing to ask for", "TIMGetUserStatus", text(`[]`), 70402, "json_identifier_array is empty"},
		{"a number is no user", "TIMGetUserStatus", text(`[1]`), 70402, "json_identifier_array has the wrong type"},
		{"nor is an empty name", "TIMGetUserStatus", text(`["bob",""]`), 7003, "json_identifier_array[1]"},
		{"a custom status is text", "TIMSetSelfStatus", text(`{"user_status_custom_status":1}`), 70402, "user_status_custom_status has the wrong type"},
		{"of 512 bytes at most", "TIMSetSelfStatus", text(`{"user_status_custom_status":"` + strings.Repeat("x", 513) + `"}`), 70402, "at most 512"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := p.do(tt.function, tt.arg)
			assert.Equal(t, tt.code, answer.Code)
			assert.Contains(t, *answer.Desc, tt.desc)
			if tt.function == "TIMGetUserStatus" {
				assert.Equal(t, "[]", *answer.JSON)
			}
		})
	}
	for range 20 {
		p.asks("TIMUnsubscribeUserStatus")
	}
	assert.Equal(t, 7008, p.do("TIMUnsubscribeUserStatus", null).Code)
}

// A server that is killed and started again is no news, and the game watches on.
func TestStatusesAfterALostLink(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann, bob := s.statusDevice(t, "ann", "linux"), s.statusDevice(t, "bob", "linux")
	bob.says("before")
	ann.asks("TIMSubscribeUserStatus", "bob", "cid")
	s.stop(syscall.SIGKILL)
	s.start()
	s.statusDevice(t, "cid", "linux")
	ann.hears(online("cid", "", "linux"))
	assert.Equal(t, []userStatus{online("bob", "before", "linux")}, parseStatuses(t, bob.asks("TIMGetUserStatus", "bob")), "he took it along")
	bob.says("after")
	ann.hears(online("bob", "after", "linux"))
	bob.hears(online("bob", "before", "linux"))
	bob.hears(online("bob", "after", "linux"))
	assert.False(t, ann.heard(onStatus))
	assert.False(t, bob.heard(onStatus))
}
