package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/banter-im/banter/server/chat"
)

// startAsker asks a backend that answers with handler.
func startAsker(t *testing.T, timeout time.Duration, handler http.HandlerFunc) (*Asker, *counts, *strings.Builder) {
	t.Helper()
	game := httptest.NewServer(handler)
	t.Cleanup(game.Close)
	log := &strings.Builder{}
	counted := &counts{of: map[string]int{}}
	asker := NewAsker(Config{Apps: []App{{ID: app, URL: game.URL + "/s3cret", Token: []byte("token"), AskTimeout: timeout}}},
		counted, slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(asker.Close)
	return asker, counted, log
}

func question(text string) chat.Event {
	return chat.Event{App: app, User: "ann", Command: "C2C.CallbackBeforeSendMsg", Platform: "iOS", Address: "192.0.2.1", Body: []byte(text)}
}

func TestAQuestionIsAnswered(t *testing.T) {
	asker, counted, _ := startAsker(t, 0, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "C2C.CallbackBeforeSendMsg", r.URL.Query().Get("CallbackCommand"))
		assert.NotEmpty(t, r.URL.Query().Get("Sign"))
		fmt.Fprint(w, ` {"ErrorCode":0} `)
	})
	answer, err := asker.Ask(t.Context(), question(`{}`))
	assert.NoError(t, err)
	assert.Equal(t, `{"ErrorCode":0}`, string(answer))
	assert.Equal(t, 1, counted.get("answered"))
	_, err = asker.Ask(t.Context(), chat.Event{App: 7})
	assert.ErrorContains(t, err, "no webhook")
}

func TestWhatIsNoAnswer(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"status 500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"status 302": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) },
		"too long":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", maxAnswer+1)) },
		"ended early": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			fmt.Fprint(w, "x")
		},
	}
	for want, handler := range answers {
		asker, counted, log := startAsker(t, 0, handler)
		for range 3 {
			_, err := asker.Ask(t.Context(), question(`{"MsgBody":"a secret"}`))
			assert.ErrorContains(t, err, want)
		}
		assert.Equal(t, 3, counted.get("unanswered"))
		assert.Equal(t, 1, strings.Count(log.String(), "does not answer"), "it is said once")
		assert.NotContains(t, log.String(), "secret")
		assert.NotContains(t, log.String(), "s3cret")
	}
}

// Questions to a backend that is silent end in their time, also those that waited for others,
// and none of another app waits for them.
func TestASilentBackendIsGivenUp(t *testing.T) {
	leave := make(chan struct{})
	asker, counted, _ := startAsker(t, 100*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-leave:
		case <-r.Context().Done():
		}
	})
	defer close(leave)
	const questions = askingAtOnce + 20
	var all sync.WaitGroup
	for range questions {
		all.Go(func() {
			_, err := asker.Ask(t.Context(), question(`{}`))
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
	all.Wait()
	assert.Equal(t, questions, counted.get("unanswered"))
	assert.Empty(t, asker.apps[app].slots, "all have left")
}

func TestNewSettingsAskSomebodyElse(t *testing.T) {
	asker, _, _ := startAsker(t, 0, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "old") })
	game := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "new") }))
	defer game.Close()
	same := asker.apps[app]
	asker.SetApps([]App{same.app})
	assert.Same(t, same, asker.apps[app], "what has not changed keeps its connections")
	asker.SetApps([]App{{ID: app, URL: game.URL, AskTimeout: time.Minute}})
	answer, err := asker.Ask(t.Context(), question(`{}`))
	assert.NoError(t, err)
	assert.Equal(t, "new", string(answer))
	assert.Equal(t, time.Minute, asker.apps[app].client.Timeout)
}
