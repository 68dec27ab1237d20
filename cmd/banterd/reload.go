package main

import (
	"io"
	"log/slog"
	"reflect"
)

// reload takes from the configuration, read again, what can change while players are
// online: the apps, with their keys, policies and webhooks, and the certificate. Logins and
// events from now on follow it. A configuration that is wrong changes nothing.
func (s *server) reload(o options) {
	next, err := o.reread()
	if err == nil {
		err = s.chat.SetApps(next.chat.Apps)
	}
	if err != nil {
		o.log.Error("the configuration is wrong: nothing has changed", "error", err)
		return
	}
	if next.certificate != nil {
		s.certificate.Store(next.certificate)
	}
	s.asker.SetApps(next.webhook.Apps)
	s.webhook.SetApps(next.webhook.Apps)
	s.assistants.reload(next.assist)
	o.log.Info("the configuration was read again", "apps", len(next.chat.Apps))
}

// reread reads the configuration that c was read from once more, and says so when it has
// changes that only a restart can bring.
func (c config) reread(args []string, getenv func(string) string, log *slog.Logger) (options, error) {
	next, err := loadConfig("banterd serve", args, getenv, io.Discard)
	if err != nil {
		return options{}, err
	}
	o, err := next.options(getenv)
	if err != nil {
		return options{}, err
	}
	before, after := c, next
	before.Apps, after.Apps = nil, nil
	if !reflect.DeepEqual(before, after) {
		log.Warn("settings beside the apps and the certificate's files have changed: they need a restart")
	}
	return o, nil
}
