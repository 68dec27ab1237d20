package core

import (
	"time"

	"github.com/banter-im/banter/internal/timerr"
)

// loginRequest is the part of the RequestParam object that is about connecting and logging
// in. The last three are checked and have no effect: a login is tried until its time is up,
// a request that was sent is never sent again, and no server asks for the other two.
type loginRequest struct {
	Timeout      *int64  `json:"request_set_packet_request_timeout_param"`
	PreferIPv6   *bool   `json:"request_set_ipv6_prior_param"`
	IgnoreRepeat *bool   `json:"request_set_ignore_repeat_login_param"`
	MaxRetries   *uint32 `json:"request_set_max_retry_count_param"`
	CustomInfo   *string `json:"request_set_custom_login_info_custom_info_param"`
	CustomUser   string  `json:"request_set_custom_login_info_user_id_param"`
	UIPlatform   *uint32 `json:"request_set_ui_platform_param"`
}

// loginSettings hold from the next call or dial on.
type loginSettings struct {
	timeout      time.Duration // of a login and of a request; 0 is the default
	preferIPv6   bool
	ignoreRepeat bool // a login of whoever is logged in succeeds, whatever its ticket
}

// maxRequestTimeout is in seconds.
const maxRequestTimeout = 300

// setLogin does one of the operations about connecting and logging in.
func (s *Settings) setLogin(operation string, r loginRequest) error {
	missing := func(key string, is bool) error {
		if is {
			return timerr.Newf(timerr.InvalidParameters, "%s is missing", key)
		}
		return nil
	}
	switch operation {
	case opMaxRetryCount:
		return missing("request_set_max_retry_count_param", r.MaxRetries == nil)
	case opCustomLoginInfo:
		return missing("request_set_custom_login_info_custom_info_param", r.CustomInfo == nil)
	case opUIPlatform:
		return missing("request_set_ui_platform_param", r.UIPlatform == nil)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case operation == opRequestTimeout && r.Timeout != nil:
		if *r.Timeout < 0 || *r.Timeout > maxRequestTimeout {
			return timerr.Newf(timerr.InvalidParameters,
				"request_set_packet_request_timeout_param must be 0 to %d seconds; 0 is the default", maxRequestTimeout)
		}
		s.login.timeout = time.Duration(*r.Timeout) * time.Second
		return nil
	case operation == opPreferIPv6 && r.PreferIPv6 != nil:
		s.login.preferIPv6 = *r.PreferIPv6
		return nil
	case operation == opIgnoreRepeatLogin && r.IgnoreRepeat != nil:
		s.login.ignoreRepeat = *r.IgnoreRepeat
		return nil
	}
	return timerr.Newf(timerr.InvalidParameters, "the parameter of %s is missing", operation)
}

// forLogin are the settings that hold now.
func (s *Settings) forLogin() loginSettings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.login
}
