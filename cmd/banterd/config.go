package main

import (
	"encoding"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// config is the configuration file. Its defaults are defaultConfig's; zero limits take
// the defaults of the packages that they are for.
type config struct {
	Server    serverConfig   `toml:"server"`
	Limits    limitsConfig   `toml:"limits"`
	Webhooks  webhooksConfig `toml:"webhooks"`
	Messages  messagesConfig `toml:"messages"`
	Files     filesConfig    `toml:"files"`
	Translate assistConfig   `toml:"translate"`
	Voice     assistConfig   `toml:"voice"`
	Apps      []appConfig    `toml:"apps"`
}

type serverConfig struct {
	Listen         string     `toml:"listen"`
	AdminListen    string     `toml:"admin_listen"`
	Data           string     `toml:"data"`
	TLSCert        string     `toml:"tls_cert"`
	TLSKey         string     `toml:"tls_key"`
	BehindProxy    bool       `toml:"behind_proxy"`
	TrustedProxies []string   `toml:"trusted_proxies"`
	LogLevel       slog.Level `toml:"log_level"`
	storeConfig
	busConfig
}

type limitsConfig struct {
	MaxConnections   int      `toml:"max_connections"`
	MaxWithoutLogin  int      `toml:"max_without_login"`
	MaxPerAddress    int      `toml:"max_per_address"`
	Requests         int      `toml:"requests_per_second"`
	FailedPerAccount int      `toml:"failed_logins_per_account"`
	FailedPerAddress int      `toml:"failed_logins_per_address"`
	ReconnectSpread  duration `toml:"reconnect_spread"`
	PingAfter        duration `toml:"ping_after"`
	PingAfterProxy   duration `toml:"ping_after_proxy"`
	PingTimeout      duration `toml:"ping_timeout"`
	KeepaliveIdle    duration `toml:"keepalive_idle"`
	KeepaliveEvery   duration `toml:"keepalive_every"`
	KeepaliveCount   int      `toml:"keepalive_count"`
	GiveUp           duration `toml:"give_up"`
	ExpiringAhead    duration `toml:"expiring_ahead"`
	RestPerSecond    int      `toml:"rest_calls_per_second"`
}

type appConfig struct {
	ID      uint64   `toml:"id"`
	KeyFile string   `toml:"key_file"`
	KeyEnv  string   `toml:"key_env"`
	Admins  []string `toml:"admins"`
	History int      `toml:"history_days"`

	FilesDays int `toml:"files_days"`
	policyConfig
	userStatusConfig
	webhookConfig
}

func defaultConfig() config {
	return config{Server: serverConfig{Listen: "127.0.0.1:7000", AdminListen: "127.0.0.1:7001", Data: "./banter-data"}}
}

// duration is a time.Duration that is written like "1s".
type duration time.Duration

// UnmarshalText reads a duration.
func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration such as 1s or 2m", text)
	}
	*d = duration(parsed)
	return nil
}

// setting is a scalar of the configuration, which the environment and flags can set
// too. Apps are only in the file, and no secret is a setting.
type setting struct {
	section, name string
	value         any // a pointer
	usage         string
}

func (s setting) env() string { return "BANTER_" + strings.ToUpper(s.section+"_"+s.name) }

// flag is the name alone, which is enough, but for the settings of webhooks, files and services.
func (s setting) flag() string {
	name := s.name
	switch s.section {
	case "webhooks":
		name = "webhook_" + name
	case "files":
		name = "files_" + name
	case "translate", "voice":
		name = s.section + "_" + name
	}
	return strings.ReplaceAll(name, "_", "-")
}

func (c *config) settings() []setting {
	return slices.Concat([]setting{
		{"server", "listen", &c.Server.Listen, "players' address"},
		{"server", "admin_listen", &c.Server.AdminListen, "operators' address"},
		{"server", "data", &c.Server.Data, "folder of the server's data"},
		{"server", "tls_cert", &c.Server.TLSCert, "file of the TLS certificate and its chain"},
		{"server", "tls_key", &c.Server.TLSKey, "file of the certificate's key"},
		{"server", "behind_proxy", &c.Server.BehindProxy, "a proxy in front does TLS"},
		{"server", "log_level", &c.Server.LogLevel, "least level that is logged: debug, info, warn, error"},
		{"server", "bus", &c.Server.Bus, "NATS servers that connect the nodes: nats://a:4222,b:4222 or tls://a,b"},
		{"server", "cluster_listen", &c.Server.ClusterListen, "this node's address in a cluster that the nodes form"},
		{"server", "cluster_peers", &c.Server.ClusterPeers, "such addresses of other nodes: a:6222,b:6222"},
		{"server", "bus_user", &c.Server.BusUser, "user at the bus, instead of a token"},
		{"server", "bus_token_file", &c.Server.BusTokenFile, "file of the bus's token, or of the user's password"},
		{"server", "bus_token_env", &c.Server.BusTokenEnv, "environment variable of it"},
		{"server", "bus_tls_ca", &c.Server.BusTLSCA, "file of the certificates that the bus's are signed by"},
		{"server", "bus_tls_cert", &c.Server.BusTLSCert, "file of this node's certificate for the bus"},
		{"server", "bus_tls_key", &c.Server.BusTLSKey, "file of that certificate's key"},
		{"limits", "max_connections", &c.Limits.MaxConnections, "links at the same time"},
		{"limits", "max_without_login", &c.Limits.MaxWithoutLogin, "of them without a login"},
		{"limits", "max_per_address", &c.Limits.MaxPerAddress, "of those from one address"},
		{"limits", "requests_per_second", &c.Limits.Requests, "that are read of a link"},
		{"limits", "failed_logins_per_account", &c.Limits.FailedPerAccount, "a minute, of one account from one address"},
		{"limits", "failed_logins_per_address", &c.Limits.FailedPerAddress, "a minute, from one address"},
		{"limits", "reconnect_spread", &c.Limits.ReconnectSpread, "over which clients come back after a cut"},
		{"limits", "ping_after", &c.Limits.PingAfter, "of silence, clients ping"},
		{"limits", "ping_after_proxy", &c.Limits.PingAfterProxy, "the same behind a trusted proxy"},
		{"limits", "ping_timeout", &c.Limits.PingTimeout, "without an answer, they give the link up"},
		{"limits", "keepalive_idle", &c.Limits.KeepaliveIdle, "of silence, TCP probes the other side"},
		{"limits", "keepalive_every", &c.Limits.KeepaliveEvery, "between such probes"},
		{"limits", "keepalive_count", &c.Limits.KeepaliveCount, "of them without an answer end the link"},
		{"limits", "give_up", &c.Limits.GiveUp, "after so long without its link a session is given up"},
		{"limits", "expiring_ahead", &c.Limits.ExpiringAhead, "that clients are warned before their ticket expires"},
		{"limits", "rest_calls_per_second", &c.Limits.RestPerSecond, "of an app, of one REST command"},
		{"webhooks", "keep", &c.Webhooks.Keep, "that an event is tried, until it is dropped"},
		{"webhooks", "max_kept", &c.Webhooks.MaxKept, "events of an app that may wait"},
	}, c.Messages.settings(), c.Files.settings(), c.Server.storeConfig.settings(),
		c.Translate.settings("translate", "translates"), c.Voice.settings("voice", "turns voice into text"))
}

// set reads a setting's value from text.
func (s setting) set(text string) (err error) {
	switch value := s.value.(type) {
	case *string:
		*value = text
	case *int:
		*value, err = strconv.Atoi(text)
	case *bool:
		*value, err = strconv.ParseBool(text)
	case encoding.TextUnmarshaler:
		err = value.UnmarshalText([]byte(text))
	default:
		err = fmt.Errorf("a setting of type %T", value)
	}
	if err != nil {
		return fmt.Errorf("%q is no value for it", text)
	}
	return nil
}

// loadConfig reads the configuration that args name: the file, over it the environment,
// over that the flags.
func loadConfig(name string, args []string, getenv func(string) string, stderr io.Writer) (config, error) {
	return loadConfigWith(flag.NewFlagSet(name, flag.ContinueOnError), args, getenv, stderr)
}

// loadConfigWith is loadConfig for a command that has flags of its own besides.
func loadConfigWith(flags *flag.FlagSet, args []string, getenv func(string) string, stderr io.Writer) (config, error) {
	c := defaultConfig()
	flags.SetOutput(stderr)
	path := flags.String("config", "", "`file` of the configuration (TOML)")
	var given []func() error // what flags say, in order
	for _, s := range c.settings() {
		note := func(text string) error {
			given = append(given, func() error { return wrap("--"+s.flag(), s.setFlag(text)) })
			return nil
		}
		usage := fmt.Sprintf("%s (%s)", s.usage, s.env())
		if _, isBool := s.value.(*bool); isBool {
			flags.BoolFunc(s.flag(), usage, note)
		} else {
			flags.Func(s.flag(), usage, note)
		}
	}
	if err := parse(flags, args); err != nil {
		return c, err
	}
	if *path == "" {
		return c, fmt.Errorf("%s: --config FILE is needed", flags.Name())
	}
	problems := []error{c.read(*path)}
	for _, s := range c.settings() {
		if text := getenv(s.env()); text != "" {
			problems = append(problems, wrap(s.env(), s.set(text)))
		}
	}
	for _, set := range given {
		problems = append(problems, set())
	}
	return c, errors.Join(problems...)
}

// read reads the file. A key that is not a setting is an error: a misspelt one would
// silently leave its default.
func (c *config) read(path string) error {
	meta, err := toml.DecodeFile(path, c)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var problems []error
	for _, key := range meta.Undecoded() {
		problems = append(problems, fmt.Errorf("%s: unknown setting %s", path, key))
	}
	return errors.Join(problems...)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
