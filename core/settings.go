package core

import (
	"encoding/json"
	"maps"
	"net"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
)

// Settings are what TIMSetConfig and callExperimentalAPI set. They can be set before
// TIMInit and outlive TIMUninit, and a client looks at them when it needs them. They are
// safe for concurrent use.
type Settings struct {
	files *LogFiles

	mu    sync.Mutex
	set   setConfig
	urls  []*url.URL // of internal_operation_set_custom_server_info
	pin   transport.Pin
	login loginSettings

	// Looked at for every line of the log.
	logLevel      atomic.Int32
	callbackLevel atomic.Int32
	console       atomic.Bool
}

// setConfig is the SetConfig object.
type setConfig struct {
	LogLevel         uint32          `json:"set_config_log_level"`
	CallbackLogLevel uint32          `json:"set_config_callback_log_level"`
	Console          bool            `json:"set_config_is_log_output_console"`
	User             userConfig      `json:"set_config_user_config"`
	UserDefineData   string          `json:"set_config_user_define_data"`
	HTTPProxy        httpProxyInfo   `json:"set_config_http_proxy_info"`
	Socks5Proxy      socks5ProxyInfo `json:"set_config_socks5_proxy_info"`
	PACProxy         pacProxyInfo    `json:"set_config_pac_proxy_info"`
	OnlyLocalDNS     bool            `json:"set_config_is_only_local_dns_source"`
}

type userConfig struct {
	DisableStorage        bool           `json:"user_config_is_is_disable_storage"`
	ReadReceipt           bool           `json:"user_config_is_read_receipt"`
	IgnoreGroupTipsUnread bool           `json:"user_config_is_ignore_grouptips_unread"`
	SyncReport            bool           `json:"user_config_is_sync_report"`
	GroupOption           map[string]any `json:"user_config_group_getinfo_option"`
	GroupMemberOption     map[string]any `json:"user_config_group_member_getinfo_option"`
}

type httpProxyInfo struct {
	IP       string `json:"http_proxy_info_ip"`
	Port     uint16 `json:"http_proxy_info_port"`
	Username string `json:"http_proxy_info_username"`
	Password string `json:"http_proxy_info_password,omitempty"`
}

type socks5ProxyInfo struct {
	IP       string `json:"socks5_proxy_info_ip"`
	Port     uint16 `json:"socks5_proxy_info_port"`
	Username string `json:"socks5_proxy_info_username"`
	Password string `json:"socks5_proxy_info_password,omitempty"`
}

type pacProxyInfo struct {
	Username string `json:"pac_proxy_info_username"`
	Password string `json:"pac_proxy_info_password,omitempty"`
}

// maxUserDefineData is in bytes.
const maxUserDefineData = 64

// NewSettings returns the settings that hold before anything is set. The log files are
// those of the process: how they are rotated is set for all who share them.
func NewSettings(files *LogFiles) *Settings {
	s := &Settings{
		files: files,
		set: setConfig{
			LogLevel:         logInfo,
			CallbackLogLevel: logInfo,
			User: userConfig{
				GroupOption:       map[string]any{},
				GroupMemberOption: map[string]any{},
			},
		},
	}
	s.publish()
	return s
}

// SetConfig changes what text, a SetConfig object, names, and returns the complete
// configuration without passwords. On an error, which names the key, nothing changes.
func (s *Settings) SetConfig(text string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.set
	next.User.GroupOption = maps.Clone(next.User.GroupOption) // decode writes into maps
	next.User.GroupMemberOption = maps.Clone(next.User.GroupMemberOption)
	if err := decode(text, &next); err != nil {
		return "", err
	}
	if err := next.check(); err != nil {
		return "", err
	}
	s.set = next
	s.publish()
	next.HTTPProxy.Password, next.Socks5Proxy.Password, next.PACProxy.Password = "", "", ""
	complete, err := json.Marshal(next)
	if err != nil {
		return "", timerr.Wrap(timerr.SDKInternalError, err)
	}
	return string(complete), nil
}

func (c setConfig) check() error {
	invalid := func(format string, args ...any) error {
		return timerr.Newf(timerr.InvalidParameters, format, args...)
	}
	switch {
	case c.LogLevel > logAssert:
		return invalid("set_config_log_level must be 0 to %d", logAssert)
	case c.CallbackLogLevel > logAssert:
		return invalid("set_config_callback_log_level must be 0 to %d", logAssert)
	case len(c.UserDefineData) > maxUserDefineData:
		return invalid("set_config_user_define_data must have at most %d bytes", maxUserDefineData)
	case c.HTTPProxy.IP != "" && c.HTTPProxy.Port == 0:
		return invalid("http_proxy_info_port must not be 0")
	case c.Socks5Proxy.IP != "" && c.Socks5Proxy.Port == 0:
		return invalid("socks5_proxy_info_port must not be 0")
	case c.PACProxy != pacProxyInfo{}:
		return timerr.Newf(timerr.SDKInterfaceNotSupport, "set_config_pac_proxy_info is not supported by this version")
	}
	return nil
}

// publish hands on what the log looks at.
func (s *Settings) publish() {
	s.logLevel.Store(int32(s.set.LogLevel))
	s.callbackLevel.Store(int32(s.set.CallbackLogLevel))
	s.console.Store(s.set.Console)
}

// servers are those of internal_operation_set_custom_server_info, and the pin of their
// key.
func (s *Settings) servers() ([]*url.URL, transport.Pin) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.urls, s.pin
}

// proxy is what links go through: the SOCKS5 proxy, else the HTTP proxy, else nil.
func (s *Settings) proxy() *url.URL {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.set.Socks5Proxy; p.IP != "" {
		return proxyURL("socks5", p.IP, p.Port, p.Username, p.Password)
	}
	if p := s.set.HTTPProxy; p.IP != "" {
		return proxyURL("http", p.IP, p.Port, p.Username, p.Password)
	}
	return nil
}

func proxyURL(scheme, ip string, port uint16, user, password string) *url.URL {
	u := &url.URL{Scheme: scheme, Host: net.JoinHostPort(ip, strconv.Itoa(int(port)))}
	if user != "" {
		u.User = url.UserPassword(user, password)
	}
	return u
}
