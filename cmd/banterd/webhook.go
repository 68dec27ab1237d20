package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/webhook"
)

// webhookConfig is the part of an app's configuration that says who hears of its users.
type webhookConfig struct {
	URL       string `toml:"webhook_url"`
	TokenFile string `toml:"webhook_token_file"`
	TokenEnv  string `toml:"webhook_token_env"`
	CertFile  string `toml:"webhook_cert"` // ours, for a receiver that wants to know who asks
	KeyFile   string `toml:"webhook_key"`
	CAFile    string `toml:"webhook_ca"` // who has signed the receiver's, if not a public authority

	Commands         []string `toml:"webhook_commands"`
	AskTimeout       duration `toml:"webhook_before_timeout"`
	RefuseUnanswered bool     `toml:"webhook_refuse_unanswered"`
}

// webhooksConfig bounds what waits for the backends.
type webhooksConfig struct {
	Keep    duration `toml:"keep"`
	MaxKept int      `toml:"max_kept"`
}

func (c webhooksConfig) check() error {
	if c.Keep < 0 || c.MaxKept < 0 {
		return errors.New("webhooks: keep and max_kept must not be negative")
	}
	return nil
}

// sender is what the outbox's Sender is made of. The users of a node that is gone are
// others' within the node's lease.
func (c webhooksConfig) sender(apps []webhook.App, lease time.Duration) webhook.Config {
	return webhook.Config{Apps: apps, Claim: lease / 2, Keep: time.Duration(c.Keep), MaxKept: c.MaxKept}
}

// webhooks returns the apps whose backends want events.
func (c config) webhooks(getenv func(string) string) ([]webhook.App, error) {
	var apps []webhook.App
	var problems []error
	for i, a := range c.Apps {
		app, err := a.webhookConfig.app(a.ID, getenv)
		problems = append(problems, wrap(fmt.Sprintf("apps[%d]", i), err))
		if app.URL != "" {
			apps = append(apps, app)
		}
	}
	return apps, errors.Join(problems...)
}

func (c webhookConfig) app(id uint64, getenv func(string) string) (webhook.App, error) {
	app := webhook.App{ID: id, URL: c.URL}
	if c.URL == "" {
		if !reflect.DeepEqual(c, webhookConfig{}) {
			return app, errors.New("webhook_url: it is missing, and other webhook settings are there")
		}
		return app, nil
	}
	token, tokenErr := c.token(getenv)
	client, tlsErr := c.tls()
	app.Token, app.TLS, app.AskTimeout = token, client, time.Duration(c.AskTimeout)
	var timeoutErr error
	if c.AskTimeout < 0 || c.AskTimeout > duration(maxAskTimeout) {
		timeoutErr = fmt.Errorf("webhook_before_timeout: it is not 0 to %s", maxAskTimeout)
	}
	return app, errors.Join(checkWebhookURL("webhook_url", c.URL), tokenErr, tlsErr, timeoutErr)
}

// maxAskTimeout keeps a backend's answer within the time in which a client's message fails.
const maxAskTimeout = 10 * time.Second

// commands are the webhooks that can be switched on.
var commands = map[string]func(*chat.App){
	chat.HookStateChange: func(a *chat.App) { a.Report = true },
	chat.HookBeforeSend:  func(a *chat.App) { a.Hooks.BeforeSend = true },
	chat.HookAfterSend:   func(a *chat.App) { a.Hooks.AfterSend = true },
	chat.HookAfterRead:   func(a *chat.App) { a.Hooks.AfterRead = true },
	chat.HookAfterRecall: func(a *chat.App) { a.Hooks.AfterRecall = true },
}

// allCommands returns the names of all webhooks that there are.
func allCommands() []string { return slices.Sorted(maps.Keys(commands)) }

// apply switches on what the app's backend is asked and told: logins and ends alone, unless the
// settings say otherwise.
func (c webhookConfig) apply(app *chat.App) error {
	if c.URL == "" {
		return nil
	}
	names := c.Commands
	if names == nil {
		names = []string{chat.HookStateChange}
	}
	for _, name := range names {
		switchOn, known := commands[name]
		if !known {
			return fmt.Errorf("webhook_commands: %.60q is none of %s", name, strings.Join(allCommands(), ", "))
		}
		switchOn(app)
	}
	app.Hooks.RefuseUnanswered = c.RefuseUnanswered
	return nil
}

// checkWebhookURL refuses what no event can be sent to. Its errors do not hold the URL,
// which may hold a secret.
func checkWebhookURL(name, text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("%s: it is no URL", name)
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return fmt.Errorf("%s: it must begin with http:// or https:// and name a host", name)
	case strings.Contains(text, "#"):
		return fmt.Errorf("%s: it must not hold a #", name)
	}
	return nil
}

func (c webhookConfig) token(getenv func(string) string) ([]byte, error) {
	switch {
	case c.TokenFile != "" && c.TokenEnv != "":
		return nil, errors.New("webhook_token_file and webhook_token_env: give one of them")
	case c.TokenFile != "":
		token, err := readKey(c.TokenFile, strings.NewReader(""))
		return token, wrap("webhook_token_file", err)
	case c.TokenEnv != "":
		token := []byte(getenv(c.TokenEnv))
		if len(token) == 0 {
			return nil, fmt.Errorf("webhook_token_env: the environment variable %s is empty", c.TokenEnv)
		}
		return token, nil
	}
	return nil, nil
}

// tls returns how to speak to a receiver that wants more than the system's authorities.
func (c webhookConfig) tls() (*tls.Config, error) {
	if c.CertFile == "" && c.KeyFile == "" && c.CAFile == "" {
		return nil, nil
	}
	client := &tls.Config{MinVersion: tls.VersionTLS12}
	if (c.CertFile == "") != (c.KeyFile == "") {
		return nil, errors.New("webhook_cert and webhook_key: one is missing")
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("webhook_cert and webhook_key: %w", err)
		}
		client.Certificates = []tls.Certificate{pair}
	}
	if c.CAFile != "" {
		text, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("webhook_ca: %w", err)
		}
		client.RootCAs = x509.NewCertPool()
		if !client.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("webhook_ca: %s holds no certificate", c.CAFile)
		}
	}
	return client, nil
}
