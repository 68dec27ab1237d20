package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
)

func get(t *testing.T, cfg Config, method, target string) (int, http.Header, string) {
	t.Helper()
	cfg.Log = slog.New(slog.DiscardHandler)
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics()
	}
	w := httptest.NewRecorder()
	New(cfg).ServeHTTP(w, httptest.NewRequest(method, target, nil))
	body, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	return w.Code, w.Header(), string(body)
}

func ready(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

func ticketOf(user string, expire time.Duration) (string, error) {
	if user == "nobody" {
		return "", errors.New("user is no user id")
	}
	return user + " for " + expire.String(), nil
}

func TestPaths(t *testing.T) {
	dev := Config{Ready: ready(nil), DevTicket: ticketOf}
	tests := []struct {
		name, method, target string
		cfg                  Config
		code                 int
		body                 string
	}{
		{"health is told without a look at anything", "GET", "/healthz", Config{Ready: ready(errors.New("x"))}, 200, "ok\n"},
		{"a server with its store is ready", "GET", "/readyz", Config{Ready: ready(nil)}, 200, "ok\n"},
		{"one that is not says so, and not why", "GET", "/readyz", Config{Ready: ready(errors.New("/secret/path"))}, 503, "not ready\n"},
		{"an unknown path is not found", "GET", "/v4/x/y", dev, 404, "404 page not found\n"},
		{"the root is not found", "GET", "/", dev, 404, "404 page not found\n"},
		{"a path is for GET", "POST", "/healthz", dev, 405, "Method Not Allowed\n"},
		{"a server that is not for development makes no tickets", "GET", "/dev/usersig?user=ann", Config{}, 404, "404 page not found\n"},
		{"a test user gets a ticket", "GET", "/dev/usersig?user=a%20b", dev, 200,
			`{"user_id":"a b","user_sig":"a b for 4320h0m0s"}` + "\n"},
		{"for as long as is asked", "GET", "/dev/usersig?user=ann&expire=5", dev, 200,
			`{"user_id":"ann","user_sig":"ann for 5s"}` + "\n"},
		{"the user's name is needed", "GET", "/dev/usersig", dev, 400,
			`{"error":"user is missing: /dev/usersig?user=NAME"}` + "\n"},
		{"a bad lifetime is refused", "GET", "/dev/usersig?user=ann&expire=soon", dev, 400,
			`{"error":"expire must be 0 to 315360000 seconds"}` + "\n"},
		{"a bad user is refused", "GET", "/dev/usersig?user=nobody", dev, 400, `{"error":"user is no user id"}` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, _, body := get(t, tt.cfg, tt.method, tt.target)
			assert.Equal(t, tt.code, code)
			assert.Equal(t, tt.body, body)
		})
	}
}

func TestTicketsAreNotCached(t *testing.T) {
	_, header, _ := get(t, Config{DevTicket: ticketOf}, "GET", "/dev/usersig?user=ann")
	assert.Equal(t, "no-store", header.Get("Cache-Control"))
}

func TestMetrics(t *testing.T) {
	m := NewMetrics()
	m.Gauge("connections", "Links.", func() int { return 3 })
	m.Login("login", timerr.Succ)
	m.Login("login", timerr.SvrAccountUserSigExpired)
	m.Kick("other_device")
	m.LinkClosed("lost")
	m.LinkRefused("the server is full")
	m.StoreFailed()
	m.Panicked()
	_, _, body := get(t, Config{Metrics: m}, "GET", "/metrics")
	for _, line := range []string{
		"banter_connections 3",
		`banter_logins_total{code="0",command="login"} 1`,
		`banter_logins_total{code="70001",command="login"} 1`,
		`banter_kicks_total{reason="other_device"} 1`,
		`banter_links_closed_total{reason="lost"} 1`,
		`banter_links_refused_total{why="the server is full"} 1`,
		`banter_errors_total{what="store"} 1`,
		`banter_errors_total{what="panic"} 1`,
		"go_goroutines ",
	} {
		assert.Contains(t, body, line)
	}
}
