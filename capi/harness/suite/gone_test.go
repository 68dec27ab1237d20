//go:build linux

package suite

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Devices that are away for longer than the server waits for them.

// startHasty starts a server that gives a device up that is away for a second.
func startHasty(t *testing.T) *server {
	t.Helper()
	s := startNode(t, "", "[limits]\ngive_up = '1s'")
	s.URL = "ws://" + s.URL
	return s
}

// awaitGone waits until the server has given up so many devices of the user.
func (s *server) awaitGone(user string, devices int) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		n := 0
		for _, line := range strings.Split(s.logText(), "\n") {
			if strings.Contains(line, "session timed out") && strings.Contains(line, fmt.Sprintf(`"user":%q`, user)) {
				n++
			}
		}
		return n >= devices
	}, 30*time.Second, 20*time.Millisecond, "%s is not given up", user)
}

// platforms returns the user's status and those of the user's platforms, as the game's
// backend sees them.
func (s *server) platforms(user string) (status string, detail map[string]string) {
	s.t.Helper()
	query := url.Values{"sdkappid": {fmt.Sprint(s.AppID)}, "identifier": {"administrator"}, "usersig": {s.ticket("administrator")},
		"random": {"1"}, "contenttype": {"json"}}
	response, err := http.Post("http://"+s.REST+"/v4/openim/query_online_status?"+query.Encode(), "application/json",
		strings.NewReader(fmt.Sprintf(`{"To_Account":[%q],"IsNeedDetail":1}`, user)))
	require.NoError(s.t, err)
	defer response.Body.Close()
	var answer struct {
		QueryResult []struct {
			Status string
			Detail []struct{ Platform, Status string }
		}
	}
	require.NoError(s.t, json.NewDecoder(response.Body).Decode(&answer))
	require.Len(s.t, answer.QueryResult, 1)
	detail = map[string]string{}
	for _, d := range answer.QueryResult[0].Detail {
		detail[d.Platform] = d.Status
	}
	return answer.QueryResult[0].Status, detail
}

// phoneThatWasCut logs ann's phone in over a network that is cut then, until the server has
// given the phone up.
func (s *server) phoneThatWasCut(t *testing.T) (*puppet, *proxy) {
	t.Helper()
	network := startProxy(t, strings.TrimPrefix(s.URL, "ws://"), transparent)
	phone := startPuppet(t)
	phone.listen(onNetwork, onKicked, onNotice)
	phone.init(s.AppID, configFor(t, "ws://"+network.address(), `"sdk_config_platform":"android"`))
	phone.login("ann", s.ticket("ann"), 0)
	network.cut()
	phone.eventWith(onNetwork, "[1,")
	s.awaitGone("ann", 1)
	return phone, network
}

func TestADeviceThatWasGivenUpComesBack(t *testing.T) {
	s := startHasty(t)
	phone, network := s.phoneThatWasCut(t)
	web := s.device(t, "web") // which has a place beside it
	web.login("ann", s.ticket("ann"), 0)
	status, platforms := s.platforms("ann")
	assert.Equal(t, "Online", status)
	assert.Equal(t, map[string]string{"Web": "Online", "Android": "PushOnline"}, platforms)

	phone.held = nil // what the network said before
	network.mend()
	phone.eventWith(onNetwork, "[0,")
	phone.stays("the phone")
	web.stays("the browser")
	_, platforms = s.platforms("ann")
	assert.Equal(t, map[string]string{"Web": "Online", "Android": "Online"}, platforms)
}

func TestADeviceThatWasGivenUpKicksNobody(t *testing.T) {
	s := startHasty(t)
	phone, network := s.phoneThatWasCut(t)
	pc := s.device(t, "windows")
	pc.login("ann", s.ticket("ann"), 0)
	network.mend()
	phone.goes("the phone", "windows")
	pc.stays("the PC")
	_, platforms := s.platforms("ann")
	assert.Equal(t, map[string]string{"PC": "Online"}, platforms)

	phone.login("ann", s.ticket("ann"), 0) // because the player says so
	pc.goes("the PC", "android")
	phone.stays("the phone")
}

func TestAPhoneThatWasKilledIsReachable(t *testing.T) {
	s := startHasty(t)
	folder := t.TempDir()
	phone, pc := s.deviceIn(t, "iphone", folder), s.device(t, "mac")
	phone.login("ann", s.ticket("ann"), 0)
	pc.login("bob", s.ticket("bob"), 0)
	phone.kill()
	pc.kill()
	s.awaitGone("ann", 1)
	s.awaitGone("bob", 1)
	status, platforms := s.platforms("ann")
	assert.Equal(t, "PushOnline", status)
	assert.Equal(t, map[string]string{"iPhone": "PushOnline"}, platforms)
	status, platforms = s.platforms("bob")
	assert.Equal(t, "Offline", status)
	assert.Empty(t, platforms)

	again := s.deviceIn(t, "iphone", folder)
	again.login("ann", s.ticket("ann"), 0)
	assert.Zero(t, again.do("TIMLogout").Code)
	status, _ = s.platforms("ann")
	assert.Equal(t, "Offline", status, "nothing is left after a logout")
}
