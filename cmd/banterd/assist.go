package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/banter-im/banter/server/admin"
	"github.com/banter-im/banter/server/assist"
)

// assistConfig is a service beside the server. Without a URL there is none.
type assistConfig struct {
	URL        string   `toml:"url"`
	SecretFile string   `toml:"secret_file"`
	Timeout    duration `toml:"timeout"`
}

// maxAssistTimeout is less than a client waits for an answer.
const maxAssistTimeout = 25 * time.Second

func (c *assistConfig) settings(section, does string) []setting {
	return []setting{
		{section, "url", &c.URL, "URL of the service that " + does},
		{section, "secret_file", &c.SecretFile, "file of the secret that signs what it is asked"},
		{section, "timeout", &c.Timeout, "for its answers"},
	}
}

// options returns how the service is asked. Its errors do not hold the URL, which may hold a
// secret.
func (c assistConfig) options(section string) (assist.Config, error) {
	o := assist.Config{URL: c.URL, Timeout: time.Duration(c.Timeout)}
	var problems []error
	if c.Timeout < 0 || time.Duration(c.Timeout) > maxAssistTimeout {
		problems = append(problems, fmt.Errorf("%s.timeout: it is not 0 to %s", section, maxAssistTimeout))
	}
	if c.SecretFile != "" {
		secret, err := readKey(c.SecretFile, strings.NewReader(""))
		o.Secret = secret
		problems = append(problems, wrap(section+".secret_file", err))
	}
	return o, errors.Join(problems...)
}

// assistOptions are the services beside the server.
type assistOptions struct {
	translate, voice assist.Config
}

func (c config) assistOptions() (assistOptions, error) {
	translate, translateErr := c.Translate.options("translate")
	voice, voiceErr := c.Voice.options("voice")
	o := assistOptions{translate, voice}
	return o, errors.Join(translateErr, voiceErr, o.check())
}

func (o assistOptions) check() error {
	var problems []error
	for section, url := range map[string]string{"translate": o.translate.URL, "voice": o.voice.URL} {
		if url != "" {
			problems = append(problems, checkWebhookURL(section+".url", url))
		}
	}
	return errors.Join(problems...)
}

// assistants ask the services. One that there is not is nil.
type assistants struct {
	translator  *assist.Translator
	transcriber *assist.Transcriber
}

// assist lets the domain ask the services that there are.
func (s *server) assist(o *options, metrics *admin.Metrics, log *slog.Logger) {
	if o.assist.translate.URL != "" {
		s.assistants.translator = assist.NewTranslator(o.assist.translate, metrics, log)
		o.chat.Translator = s.assistants.translator
	}
	if o.assist.voice.URL != "" {
		s.assistants.transcriber = assist.NewTranscriber(o.assist.voice, metrics, log)
		o.chat.Transcriber = s.assistants.transcriber
	}
}

// reload takes the secrets that were read again.
func (a assistants) reload(next assistOptions) {
	if a.translator != nil {
		a.translator.SetSecret(next.translate.Secret)
	}
	if a.transcriber != nil {
		a.transcriber.SetSecret(next.voice.Secret)
	}
}

func (a assistants) close() {
	if a.translator != nil {
		a.translator.Close()
	}
	if a.transcriber != nil {
		a.transcriber.Close()
	}
}
