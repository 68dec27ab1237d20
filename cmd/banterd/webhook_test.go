//go:build unix

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/wire"
)

// game is an app's backend that hears of logins. It checks each request's sign.
type game struct {
	*httptest.Server
	t     *testing.T
	mu    sync.Mutex
	dead  bool
	heard map[string][]string    // by user, in order
	last  map[string]stateChange // each user's last event
}

type stateChange struct {
	EventTime int64
	Info      struct {
		Action, Reason string
		User           string `json:"To_Account"`
	}
	KickedDevice []struct{ Platform string }
}

func startGame(t *testing.T) *game {
	g := &game{t: t, heard: map[string][]string{}, last: map[string]stateChange{}}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *game) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	query := r.URL.Query()
	sum := sha256.Sum256([]byte("my token" + query.Get("RequestTime")))
	assert.Equal(g.t, hex.EncodeToString(sum[:]), query.Get("Sign"))
	assert.Equal(g.t, "State.StateChange", query.Get("CallbackCommand"))
	assert.Equal(g.t, "127.0.0.1", query.Get("ClientIP"))
	var event stateChange
	assert.NoError(g.t, json.NewDecoder(r.Body).Decode(&event))
	what := event.Info.Action + "/" + event.Info.Reason
	for _, kicked := range event.KickedDevice {
		what += " kicked " + kicked.Platform
	}
	user := event.Info.User
	last := g.last[user]
	if reflect.DeepEqual(event, last) { // a server that ended before it noted the answer asks again
		return
	}
	assert.GreaterOrEqual(g.t, event.EventTime, last.EventTime, "in order")
	g.last[user] = event
	g.heard[user] = append(g.heard[user], what)
}

func (g *game) set(dead bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dead = dead
}

func (g *game) of(user string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Join(g.heard[user], ", ")
}

// await waits until the game has heard exactly that of the user.
func (g *game) await(user string, want ...string) {
	g.t.Helper()
	text := strings.Join(want, ", ")
	require.Eventually(g.t, func() bool { return g.of(user) == text }, patience, 5*time.Millisecond,
		"want %s, heard %s", text, lazy{func() string { return g.of(user) }})
}

type lazy struct{ text func() string }

func (l lazy) String() string { return l.text() }

// flags are those of a server that tells the game.
func (g *game) flags() []string {
	token := filepath.Join(g.t.TempDir(), "token")
	require.NoError(g.t, os.WriteFile(token, []byte("my token\n"), 0o600))
	return []string{"--webhook-url", g.URL + "/hook?game=1", "--webhook-token-file", token}
}

func TestTheGameHearsOfLoginsAndEnds(t *testing.T) {
	g := startGame(t)
	s := startDev(t, testFolder(t), g.flags()...)
	s.online("ann", "android", "phone")
	pc, session := s.online("ann", "windows", "pc")
	g.await("ann", "Login/Register", "Login/Register kicked Android")
	pc.cut()
	g.await("ann", "Login/Register", "Login/Register kicked Android", "Disconnect/LinkClose")
	back := s.connect("windows", "pc")
	back.session(back.resume("ann", s.ticket("ann", 3600), session))
	require.Zero(t, back.call(wire.CmdLogout, nil).Code)
	g.await("ann", "Login/Register", "Login/Register kicked Android", "Disconnect/LinkClose", "Login/Register", "Logout/Unregister")

	s.online("bob", "linux", "1")
	s.rest("im_open_login_svc/kick", `{"UserID":"bob"}`)
	g.await("bob", "Login/Register", "Logout/Unregister")
}

// The game's receiver is dead while players come and go and while the server is killed
// and started again. Afterwards it hears everything, in order.
func TestTheGameHearsEverythingAfterAKill(t *testing.T) {
	g := startGame(t)
	folder, flags := testFolder(t), g.flags()
	first := startProcess(t, folder, flags...)
	first.online("ann", "linux", "1")
	g.await("ann", "Login/Register")
	g.set(true)
	for _, user := range []string{"ann", "bob", "ann", "bob"} {
		c, _ := first.online(user, "linux", user)
		require.Zero(t, c.call(wire.CmdLogout, nil).Code, "no login waits for the game")
	}
	require.NoError(t, first.Process.Kill())
	first.Wait()

	again := startProcess(t, folder, flags...)
	again.online("cid", "linux", "1")
	g.set(false)
	g.await("bob", "Login/Register", "Logout/Unregister", "Login/Register", "Logout/Unregister")
	g.await("ann", "Login/Register", "Login/Register kicked Linux", "Logout/Unregister", "Login/Register", "Logout/Unregister")
	g.await("cid", "Login/Register")
	assert.Eventually(t, func() bool {
		return strings.Contains(again.get("/metrics"), `banter_webhook_events_total{how="dropped"} 0`)
	},
		patience, 10*time.Millisecond)
	assert.NotContains(t, again.log.String(), "my token")
}

// What a server restart does to players is no news for the game: they come back.
func TestARestartIsNoDisconnect(t *testing.T) {
	g := startGame(t)
	folder, flags := testFolder(t), g.flags()
	s := startDev(t, folder, flags...)
	c, session := s.online("ann", "linux", "1")
	go func() { // as a client does, it closes its side
		for {
			if _, _, err := c.socket.ReadMessage(); err != nil {
				c.socket.Close()
				return
			}
		}
	}()
	require.NoError(t, s.stop())
	again := startDev(t, folder, flags...)
	back := again.connect("linux", "1")
	back.session(back.resume("ann", again.ticket("ann", 3600), session))
	g.await("ann", "Login/Register", "Login/Register")
}

func TestWebhookSettings(t *testing.T) {
	tests := []struct{ name, settings, want string }{
		{"a URL alone is enough", "webhook_url = 'https://game.example/hook'", ""},
		{"a token may come from the environment", "webhook_url = 'http://game'\nwebhook_token_env = 'KEY'", ""},
		{"an empty token is none", "webhook_url = 'http://game'\nwebhook_token_env = 'NO_KEY'", "webhook_token_env: the environment variable NO_KEY is empty"},
		{"a URL is needed", "webhook_token_env = 'KEY'", "webhook_url: it is missing"},
		{"a URL is HTTP's", "webhook_url = 'ftp://game/s3cret'", "webhook_url: it must begin with http:// or https://"},
		{"a URL has no fragment", "webhook_url = 'http://game/#a'", "webhook_url: it must not hold a #"},
		{"a certificate has a key", "webhook_url = 'https://game'\nwebhook_cert = 'x'", "webhook_cert and webhook_key: one is missing"},
		{"an authority is a certificate", "webhook_url = 'https://game'\nwebhook_ca = 'FOLDER/key'", "holds no certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := environment(map[string]string{"KEY": "my token"})
			c, err := loadConfig("test", []string{"--config", configFile(t, oneApp+tt.settings+"\n"), "--webhook-keep", "1h"}, env, nil)
			require.NoError(t, err)
			o, err := c.options(env)
			if tt.want != "" {
				assert.ErrorContains(t, err, "apps[0]: ")
				assert.ErrorContains(t, err, tt.want)
				assert.NotContains(t, err.Error(), "s3cret")
				return
			}
			require.NoError(t, err)
			assert.Len(t, o.webhook.Apps, 1)
			assert.Equal(t, time.Hour, o.webhook.Keep)
			assert.True(t, o.chat.Apps[0].Report)
		})
	}
}
