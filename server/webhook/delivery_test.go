package webhook

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
	"github.com/banter-im/banter/server/sqlstore"
)

const app = 1400000001

// receiver is an app's backend, without a network.
type receiver struct {
	mu       sync.Mutex
	asked    int
	hosts    []string // that were asked, in order
	taken    []string // bodies
	refuse   func(body string) error
	statuses map[string]int // by a part of the body
}

func (r *receiver) RoundTrip(request *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	body := string(text)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	r.hosts = append(r.hosts, request.URL.Host)
	if r.refuse != nil {
		if err := r.refuse(body); err != nil {
			return nil, err
		}
	}
	status := http.StatusOK
	for part, s := range r.statuses {
		if strings.Contains(body, part) {
			status = s
		}
	}
	if status == http.StatusOK {
		r.taken = append(r.taken, body)
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("{}")), Request: request}, nil
}

func (r *receiver) set(change func(r *receiver)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
}

// of returns what was taken of a user, as actions in order.
func (r *receiver) of(user string) (actions []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, body := range r.taken {
		if strings.Contains(body, `"To_Account":"`+user+`"`) {
			_, rest, _ := strings.Cut(body, `"Action":"`)
			action, _, _ := strings.Cut(rest, `"`)
			actions = append(actions, action)
		}
	}
	return actions
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// counts is a Meter and a Counter.
type counts struct {
	mu sync.Mutex
	of map[string]int
}

func (c *counts) Webhook(how string, n int) { c.CountUsage(app, how, n) }

func (c *counts) CountUsage(_ uint64, name string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of[name] += n
}

func (c *counts) get(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[name]
}

// scene is a store that sends to a receiver, in a bubble of its own time.
type scene struct {
	t      *testing.T
	store  *sqlstore.Store
	outbox Outbox // the store, unless a test says otherwise
	path   string
	to     *receiver
	counts *counts
	logins int
}

func inBubble(t *testing.T, test func(s *scene)) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "banter.db")
		store, err := sqlstore.OpenSQLite(t.Context(), path, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		t.Cleanup(func() { store.Close() })
		store.Report(func(uint64) bool { return true })
		test(&scene{t: t, store: store, outbox: store, path: path, to: &receiver{}, counts: &counts{of: map[string]int{}}})
	})
}

// start starts a Sender, which runs until the test ends or it is closed.
func (s *scene) start(cfg Config) *Sender {
	s.t.Helper()
	cfg.Apps = []App{{ID: app, URL: "http://game.example/hook"}}
	if cfg.Node == "" {
		cfg.Node = "n"
	}
	cfg.transport = s.to
	sender := New(cfg, s.outbox, s.counts, s.counts, slog.New(slog.DiscardHandler))
	s.t.Cleanup(sender.Close)
	return sender
}

// comeAndGo tells a login and a logout of each of the users.
func (s *scene) comeAndGo(users ...string) {
	s.t.Helper()
	for _, user := range users {
		s.logins++
		opened, err := s.store.OpenSession(s.t.Context(), chat.Opening{App: app, User: user, Session: fmt.Sprint(s.logins),
			Platform: session.Linux, At: time.Now(), Admit: func([]session.Live, session.Live) []session.Live { return nil }})
		require.NoError(s.t, err)
		ended, err := s.store.EndSession(s.t.Context(), opened.Session.Ref, chat.LoggedOut, time.Now())
		require.NoError(s.t, err)
		require.True(s.t, ended)
	}
}

func (s *scene) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (s *scene) left() int {
	s.t.Helper()
	db, err := sql.Open("sqlite3", s.path)
	require.NoError(s.t, err)
	defer db.Close()
	var count int
	require.NoError(s.t, db.QueryRowContext(s.t.Context(), "SELECT COUNT(*) FROM outbox").Scan(&count))
	return count
}

func TestEventsAreSentAtOnceAndInOrder(t *testing.T) {
	inBubble(t, func(s *scene) {
		s.start(Config{})
		s.comeAndGo("ann", "bob", "ann")
		s.wait(time.Second)
		assert.Equal(t, []string{"Login", "Logout", "Login", "Logout"}, s.to.of("ann"))
		assert.Equal(t, []string{"Login", "Logout"}, s.to.of("bob"))
		assert.Zero(t, s.left())
		assert.Equal(t, 6, s.counts.get("delivered"))
		assert.Equal(t, 6, s.counts.get(chat.CallbacksTaken))
	})
}

func TestWhatWaitedBeforeTheStartIsSent(t *testing.T) {
	inBubble(t, func(s *scene) {
		for range 400 { // more than one batch
			s.comeAndGo("ann")
		}
		s.start(Config{})
		s.wait(time.Second)
		assert.Len(t, s.to.of("ann"), 800)
		assert.Zero(t, s.left())
	})
}

func TestAUserWhoseEventFailsHoldsUpNobodyElse(t *testing.T) {
	inBubble(t, func(s *scene) {
		s.to.statuses = map[string]int{`"To_Account":"ann"`: 500}
		s.start(Config{})
		s.comeAndGo("ann", "bob")
		s.wait(10 * time.Second)
		s.comeAndGo("ann", "bob")
		s.wait(time.Second)
		assert.Empty(t, s.to.of("ann"))
		assert.Len(t, s.to.of("bob"), 4)
		s.to.set(func(r *receiver) { r.statuses = nil })
		s.wait(2 * lastRetry)
		assert.Equal(t, []string{"Login", "Logout", "Login", "Logout"}, s.to.of("ann"))
		assert.Zero(t, s.left())
	})
}

func TestADeadReceiverIsAskedLessAndLess(t *testing.T) {
	inBubble(t, func(s *scene) {
		s.to.refuse = func(string) error { return errors.New("connection refused") }
		s.start(Config{})
		for i := range 100 {
			s.comeAndGo(fmt.Sprint("user", i))
		}
		s.wait(time.Hour)
		// The first round may ask for a batch, then it is one event at a time: after 1 s,
		// 2 s, 4 s and so on up to a minute.
		assert.Less(t, s.to.count(), batch+8+60)
		assert.Equal(t, 200, s.left())
		s.to.set(func(r *receiver) { r.refuse = nil })
		s.wait(5 * time.Minute)
		assert.Zero(t, s.left())
		assert.Equal(t, []string{"Login", "Logout"}, s.to.of("user7"))
	})
}

func TestWhatNobodyTakesIsDroppedInTheEnd(t *testing.T) {
	inBubble(t, func(s *scene) {
		s.to.refuse = func(string) error { return errors.New("connection refused") }
		s.start(Config{Keep: time.Hour, MaxKept: 10})
		s.comeAndGo("ann", "ann", "ann", "ann", "ann", "ann", "ann", "ann")
		s.wait(3 * time.Minute)
		assert.Equal(t, 10, s.left())
		assert.Equal(t, 6, s.counts.get("dropped"))
		s.wait(time.Hour)
		assert.Zero(t, s.left())
		assert.Equal(t, 16, s.counts.get("dropped"))
	})
}

func TestAnEndMidwayLosesNothing(t *testing.T) {
	inBubble(t, func(s *scene) {
		s.comeAndGo("ann", "bob")
		var hang sync.WaitGroup
		hang.Add(1)
		entered := make(chan struct{}, 10)
		s.to.refuse = func(string) error {
			entered <- struct{}{}
			hang.Wait()
			return nil
		}
		sender := s.start(Config{Parallel: 1})
		<-entered
		time.AfterFunc(time.Second, hang.Done)
		sender.Close()
		assert.Equal(t, 4, s.left()+len(s.to.of("ann"))+len(s.to.of("bob")))
		s.to.set(func(r *receiver) { r.refuse = nil })
		s.start(Config{})
		s.wait(time.Minute)
		assert.Equal(t, []string{"Login", "Logout"}, s.to.of("bob"))
		assert.Zero(t, s.left())
	})
}
