package admin

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/bus"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
	"github.com/banter-im/banter/server/sqlstore"
)

const testApp = 1400000001

var testKey = []byte("key")

// backend is a server's domain and its REST API, and who calls that.
type backend struct {
	t       testing.TB
	chat    *chat.Service
	rest    *rest
	metrics *Metrics
	held    map[string]*chat.Attachment
}

func newBackend(t testing.TB, perSecond int) *backend {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	store, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "banter.db"), log)
	require.NoError(t, err)
	t.Cleanup(func() { store.Close() })
	conn := bus.NewHub(log).Connect()
	t.Cleanup(func() { conn.Close() })
	metrics := NewMetrics()
	cfg := chat.Config{Node: "n", Apps: []chat.App{{ID: testApp, Key: testKey, Admins: []string{"administrator", "root"},
		Policy: session.Policy{Mode: session.Multi}}}}
	service, err := chat.New(t.Context(), cfg, store, conn, metrics, log)
	require.NoError(t, err)
	t.Cleanup(service.Close)
	return &backend{t: t, chat: service, metrics: metrics, held: map[string]*chat.Attachment{},
		rest: newRest(Config{Chat: service, Metrics: metrics, Log: log, RestPerSecond: perSecond})}
}

func ticket(user string) string {
	return usersig.Sign(testApp, testKey, user, time.Now(), time.Hour, nil)
}

// query is that of a call by administrator.
func query() url.Values {
	return url.Values{"sdkappid": {"1400000001"}, "identifier": {"administrator"},
		"usersig": {ticket("administrator")}, "random": {"99999999"}, "contenttype": {"json"}}
}

// send makes a request and returns the answer, whose status is always 200.
func (b *backend) send(method, target, body string) string {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.rest.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	assert.Equal(b.t, 200, w.Code)
	assert.Equal(b.t, "application/json", w.Header().Get("Content-Type"))
	return w.Body.String()
}

func (b *backend) call(path, body string) string {
	b.t.Helper()
	return b.send("POST", "/v4/"+path+"?"+query().Encode(), body)
}

func code(t testing.TB, answer string) int {
	t.Helper()
	var r result
	require.NoError(t, json.Unmarshal([]byte(answer), &r), answer)
	return int(r.ErrorCode)
}

// noLink is a player's link that nobody reads.
type noLink struct{}

func (noLink) Kick(wire.Kicked)   {}
func (noLink) Tell(*chat.Notice)  {}
func (noLink) Close(wire.Closing) {}

func (b *backend) login(user, platform string) {
	b.t.Helper()
	a, _, err := b.chat.Login(chat.Peer{App: testApp, Platform: session.Platform(platform), Instance: platform,
		Address: netip.MustParseAddr("192.0.2.1"), Link: noLink{}}, wire.Login{UserID: user, UserSig: ticket(user)})
	require.NoError(b.t, err)
	b.held[user+" "+platform] = a
}

// Each case is a file: what it shows, and then steps. A step is a login or the loss of a
// link, or a call with its body and, next, its answer.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			b := newBackend(t, 0)
			var answer string
			for _, s := range readSteps(t, file) {
				words := strings.Fields(s.name)
				switch words[0] {
				case "login":
					b.login(words[1], words[2])
				case "drop":
					b.chat.LinkClosed(b.held[words[1]+" "+words[2]], false)
				case "call":
					answer = b.call(words[1], s.text)
				case "answer":
					assert.JSONEq(t, s.text, answer)
				default:
					t.Fatalf("an unknown step %q", s.name)
				}
			}
		})
	}
}

type step struct{ name, text string }

func readSteps(t *testing.T, file string) (steps []step) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for i, part := range strings.Split("\n"+string(text), "\n-- ") {
		if i == 0 {
			continue // what the case shows
		}
		name, body, ok := strings.Cut(part, " --")
		require.True(t, ok, part)
		steps = append(steps, step{name, body})
	}
	return steps
}

func accountsOf(users ...string) (accounts []chat.NewAccount) {
	for _, user := range users {
		accounts = append(accounts, chat.NewAccount{User: user})
	}
	return accounts
}
