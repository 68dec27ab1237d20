// Package assist asks services beside the server over HTTP: one that translates, one that
// turns voice into text. docs/assist.md is the protocol. Nothing that was asked or answered
// stands in an error or in the log.
package assist

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/server/chat"
)

// The headers that sign a request.
const (
	TimeHeader      = "Banter-Time"
	SignatureHeader = "Banter-Signature"
)

// Config is a service and how it is asked. Values that are zero take the defaults.
type Config struct {
	URL      string
	Secret   []byte        // signs the requests, if there is one
	Timeout  time.Duration // for an answer; 10 s
	Parallel int           // requests at a time, others wait within their time; 64
}

// Meter counts. Its methods may be called at the same time.
type Meter interface {
	// Assisted counts requests to a service: answered, refused (with a reason for the user),
	// or failed.
	Assisted(service, how string)
}

// service is asked over HTTP.
type service struct {
	name   string // in the metrics and the log
	cfg    Config
	secret atomic.Pointer[[]byte]
	client *http.Client
	slots  chan struct{}
	meter  Meter
	log    *slog.Logger
	silent atomic.Bool // the last request failed
}

func newService(name string, cfg Config, meter Meter, log *slog.Logger) *service {
	cfg.Timeout = cmp.Or(cfg.Timeout, 10*time.Second)
	cfg.Parallel = cmp.Or(cfg.Parallel, 64)
	s := &service{name: name, cfg: cfg, meter: meter, log: log, slots: make(chan struct{}, cfg.Parallel)}
	s.secret.Store(&cfg.Secret)
	s.client = &http.Client{
		Transport: &http.Transport{
			TLSHandshakeTimeout: cfg.Timeout,
			MaxIdleConnsPerHost: cfg.Parallel,
			IdleConnTimeout:     90 * time.Second,
			ForceAttemptHTTP2:   true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

// SetSecret signs with another secret from now on.
func (s *service) SetSecret(secret []byte) { s.secret.Store(&secret) }

// Close lets go of the connections that nobody uses.
func (s *service) Close() { s.client.CloseIdleConnections() }

// ask sends a question and reads the answer into answer.
func (s *service) ask(ctx context.Context, question, answer any) error {
	within, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	err := s.tryAsk(within, question, answer)
	var refused *timerr.Error
	switch {
	case err == nil:
		s.answered("answered")
	case errors.As(err, &refused):
		s.answered("refused")
	default:
		s.meter.Assisted(s.name, "failed")
		if ctx.Err() == nil && !s.silent.Swap(true) { // who went away says nothing of the service
			s.log.Warn("a service does not do what it is asked", "service", s.name, "error", err)
		}
	}
	return err
}

func (s *service) answered(how string) {
	s.meter.Assisted(s.name, how)
	s.silent.Store(false)
}

func (s *service) tryAsk(ctx context.Context, question, answer any) error {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	body, err := json.Marshal(question)
	if err != nil {
		return errors.New("the question cannot be written")
	}
	response, err := s.post(ctx, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return errors.New("the answer ended early")
	case len(text) > maxAnswer:
		return errors.New("the answer is too long")
	case response.StatusCode == http.StatusUnprocessableEntity:
		return refusal(text)
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("the service answered with status %d", response.StatusCode)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return errors.New("the answer is not the JSON that it should be") // the cause may quote it
	}
	return nil
}

const (
	maxAnswer  = 256 << 10
	maxRefusal = 512 // bytes of a text for the user
)

// refusal is what a service says to a question that it cannot answer.
func refusal(text []byte) error {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(text, &said) != nil || said.Error == "" {
		return errors.New("the service refused without a reason")
	}
	reason := strings.ToValidUTF8(said.Error[:min(len(said.Error), maxRefusal)], "")
	return timerr.Newf(timerr.InvalidParameters, "%s", reason)
}

// post sends a question. No error holds the URL, which may hold a secret.
func (s *service) post(ctx context.Context, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the URL cannot be used")
	}
	request.Header.Set("Content-Type", "application/json")
	if secret := *s.secret.Load(); len(secret) > 0 {
		seconds := strconv.FormatInt(time.Now().Unix(), 10)
		request.Header.Set(TimeHeader, seconds)
		request.Header.Set(SignatureHeader, Sign(secret, seconds, body))
	}
	response, err := s.client.Do(request)
	switch {
	case ctx.Err() != nil && err != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, chat.ErrUnreachable
	}
	return response, nil
}

// Sign proves that who asks knows the secret: the HMAC-SHA256 of the time, a dot and the
// body, in lower-case hex.
func Sign(secret []byte, seconds string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
