package core

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/banter-im/banter/core/transport"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// settingsFile may hold the server's address, in the config path.
const settingsFile = "imsdk.json"

// addresses knows where the server is. Every dial asks anew, because callExperimentalAPI
// may name other servers at any time.
type addresses struct {
	config      config
	settings    *Settings
	environment string // BANTER_SERVER_URL
	folder      string
	dial        Dialer
	used        func(transport.Target) // told of each server that a link leads to
	turn        atomic.Uint32
}

// connect dials the server whose turn it is. When that fails it is the next one's.
func (a *addresses) connect(ctx context.Context, opening transport.Opening) (Link, error) {
	targets, err := a.targets()
	if err != nil {
		return nil, permanent(err)
	}
	target := targets[int(a.turn.Load())%len(targets)]
	link, err := a.dial(ctx, target, opening)
	if err != nil {
		a.moveOn()
		return nil, err
	}
	a.used(target)
	return link, nil
}

// moveOn makes it the next server's turn.
func (a *addresses) moveOn() { a.turn.Add(1) }

// several says whether there is another server than the one whose turn it is.
func (a *addresses) several() bool {
	targets, err := a.targets()
	return err == nil && len(targets) > 1
}

// permanent marks err as one that another dial does not change.
func permanent(err error) error {
	return &timerr.Error{
		Code: timerr.CodeOf(err),
		Desc: timerr.DescOf(err),
		Err:  errors.Join(transport.ErrPermanent, err),
	}
}

// targets are the servers of the first of the four places that names any.
func (a *addresses) targets() ([]transport.Target, error) {
	trust := transport.TLS{CAFile: a.config.TLSCAFile, Pin: a.config.pin}
	urls, pin := a.settings.servers()
	if len(urls) > 0 && len(pin) > 0 {
		trust.Pin = pin
	}
	if len(urls) == 0 {
		u, err := a.one()
		if err != nil {
			return nil, err
		}
		urls = []*url.URL{u}
	}
	proxy, preferIPv6 := a.settings.proxy(), a.settings.forLogin().preferIPv6
	var targets []transport.Target
	for _, u := range urls {
		if u.Scheme == "ws" && !a.config.AllowPlaintext && !isLoopback(u.Hostname()) {
			return nil, timerr.Newf(timerr.InvalidParameters,
				"ws://%s is refused: beyond this machine only wss:// is safe, unless sdk_config_allow_plaintext is true", u.Host)
		}
		targets = append(targets, transport.Target{URL: u.String(), TLS: trust, Proxy: proxy, PreferIPv6: preferIPv6})
	}
	return targets, nil
}

// one is the address that does not come from callExperimentalAPI.
func (a *addresses) one() (*url.URL, error) {
	if a.config.ServerURL != "" {
		return parseURL("sdk_config_server_url", a.config.ServerURL)
	}
	if a.environment != "" {
		return parseURL("BANTER_SERVER_URL", a.environment)
	}
	fromFile, err := a.fromFile()
	if err != nil {
		return nil, err
	}
	if fromFile != "" {
		return parseURL("server_url in "+settingsFile, fromFile)
	}
	return nil, timerr.Newf(timerr.SDKNetDisconnect, "no server address is set: "+
		"call callExperimentalAPI with internal_operation_set_custom_server_info, or put sdk_config_server_url into TIMInit's JSON, "+
		"or set the environment variable BANTER_SERVER_URL, or put {\"server_url\": \"wss://host:port\"} into "+settingsFile+" in the config path")
}

func (a *addresses) fromFile() (string, error) {
	if a.folder == "" {
		return "", nil
	}
	data, err := os.ReadFile(filepath.Join(a.folder, settingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", timerr.Newf(timerr.InvalidParameters, "%s in the config path cannot be read", settingsFile)
	}
	var file struct {
		ServerURL string `json:"server_url"`
	}
	if json.Unmarshal(data, &file) != nil {
		return "", timerr.Newf(timerr.InvalidParameters, "%s in the config path must be a JSON object with the string server_url", settingsFile)
	}
	return file.ServerURL, nil
}

// parseURL reads the address of a server; where names the place it comes from.
func parseURL(where, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err == nil {
		_, err = url.Parse(u.String()) // what the dialer reads: not every zone of an address stands in one
	}
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "ws" && u.Scheme != "wss":
		return nil, timerr.Newf(timerr.InvalidParameters, "%s must be wss://host:port, or ws://host:port for this machine", where)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, timerr.Newf(timerr.InvalidParameters, "%s must have no user, query or fragment", where)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = wire.Path
	}
	return u, nil
}

// isLoopback says whether a host is this machine, without asking a name server.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
