package webhook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// newClient returns a client that keeps its connections and follows no redirect.
func newClient(cfg Config, app App) *http.Client {
	transport := cfg.transport
	if transport == nil {
		transport = &http.Transport{
			TLSClientConfig:     app.TLS,
			TLSHandshakeTimeout: cfg.Timeout,
			MaxConnsPerHost:     cfg.Parallel,
			MaxIdleConnsPerHost: cfg.Parallel,
			IdleConnTimeout:     90 * time.Second,
			ForceAttemptHTTP2:   true,
		}
	}
	return &http.Client{
		Timeout:       cfg.Timeout,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// same says whether two settings of an app send the same events the same way.
func (a App) same(b App) bool {
	return a.URL == b.URL && bytes.Equal(a.Token, b.Token) && sameTLS(a.TLS, b.TLS)
}

// sameTLS compares what an App's TLS may differ in: certificates, which name their keys,
// and authorities.
func sameTLS(a, b *tls.Config) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.RootCAs.Equal(b.RootCAs) && slices.EqualFunc(a.Certificates, b.Certificates,
		func(a, b tls.Certificate) bool { return slices.EqualFunc(a.Certificate, b.Certificate, bytes.Equal) })
}

// address returns where an event is sent. The order is the one that receivers know.
func address(app App, e chat.Event, now time.Time) string {
	var b strings.Builder
	b.WriteString(app.URL)
	separator := "?"
	if strings.Contains(app.URL, "?") {
		separator = "&"
	}
	add := func(name, value string) {
		b.WriteString(separator + name + "=" + url.QueryEscape(value))
		separator = "&"
	}
	add("SdkAppid", strconv.FormatUint(app.ID, 10))
	add("CallbackCommand", e.Command)
	add("contenttype", "json")
	add("ClientIP", e.Address)
	add("OptPlatform", e.Platform)
	if len(app.Token) > 0 {
		seconds := strconv.FormatInt(now.Unix(), 10)
		add("Sign", sign(app.Token, seconds))
		add("RequestTime", seconds)
	}
	return b.String()
}

// sign proves to the receiver that who asks knows the token.
func sign(token []byte, requestTime string) string {
	sum := sha256.Sum256(append(bytes.Clone(token), requestTime...))
	return hex.EncodeToString(sum[:])
}

// maxAnswer is how much of an answer is read, so that its connection can be used again.
const maxAnswer = 64 << 10

// post sends one event. The receiver has it when it answers 200, whatever it says: the
// event has happened. No error holds the URL, which may hold secrets of the receiver's.
func (d *delivery) post(ctx context.Context, e chat.Event) error {
	response, err := send(ctx, d.client, d.app, e)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode != http.StatusOK {
		return statusError(response.StatusCode)
	}
	return nil
}

func statusError(status int) error { return fmt.Errorf("the receiver answered with status %d", status) }

// send sends an event or a question to an app's backend.
func send(ctx context.Context, client *http.Client, app App, e chat.Event) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address(app, e, time.Now()), bytes.NewReader(e.Body))
	if err != nil {
		return nil, errors.New("the URL cannot be used")
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return response, err
}
