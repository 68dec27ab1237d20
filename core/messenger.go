package core

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/banter-im/banter/core/cache"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// messenger is everything about the messages and conversations of one user on this device,
// from a call of Login to the end of that login. It works on a goroutine of its own, which
// owns the cache and may wait for the disk; the loop hands it jobs and never waits for it.
type messenger struct {
	client *Client
	user   string
	before <-chan struct{} // closed when the messenger before it has closed its cache
	closed chan struct{}   // closed when this one has

	mu    sync.Mutex
	jobs  []func()
	bytes int  // of the events among jobs
	lost  bool // events were left out, for too many waited
	calls map[*Done]Done
	ended error // why no job is taken any more

	wake chan struct{}

	ctx    context.Context // ends with this one: of transfers
	endCtx context.CancelFunc
	links  *fileLinks

	uploads recentUploads

	// Owned by the loop.
	link int // number of the one on which a sync was begun last

	// Owned by its goroutine.
	cache         *cache.Cache
	updating      bool  // an update runs
	failed        error // of the updates in it
	lock          closer
	conversations map[convKey]*conversation
	flights       map[string]*flight // messages on their way, by id
	position      cache.Position
	allReceive    wire.AllReceiveOption
	seq           uint32
	online        bool
	synced        bool // since it is online
	syncing       *catchUp
	firstSync     *catchUp // of a device that had none, until there is another one
	syncAgain     bool
	news          news
	timers        []*timer
	downloads     map[string]*downloading // by path
	renewing      bool                    // access to files was asked for
	renewal       *timer                  // when it is to be
	groups        map[uint64]string       // the user's conversation groups, by id
	groupsRev     uint64                  // at which they are so
	listNumber    uint64
	lists         []list           // that the game reads in pages
	filters       []*watchedFilter // whose unread counts the game hears of
}

type closer interface{ Close() error }

// timer is a job for later.
type timer struct {
	at  time.Time
	run func()
}

// maxEvents and maxEventBytes bound the events that wait for a messenger: beyond them they are left
// out, and the messenger asks the server what has changed.
const (
	maxEvents     = 4096
	maxEventBytes = 16 << 20
)

// keepMessenger has the messenger of whoever is logged in, or logs in.
func (c *Client) keepMessenger() {
	user := c.session.user()
	switch {
	case c.session.leaving != nil:
		user = ""
	case user == "" && c.session.pending != nil:
		user = c.session.pending.user
	}
	if c.messenger != nil && c.messenger.user == user {
		return
	}
	c.endMessenger(errNotLoggedIn)
	if user == "" {
		return
	}
	m := &messenger{
		client: c, user: user, before: c.messengerGone, closed: make(chan struct{}), calls: map[*Done]Done{}, wake: make(chan struct{}, 1),
		conversations: map[convKey]*conversation{}, flights: map[string]*flight{},
		links: &fileLinks{c.files, user}, downloads: map[string]*downloading{},
	}
	m.ctx, m.endCtx = context.WithCancel(c.ctx)
	c.keeps(1)
	c.messenger, c.messengerGone = m, m.closed
	c.spawn(m.work)
}

// endMessenger answers what is pending with err.
func (c *Client) endMessenger(err error) {
	if m := c.messenger; m != nil {
		c.messenger = nil
		m.end(err)
	}
}

// chat has the messenger run f. Without one, or for what needs the server while the login
// is in flight, the answer is 6014.
func (c *Client) chat(done Done, needsLogin bool, f func(m *messenger, done Done)) {
	c.postOr(done, func() {
		m := c.messenger
		if m == nil || needsLogin && c.session.in == nil {
			done(errNotLoggedIn, "")
			return
		}
		done := m.track(done)
		m.enqueue(func() { f(m, done) })
	})
}

// track returns done, so that the messenger's end answers it if nothing else did.
func (m *messenger) track(done Done) Done {
	key := &done
	m.mu.Lock()
	m.calls[key] = done
	m.mu.Unlock()
	return func(err error, json string) {
		m.mu.Lock()
		done, pending := m.calls[key]
		delete(m.calls, key)
		m.mu.Unlock()
		if pending {
			done(err, json)
		}
	}
}

// answerAll answers all calls that are pending.
func (m *messenger) answerAll(err error) {
	m.mu.Lock()
	calls := m.calls
	m.calls = map[*Done]Done{}
	m.mu.Unlock()
	for _, done := range calls {
		done(err, "")
	}
}

// enqueue adds a job; one that comes after the end is left.
func (m *messenger) enqueue(job func()) {
	m.mu.Lock()
	if m.ended == nil {
		m.jobs = append(m.jobs, job)
	}
	m.mu.Unlock()
	m.nudge()
}

// enqueueEvent adds a job for an event of the server, if there is room.
func (m *messenger) enqueueEvent(size int, job func()) {
	m.mu.Lock()
	if len(m.jobs) >= maxEvents || m.bytes >= maxEventBytes {
		m.lost = true
		m.mu.Unlock()
		return
	}
	m.bytes += size
	m.mu.Unlock()
	m.enqueue(job)
}

func (m *messenger) nudge() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *messenger) end(err error) {
	m.mu.Lock()
	m.ended, m.jobs = err, nil
	m.mu.Unlock()
	m.endCtx()
	m.answerAll(err)
	m.nudge()
}

// work runs the jobs until the end.
func (m *messenger) work() {
	defer close(m.closed)
	defer m.client.keeps(-1)
	if m.before != nil {
		<-m.before
	}
	m.run(m.open)
	defer m.close()
	for {
		if !m.runWaiting() {
			return
		}
		select {
		case <-m.wake:
		case <-m.nextTimer():
			m.run(m.runTimers)
		}
	}
}

// runWaiting runs the jobs that wait; false is the end.
func (m *messenger) runWaiting() bool {
	for {
		m.mu.Lock()
		jobs, lost, ended := m.jobs, m.lost, m.ended
		m.jobs, m.bytes, m.lost = nil, 0, false
		m.mu.Unlock()
		if ended != nil {
			return false
		}
		if len(jobs) == 0 && !lost {
			return true
		}
		for _, job := range jobs {
			if m.over() {
				return false
			}
			m.run(job)
		}
		if lost {
			m.run(m.sync)
		}
	}
}

func (m *messenger) over() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended != nil
}

// run runs a job. A panic in it ends what is pending, and nothing else.
func (m *messenger) run(job func()) {
	m.client.disk.enter()
	defer m.client.disk.leave()
	if m.client.contain(job) {
		m.answerAll(timerr.New(timerr.SDKInternalError))
	}
}

// after has a job run later, unless it is dropped.
func (m *messenger) after(wait time.Duration, job func()) *timer {
	t := &timer{time.Now().Add(wait), job}
	m.timers = append(m.timers, t)
	return t
}

// drop takes back what was to be run later, if it still is.
func (m *messenger) drop(t *timer) {
	m.timers = slices.DeleteFunc(m.timers, func(other *timer) bool { return other == t })
}

// nextTimer is the channel of the timer that comes first; nil when there is none.
func (m *messenger) nextTimer() <-chan time.Time {
	if len(m.timers) == 0 {
		return nil
	}
	first := m.timers[0].at
	for _, t := range m.timers {
		if t.at.Before(first) {
			first = t.at
		}
	}
	return time.After(time.Until(first))
}

func (m *messenger) runTimers() {
	now, timers := time.Now(), m.timers
	m.timers = nil
	for _, t := range timers {
		if t.at.After(now) {
			m.timers = append(m.timers, t)
			continue
		}
		t.run()
	}
}

// ask sends a command, and has then run with the answer. What is not sent again on another
// link is lost with this one.
func (m *messenger) ask(cmd string, body any, again bool, then func(answer string, err error)) *request {
	r := &request{cmd: cmd, body: json.RawMessage(textOf(body)), again: again, deadline: time.Now().Add(m.client.within())}
	r.done = func(err error, answer string) {
		m.enqueue(func() { then(answer, err) })
	}
	m.send(r)
	return r
}

func (m *messenger) send(r *request) {
	m.post(func() { m.client.request(r) })
}

// post has the loop run f, if this messenger is still the client's.
func (m *messenger) post(f func()) {
	_ = m.client.post(func() { // it fails when the client was closed
		if m.client.messenger == m {
			f()
		}
	})
}

// askFor is ask with the answer read.
func askFor[T any](m *messenger, cmd string, body any, again bool, then func(answer T, err error)) *request {
	return m.ask(cmd, body, again, func(text string, err error) {
		var answer T
		if err == nil {
			if failed := json.Unmarshal([]byte(text), &answer); failed != nil {
				err = timerr.Wrap(timerr.ParseResponseFailed, failed)
			}
		}
		then(answer, err)
	})
}

// conversation returns the one of a key, nil when there is none.
func (m *messenger) conversation(key convKey) *conversation { return m.conversations[key] }

// begin returns the conversation of a key, and begins it when there is none: it is kept with
// the first thing that happens in it.
func (m *messenger) begin(key convKey) *conversation {
	if c := m.conversations[key]; c != nil {
		return c
	}
	c := m.newConversation(key)
	m.conversations[key] = c
	return c
}

// newConversation returns one that is not begun: it may be for what is kept nowhere.
func (m *messenger) newConversation(key convKey) *conversation {
	return &conversation{Conversation: cache.Conversation{Type: key.kind, ID: key.id}, links: m.links}
}

func (c *conversation) key() convKey { return convKey{c.Type, c.ID} }

// linked says that the server knows the session on a link.
func (m *messenger) linked(number int) {
	if m.link == number {
		return
	}
	m.link = number
	m.enqueue(func() {
		m.online = true
		m.sync()
	})
}

// unlinked says that there is no link any more.
func (m *messenger) unlinked() {
	m.enqueue(func() { m.online, m.synced = false, false })
}
