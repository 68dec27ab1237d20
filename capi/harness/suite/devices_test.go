package suite

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Several devices of one account: each is a process of its own that says which platform it
// runs on.

// device starts one.
func (s *server) device(t *testing.T, platform string) *puppet {
	t.Helper()
	return s.deviceIn(t, platform, t.TempDir())
}

// deviceIn starts one whose files are in folder.
func (s *server) deviceIn(t *testing.T, platform, folder string) *puppet {
	t.Helper()
	p := startPuppet(t)
	p.listen(onKicked, onNotice)
	p.init(s.AppID, fmt.Sprintf(`{"sdk_config_server_url":%q,"sdk_config_config_file_path":%q,"sdk_config_platform":%q}`,
		s.URL, folder, platform))
	return p
}

// stays requires that the server still knows p's session, so that no notice is under way.
func (p *puppet) stays(what string) {
	p.t.Helper()
	assert.Zero(p.t, p.do("TIMGetUserStatus", text(`["bob"]`)).Code, "%s is not in", what)
	assert.False(p.t, p.heard(onKicked), "%s was kicked", what)
}

// goes requires that p was kicked by a device of the platform, which is told before.
func (p *puppet) goes(what, by string) {
	p.t.Helper()
	notice := p.event(onNotice)
	assert.Contains(p.t, notice, "banter_kicked", what)
	assert.Contains(p.t, notice, `\"reason\":\"other_device\",\"platform\":\"`+by+`\"`, what)
	p.event(onKicked)
	assert.Equal(p.t, 3, p.status(), what)
}

// policies are the flags of a server, and what becomes of devices that log in one after the
// other: those with a minus are kicked, each by the last one.
var policies = []struct {
	flags  string
	logins []string
}{
	{"--login-policy single", []string{
		"-web linux", "-linux web", "-android iphone", "-mac mac",
	}},
	{"--login-policy dual", []string{
		"-android web windows", "-windows web android", "-windows linux", "-mac linux", "-ipad web iphone", "-web web",
	}},
	{"--login-policy triple", []string{
		"android -windows web linux", "-iphone mac web ipad", "windows android web", "-linux android web mac",
	}},
	{"--login-policy multi", []string{
		"android iphone ipad windows mac linux web", "android iphone -linux web linux",
	}},
	{"--login-policy multi --instances linux=3,web=10", []string{
		"-linux linux linux mac linux", "-web" + strings.Repeat(" web", 10), "-mac mac",
	}},
	{"--login-policy dual --instances web=2", []string{
		"-web android web web", "web -android web linux",
	}},
}

func TestTheDevicesOfAPolicy(t *testing.T) {
	for _, policy := range policies {
		t.Run(policy.flags, func(t *testing.T) {
			s := startServer(t, strings.Fields(policy.flags)...)
			for i, logins := range policy.logins {
				t.Run(logins, func(t *testing.T) { s.logIn(t, fmt.Sprint("player ", i), strings.Fields(logins)) })
			}
		})
	}
}

// logIn logs devices in one after the other, and checks which of them are kicked: none
// before the last one came.
func (s *server) logIn(t *testing.T, user string, platforms []string) {
	devices := make([]*puppet, len(platforms))
	last := strings.TrimPrefix(platforms[len(platforms)-1], "-")
	for i, platform := range platforms {
		devices[i] = s.device(t, strings.TrimPrefix(platform, "-"))
		devices[i].login(user, s.ticket(user), 0)
		if i == len(platforms)-2 {
			for j, before := range devices[:i+1] {
				before.stays(fmt.Sprint(platforms[j], " before the last one"))
			}
		}
	}
	for i, platform := range platforms {
		if kicked := strings.HasPrefix(platform, "-"); kicked {
			devices[i].goes(platform, last)
		} else {
			devices[i].stays(platform)
		}
	}
}

// metrics are what the server counts.
func (s *server) metrics(t *testing.T) string {
	t.Helper()
	answer, err := http.Get(s.REST + "/metrics")
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(text)
}

func TestDevicesThatKickEachOtherDoNotLoop(t *testing.T) {
	s := startServer(t, "--login-policy", "single")
	first, second := s.device(t, "android"), s.device(t, "web")
	first.login("ann", s.ticket("ann"), 0)
	for range 3 { // each time because the player says so
		second.login("ann", s.ticket("ann"), 0)
		first.goes("the phone", "web")
		first.login("ann", s.ticket("ann"), 0)
		second.goes("the browser", "android")
	}
	first.stays("the phone")
	assert.False(t, second.heard(onKicked))
	assert.Contains(t, s.metrics(t), "banter_logins_total{code=\"0\",command=\"login\"} 7\n", "nobody logs in by itself")
}
