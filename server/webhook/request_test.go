package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// Each case is a file: what it shows, what happened, and the request that tells of it.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			part := readCase(t, file)
			var happened struct {
				URL, Token, Ending, Platform, Address string
				Victims                               []chat.Session
			}
			require.NoError(t, json.Unmarshal([]byte(part["happened.json"]), &happened))
			at := time.UnixMilli(1669872112345)
			e := chat.EndEvent(chat.Session{Ref: chat.Ref{App: app, User: "ann"}, Platform: session.Platform(happened.Platform),
				Address: happened.Address}, chat.Ending(happened.Ending), at)
			if happened.Ending == "" {
				e = chat.LoginEvent(chat.Opening{App: app, User: "ann", Platform: session.Platform(happened.Platform),
					Instance: "own", Address: happened.Address, At: at}, happened.Victims)
			}
			got := address(App{ID: app, URL: happened.URL, Token: []byte(happened.Token)}, e, at)
			assert.Equal(t, strings.TrimSpace(part["url"]), got)
			assert.JSONEq(t, part["body.json"], string(e.Body))
			assert.True(t, strings.HasPrefix(string(e.Body), `{"CallbackCommand":`), "receivers look there first")
		})
	}
}

func readCase(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	parts := map[string]string{}
	for _, part := range strings.Split("\n"+string(text), "\n-- ")[1:] {
		name, body, ok := strings.Cut(part, " --\n")
		require.True(t, ok, part)
		parts[name] = body
	}
	return parts
}

// post sends an event to a server.
func post(t *testing.T, a App) error {
	t.Helper()
	a.ID = app
	cfg := Config{}.withDefaults()
	d := &delivery{cfg: cfg, app: a, client: newClient(cfg, a), log: slog.New(slog.DiscardHandler)}
	defer d.client.CloseIdleConnections()
	return d.post(t.Context(), chat.Event{App: app, Command: "State.StateChange", Body: []byte(`{}`)})
}

func TestOnlyStatus200Takes(t *testing.T) {
	for status, taken := range map[int]bool{200: true, 201: false, 204: false, 302: false, 400: false, 500: false} {
		game := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
			assert.NotEqual(t, "/elsewhere", r.URL.Path, "no redirect is followed")
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			if status == 200 {
				fmt.Fprint(w, `{"ActionStatus":"FAIL","ErrorCode":1}`) // of no matter: it has happened
			}
		}))
		err := post(t, App{URL: game.URL})
		assert.Equal(t, taken, err == nil, status)
		game.Close()
	}
}

func TestErrorsHoldNoURL(t *testing.T) {
	err := post(t, App{URL: "http://127.0.0.1:1/hook?secret=s3cret"})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "s3cret")
	err = post(t, App{URL: "http://127.0.0.1:bad/s3cret"})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "s3cret")
}

func TestASlowReceiverIsGivenUp(t *testing.T) {
	leave := make(chan struct{})
	game := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-leave }))
	defer game.Close()
	defer close(leave)
	cfg := Config{Timeout: 50 * time.Millisecond}.withDefaults()
	a := App{ID: app, URL: game.URL}
	d := &delivery{cfg: cfg, app: a, client: newClient(cfg, a)}
	assert.ErrorIs(t, d.post(t.Context(), chat.Event{}), context.DeadlineExceeded)
}

// The receiver wants to know who asks, and is signed by an authority of its own.
func TestMutualTLS(t *testing.T) {
	game := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	game.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	game.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	game.StartTLS()
	defer game.Close()
	authorities := x509.NewCertPool()
	authorities.AddCert(game.Certificate())

	with := &tls.Config{RootCAs: authorities, Certificates: game.TLS.Certificates}
	assert.NoError(t, post(t, App{URL: game.URL, TLS: with}))
	assert.Error(t, post(t, App{URL: game.URL, TLS: &tls.Config{RootCAs: authorities}}), "without a certificate of ours")
	assert.Error(t, post(t, App{URL: game.URL}), "without the authority")
}
