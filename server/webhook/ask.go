package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// askingAtOnce is how many questions one app's backend has at a time. Those beyond wait, within
// their time.
const askingAtOnce = 64

// Asker asks the apps' backends what they must say at once. It is a chat.Hook.
type Asker struct {
	cfg   Config
	meter Meter
	log   *slog.Logger

	mu   sync.Mutex
	apps map[uint64]*asked
}

// asked is an app whose backend can be asked.
type asked struct {
	app    App
	client *http.Client
	slots  chan struct{}

	mu     sync.Mutex
	silent bool // it did not answer the last question
}

// NewAsker returns one that asks the backends of cfg's apps.
func NewAsker(cfg Config, meter Meter, log *slog.Logger) *Asker {
	a := &Asker{cfg: cfg.withDefaults(), meter: meter, log: log, apps: map[uint64]*asked{}}
	a.SetApps(cfg.Apps)
	return a
}

// SetApps puts apps in the place of those there were. Questions under way are not disturbed.
func (a *Asker) SetApps(apps []App) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next := map[uint64]*asked{}
	for _, app := range apps {
		before := a.apps[app.ID]
		if before != nil && before.app.same(app) && before.app.AskTimeout == app.AskTimeout {
			next[app.ID] = before
			delete(a.apps, app.ID)
			continue
		}
		cfg := a.cfg
		cfg.Timeout, cfg.Parallel = app.askTimeout(a.cfg), askingAtOnce
		next[app.ID] = &asked{app: app, client: newClient(cfg, app), slots: make(chan struct{}, askingAtOnce)}
	}
	for _, gone := range a.apps {
		gone.client.CloseIdleConnections()
	}
	a.apps = next
}

func (a App) askTimeout(cfg Config) time.Duration {
	if a.AskTimeout > 0 {
		return a.AskTimeout
	}
	return cfg.Timeout
}

// Close lets go of the connections that nobody uses.
func (a *Asker) Close() { a.SetApps(nil) }

// Ask is that of chat.Hook.
func (a *Asker) Ask(ctx context.Context, question chat.Event) ([]byte, error) {
	a.mu.Lock()
	to := a.apps[question.App]
	a.mu.Unlock()
	if to == nil {
		return nil, errors.New("the app has no webhook")
	}
	ctx, cancel := context.WithTimeout(ctx, to.app.askTimeout(a.cfg))
	defer cancel()
	answer, err := to.ask(ctx, question)
	if to.notes(err != nil) {
		a.log.Warn("the webhook's receiver does not answer", "app", question.App, "command", question.Command, "error", err)
	}
	how := "answered"
	if err != nil {
		how = "unanswered"
	}
	a.meter.Webhook(how, 1)
	return answer, err
}

// notes remembers whether a question was answered, and says whether it is the first that
// was not.
func (a *asked) notes(silent bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	first := silent && !a.silent
	a.silent = silent
	return first
}

// ask sends the question and reads the answer. No error holds any of either, nor the URL.
func (a *asked) ask(ctx context.Context, question chat.Event) ([]byte, error) {
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	response, err := send(ctx, a.client, a.app, question)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, errors.New("the answer ended early")
	case response.StatusCode != http.StatusOK:
		return nil, statusError(response.StatusCode)
	case len(answer) > maxAnswer:
		return nil, errors.New("the answer is too long")
	}
	return bytes.TrimSpace(answer), nil
}
