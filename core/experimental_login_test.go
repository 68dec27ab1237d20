package core

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
)

// operation is the JSON of callExperimentalAPI.
func operation(name, more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"request_internal_operation":"` + name + `"` + more + `}`
}

func TestOperationsAboutLoggingIn(t *testing.T) {
	tests := []struct {
		name, operation, more string
		want                  string // a part of the error; "" is success
	}{
		{"a timeout is in seconds", opRequestTimeout, `"request_set_packet_request_timeout_param":15`, ""},
		{"0 is the default", opRequestTimeout, `"request_set_packet_request_timeout_param":0`, ""},
		{"one beyond five minutes is refused", opRequestTimeout, `"request_set_packet_request_timeout_param":15000`, "0 to 300 seconds"},
		{"so a negative one", opRequestTimeout, `"request_set_packet_request_timeout_param":-1`, "0 to 300 seconds"},
		{"and none", opRequestTimeout, "", "is missing"},
		{"IPv6 may be preferred", opPreferIPv6, `"request_set_ipv6_prior_param":true`, ""},
		{"or not, but it must be said", opPreferIPv6, "", "is missing"},
		{"in the right type", opPreferIPv6, `"request_set_ipv6_prior_param":1`, "request_set_ipv6_prior_param"},
		{"repeated logins may be ignored", opIgnoreRepeatLogin, `"request_set_ignore_repeat_login_param":true`, ""},
		{"which must be said too", opIgnoreRepeatLogin, "", "is missing"},
		{"a count of retries is taken", opMaxRetryCount, `"request_set_max_retry_count_param":3`, ""},
		{"if it is one", opMaxRetryCount, `"request_set_max_retry_count_param":-3`, "request_set_max_retry_count_param"},
		{"and there", opMaxRetryCount, "", "request_set_max_retry_count_param is missing"},
		{"custom login info is taken", opCustomLoginInfo,
			`"request_set_custom_login_info_user_id_param":"ann","request_set_custom_login_info_custom_info_param":"x"`, ""},
		{"if it is there", opCustomLoginInfo, "", "request_set_custom_login_info_custom_info_param is missing"},
		{"a UI platform is taken", opUIPlatform, `"request_set_ui_platform_param":28`, ""},
		{"if it is there", opUIPlatform, "", "request_set_ui_platform_param is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer, err := NewSettings(NewLogFiles()).Experimental(operation(tt.operation, tt.more)) // before TIMInit too
			if tt.want == "" {
				require.NoError(t, err)
				assert.JSONEq(t, `{"response_internal_operation":"`+tt.operation+`"}`, answer)
				return
			}
			assert.ErrorIs(t, err, timerr.New(timerr.InvalidParameters))
			assert.Contains(t, timerr.DescOf(err), tt.want)
		})
	}
}

// setTimeout sets how long logins and requests may take.
func setTimeout(t *testing.T, c *Client, seconds string) {
	t.Helper()
	_, err := c.settings.Experimental(operation(opRequestTimeout, `"request_set_packet_request_timeout_param":`+seconds))
	require.NoError(t, err)
}

func TestTimeoutsOfLoginsAndRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		server.set(func() { server.answer = nil })
		setTimeout(t, c, "5")
		c.Login("bob", "b1", game.done("bob"))
		time.Sleep(4 * time.Second)
		assert.Empty(t, game.since())
		time.Sleep(2 * time.Second)
		assert.Contains(t, game.since(), "bob: 9520 , status 3")
	})
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		server.set(func() { server.answer = nil })
		c.Request("TIMSlow", nil, game.done("slow"))
		setTimeout(t, c, "5")
		c.Request("TIMQuick", nil, game.done("quick"))
		time.Sleep(6 * time.Second)
		assert.Equal(t, []string{"quick: 9520 , status 1"}, game.since(), "though it came later")
		setTimeout(t, c, "0")
		c.Request("TIMUsual", nil, game.done("usual"))
		time.Sleep(25 * time.Second)
		assert.Equal(t, []string{"slow: 9520 , status 1"}, game.since())
		time.Sleep(6 * time.Second)
		assert.Equal(t, []string{"usual: 9520 , status 1"}, game.since())
	})
}

func TestARepeatedLoginMayBeIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server, game := startOnline(t)
		defer c.Close()
		_, err := c.settings.Experimental(operation(opIgnoreRepeatLogin, `"request_set_ignore_repeat_login_param":true`))
		require.NoError(t, err)
		server.since()
		c.Login("ann", "another ticket", game.done("again"))
		assert.Equal(t, []string{"again: 0 , status 1"}, game.since())
		assert.Empty(t, server.since(), "the server hears nothing of it")
		c.Login("bob", "b1", game.done("bob"))
		synctest.Wait()
		assert.Contains(t, game.since(), "bob: 0 , status 1")
	})
}
