package core

import (
	"encoding/json"
	"net"
	"net/url"
	"strconv"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// The operations of callExperimentalAPI that are built.
const (
	opCustomServerInfo = "internal_operation_set_custom_server_info"
	opNetworkInfo      = "internal_operation_set_network_info"
	opWriteLog         = "internal_operation_write_log"
	opLogSetting       = "internal_operation_set_log_setting"

	// See experimental_login.go.
	opRequestTimeout    = "internal_operation_set_packet_request_timeout"
	opPreferIPv6        = "internal_operation_set_ipv6_prior"
	opIgnoreRepeatLogin = "internal_operation_set_ignore_repeat_login"
	opMaxRetryCount     = "internal_operation_set_max_retry_count"
	opCustomLoginInfo   = "internal_operation_set_custom_login_info"
	opUIPlatform        = "internal_operation_set_ui_platform"
)

// experimentalRequest is the RequestParam object, as far as those operations read it.
type experimentalRequest struct {
	Operation  *string           `json:"request_internal_operation"`
	ServerInfo *customServerInfo `json:"request_set_custom_server_info_param"`
	LogSetting *logSettingParam  `json:"request_set_log_setting_param"`

	NetworkConnected *bool `json:"request_set_network_info_network_connected_param"`

	LogLevel   *int    `json:"request_write_log_log_level_param"`
	LogContent *string `json:"request_write_log_log_content_param"`
	LogFile    string  `json:"request_write_log_file_name_param"`
	LogFunc    string  `json:"request_write_log_func_name_param"`
	LogLine    int     `json:"request_write_log_line_number_param"`

	loginRequest
}

type customServerInfo struct {
	Long      []serverAddress `json:"longconnection_address_array"`
	Short     []serverAddress `json:"shortconnection_address_array"`
	PublicKey string          `json:"server_public_key"`
}

type serverAddress struct {
	IP   string `json:"server_address_ip"`
	Port uint16 `json:"server_address_port"`
	IPv6 bool   `json:"server_address_is_ipv6"`
	QUIC bool   `json:"server_address_is_quic"`
}

type logSettingParam struct {
	DisableAutoClean bool    `json:"log_setting_disable_auto_clean"`
	MaxFileSize      *uint64 `json:"log_setting_max_file_size"`
}

// Experimental is callExperimentalAPI while there is no client: it returns the answer's
// JSON. A client has an Experimental of its own.
func (s *Settings) Experimental(text string) (string, error) {
	r, err := parseExperimental(text)
	if err != nil {
		return "", err
	}
	return s.experimental(r, nil)
}

// Experimental is callExperimentalAPI.
func (c *Client) Experimental(text string, done Done) {
	r, err := parseExperimental(text)
	if err != nil {
		done(err, "")
		return
	}
	answer, err := c.settings.experimental(r, c)
	done(err, answer)
}

func parseExperimental(text string) (experimentalRequest, error) {
	var r experimentalRequest
	if err := decode(text, &r); err != nil {
		return r, err
	}
	if r.Operation == nil || *r.Operation == "" {
		return r, timerr.Newf(timerr.InvalidParameters, "request_internal_operation is missing")
	}
	return r, nil
}

// experimental does what r asks for; c is nil before TIMInit.
func (s *Settings) experimental(r experimentalRequest, c *Client) (string, error) {
	var err error
	switch *r.Operation {
	case opCustomServerInfo:
		err = s.setServers(r.ServerInfo)
	case opLogSetting:
		err = s.setLogFile(r.LogSetting)
	case opNetworkInfo:
		if c != nil && (r.NetworkConnected == nil || *r.NetworkConnected) {
			c.NetworkBack()
		}
	case opWriteLog:
		err = c.writeLog(r)
	case opRequestTimeout, opPreferIPv6, opIgnoreRepeatLogin, opMaxRetryCount, opCustomLoginInfo, opUIPlatform:
		err = s.setLogin(*r.Operation, r.loginRequest)
	default:
		if !operations[*r.Operation] {
			return "", timerr.Newf(timerr.InvalidParameters, "request_internal_operation names no operation")
		}
		return "", timerr.Newf(timerr.SDKInterfaceNotSupport, "%s is not supported by this version", *r.Operation)
	}
	if err != nil {
		return "", err
	}
	answer, err := json.Marshal(map[string]string{"response_internal_operation": *r.Operation})
	return string(answer), err
}

// setServers takes the address list that private deployments use: wss, or ws on this
// machine. It is good for the next dial.
func (s *Settings) setServers(info *customServerInfo) error {
	if info == nil {
		return timerr.Newf(timerr.InvalidParameters, "request_set_custom_server_info_param is missing")
	}
	if len(info.Long) == 0 {
		return timerr.Newf(timerr.InvalidParameters, "longconnection_address_array must name a server")
	}
	var urls []*url.URL
	for _, address := range info.Long {
		switch {
		case address.IP == "":
			return timerr.Newf(timerr.InvalidParameters, "server_address_ip is missing")
		case address.Port == 0:
			return timerr.Newf(timerr.InvalidParameters, "server_address_port must be 1 to 65535")
		case address.QUIC:
			return timerr.Newf(timerr.InvalidParameters, "server_address_is_quic must be false: QUIC is not supported")
		}
		scheme := "wss"
		if isLoopback(address.IP) {
			scheme = "ws"
		}
		host := net.JoinHostPort(address.IP, strconv.Itoa(int(address.Port)))
		u, err := parseURL("server_address_ip", scheme+"://"+host+wire.Path)
		if err != nil {
			return timerr.Newf(timerr.InvalidParameters, "server_address_ip must be an address or a host name")
		}
		urls = append(urls, u)
	}
	pin, err := transport.ParsePin(info.PublicKey)
	if err != nil {
		return timerr.Newf(timerr.InvalidParameters, "server_public_key is %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.urls, s.pin = urls, pin
	return nil
}

// writeLog writes the game's own line to our log.
func (c *Client) writeLog(r experimentalRequest) error {
	switch {
	case c == nil:
		return timerr.Newf(timerr.SDKNotInitialized, "not initialized")
	case r.LogLevel == nil || *r.LogLevel < logTest || *r.LogLevel > logAssert:
		return timerr.Newf(timerr.InvalidParameters, "request_write_log_log_level_param must be %d to %d", logTest, logAssert)
	case r.LogContent == nil:
		return timerr.Newf(timerr.InvalidParameters, "request_write_log_log_content_param is missing")
	}
	c.log.Log(c.ctx, slogLevel(*r.LogLevel), *r.LogContent, "file", r.LogFile, "line", r.LogLine, "func", r.LogFunc)
	return nil
}
