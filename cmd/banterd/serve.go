package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/gateway"
)

// serveCommand runs a server for players.
func serveCommand(ctx context.Context, args []string, getenv func(string) string, stderr io.Writer) error {
	c, err := loadConfig("banterd serve", args, getenv, stderr)
	if err != nil {
		return err
	}
	o, err := c.options(getenv)
	if err != nil {
		return err
	}
	lock, err := openFolder(o.data)
	if err != nil {
		return err
	}
	defer lock.Close()
	o.log = newLog(stderr, c.Server.LogLevel)
	warnOfOpenFiles(o.log, o.gateway.Connections())
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	o.hangup = hangup
	o.reread = func() (options, error) { return c.reread(args, getenv, o.log) }
	go keepHeap(ctx)
	return serve(ctx, o, func(net.Addr, net.Addr) error { return nil })
}

// configCommand says whether serve would take a configuration.
func configCommand(args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	name, args := split(args)
	if name != "check" {
		return errors.New("usage: banterd config check --config FILE")
	}
	c, err := loadConfig("banterd config check", args, getenv, stderr)
	if err == nil {
		_, err = c.options(getenv)
	}
	if err == nil {
		fmt.Fprintln(stdout, "ok")
	}
	return err
}

// options turns the configuration into what a server is made of, or says everything that
// is wrong with it.
func (c config) options(getenv func(string) string) (options, error) {
	apps, appsErr := c.chatApps(getenv)
	certificate, tlsErr := c.Server.certificate()
	proxies, proxiesErr := c.Server.proxies()
	webhooks, webhooksErr := c.webhooks(getenv)
	assistants, assistErr := c.assistOptions()
	node, shared := c.Server.place()
	between, busErr := c.Server.busConfig.options(getenv)
	stored, filesErr := c.Files.options(getenv)
	err := errors.Join(c.Server.check(), busErr, c.Server.checkStore(c.Server.Store), c.Server.storeConfig.check(), tlsErr, proxiesErr, c.Limits.check(), c.Messages.check(), filesErr, appsErr, c.Webhooks.check(), webhooksErr, assistErr)
	return options{
		data:          c.Server.Data,
		store:         c.Server.Store,
		listen:        c.Server.Listen,
		adminListen:   c.Server.AdminListen,
		bus:           between,
		certificate:   certificate,
		restPerSecond: c.Limits.RestPerSecond,
		files:         stored,
		assist:        assistants,
		webhook:       c.Webhooks.sender(webhooks, time.Duration(c.Server.Lease)),
		chat: chat.Config{
			Node:               node,
			Shared:             shared,
			Apps:               apps,
			FailuresPerAccount: c.Limits.FailedPerAccount,
			FailuresPerAddress: c.Limits.FailedPerAddress,
			GiveUp:             time.Duration(c.Limits.GiveUp),
			Messages:           c.Messages.limits(),
			FileTokenLife:      time.Duration(c.Files.AddressLifetime),
		},
		gateway: c.Limits.gateway(proxies),
	}, err
}

func (c limitsConfig) gateway(proxies []netip.Prefix) gateway.Config {
	return gateway.Config{
		MaxConnections:    c.MaxConnections,
		MaxWithoutLogin:   c.MaxWithoutLogin,
		MaxPerAddress:     c.MaxPerAddress,
		RequestsPerSecond: c.Requests,
		TrustedProxies:    proxies,
		ExpiringAhead:     time.Duration(c.ExpiringAhead),
		ReconnectSpread:   time.Duration(c.ReconnectSpread),
		PingAfter:         time.Duration(c.PingAfter),
		PingAfterProxy:    time.Duration(c.PingAfterProxy),
		PingTimeout:       time.Duration(c.PingTimeout),
		KeepaliveIdle:     time.Duration(c.KeepaliveIdle),
		KeepaliveEvery:    time.Duration(c.KeepaliveEvery),
		KeepaliveCount:    c.KeepaliveCount,
	}
}

func (c serverConfig) check() error {
	problems := []error{
		checkAddress("server.listen", c.Listen),
		checkAddress("server.admin_listen", c.AdminListen),
	}
	host, _, _ := net.SplitHostPort(c.Listen)
	if !isLoopback(host) && c.TLSCert == "" && !c.BehindProxy {
		problems = append(problems, fmt.Errorf("server.listen: %s is open to others: "+
			"give server.tls_cert and server.tls_key, or server.behind_proxy = true if a proxy in front does TLS", c.Listen))
	}
	if c.Data == "" {
		problems = append(problems, errors.New("server.data: a folder is needed"))
	}
	return errors.Join(problems...)
}

// certificate returns what the server shows players who come with TLS, or nil for none.
func (c serverConfig) certificate() (*tls.Certificate, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	if c.TLSCert == "" || c.TLSKey == "" {
		return nil, errors.New("server.tls_cert and server.tls_key: one is missing")
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("server.tls_cert and server.tls_key: %w", err)
	}
	return &pair, nil
}

// proxies returns whose word about a client's address is believed. Without any, all
// players behind a proxy would share its address and its limits.
func (c serverConfig) proxies() ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	var problems []error
	for _, text := range c.TrustedProxies {
		prefix, err := parsePrefix(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("server.trusted_proxies: %q is no address or network", text))
		}
		prefixes = append(prefixes, prefix)
	}
	if c.BehindProxy && len(c.TrustedProxies) == 0 {
		problems = append(problems, errors.New("server.trusted_proxies: name the proxy's addresses, for server.behind_proxy is true"))
	}
	return prefixes, errors.Join(problems...)
}

func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		prefix, err := netip.ParsePrefix(text)
		return prefix.Masked(), err
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Unmap().Prefix(address.Unmap().BitLen())
}

func (c limitsConfig) check() error {
	numbers := []struct {
		name  string
		value int64
	}{
		{"max_connections", int64(c.MaxConnections)},
		{"max_without_login", int64(c.MaxWithoutLogin)},
		{"max_per_address", int64(c.MaxPerAddress)},
		{"requests_per_second", int64(c.Requests)},
		{"failed_logins_per_account", int64(c.FailedPerAccount)},
		{"failed_logins_per_address", int64(c.FailedPerAddress)},
		{"reconnect_spread", int64(c.ReconnectSpread)},
		{"ping_after", int64(c.PingAfter)},
		{"ping_after_proxy", int64(c.PingAfterProxy)},
		{"ping_timeout", int64(c.PingTimeout)},
		{"keepalive_idle", int64(c.KeepaliveIdle)},
		{"keepalive_every", int64(c.KeepaliveEvery)},
		{"keepalive_count", int64(c.KeepaliveCount)},
		{"give_up", int64(c.GiveUp)},
		{"expiring_ahead", int64(c.ExpiringAhead)},
		{"rest_calls_per_second", int64(c.RestPerSecond)},
	}
	var problems []error
	for _, n := range numbers {
		if n.value < 0 {
			problems = append(problems, fmt.Errorf("limits.%s: it is negative", n.name))
		}
	}
	return errors.Join(problems...)
}

// chatApps returns the apps with their keys, which come from files or the environment.
func (c config) chatApps(getenv func(string) string) ([]chat.App, error) {
	if len(c.Apps) == 0 {
		return nil, errors.New("apps: at least one [[apps]] is needed")
	}
	var apps []chat.App
	var problems []error
	seen := map[uint64]bool{}
	for i, a := range c.Apps {
		app, err := a.chatApp(getenv)
		if err == nil && seen[a.ID] {
			err = fmt.Errorf("id: %d stands twice", a.ID)
		}
		seen[a.ID] = true
		problems = append(problems, wrap(fmt.Sprintf("apps[%d]", i), err))
		apps = append(apps, app)
	}
	return apps, errors.Join(problems...)
}

// maxHistoryDays is a hundred years.
const maxHistoryDays = 36_500

func (a appConfig) chatApp(getenv func(string) string) (chat.App, error) {
	app := chat.App{ID: a.ID, Admins: a.Admins, HistoryDays: a.History}
	if a.ID == 0 {
		return app, errors.New("id: it is missing or 0")
	}
	if a.History < 0 || a.History > maxHistoryDays {
		return app, fmt.Errorf("history_days: it is not 0 to %d", maxHistoryDays)
	}
	if !slices.Contains(app.Admins, defaultAdmin) {
		app.Admins = append(slices.Clone(app.Admins), defaultAdmin)
	}
	for _, admin := range app.Admins {
		if usersig.CheckUserID(admin) != nil {
			return app, fmt.Errorf("admins: %.40q is not 1 to 32 bytes of printable ASCII", admin)
		}
	}
	if err := a.policyConfig.apply(&app); err != nil {
		return app, err
	}
	a.userStatusConfig.apply(&app)
	if app.FileDays = a.FilesDays; app.FileDays < 0 {
		return app, errors.New("files_days: it is negative")
	}
	if err := a.webhookConfig.apply(&app); err != nil {
		return app, err
	}
	key, err := a.key(getenv)
	app.Key = key
	return app, err
}

func (a appConfig) key(getenv func(string) string) ([]byte, error) {
	switch {
	case (a.KeyFile == "") == (a.KeyEnv == ""):
		return nil, errors.New("key_file or key_env: give one of them")
	case a.KeyFile != "":
		key, err := readKey(a.KeyFile, strings.NewReader("")) // "-" is no file of a server's
		return key, wrap("key_file", err)
	}
	key := []byte(getenv(a.KeyEnv))
	if len(key) == 0 {
		return nil, fmt.Errorf("key_env: the environment variable %s is empty", a.KeyEnv)
	}
	return key, nil
}
