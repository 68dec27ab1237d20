// Package chat is the domain of the server: accounts and their sessions. It declares
// what it needs of a store and a bus, and knows no database, socket or message format
// of theirs.
package chat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/server/session"
)

// App is a game.
type App struct {
	ID     uint64
	Key    []byte // signs its tickets
	Admins []string
	Policy session.Policy
	Report bool // its backend hears of logins and ends
	Hooks  MessageHooks

	// A device that was kicked while it was away always hears so from its resume. These say
	// where it gets the code 6208 besides: a login that waits for that resume, and the first
	// login of a device that was started anew.
	KickedOnReconnect bool
	KickedOnLogin     bool

	// FileDays is for how many days its files are kept; 0: for ever.
	FileDays int
	// HistoryDays is for how many days messages are kept; 0: for ever.
	HistoryDays int

	// NoUserStatus keeps users' statuses from each other: who asks gets 72001.
	NoUserStatus bool

	filesKey []byte // what its tokens for files are signed with; made by SetApps
}

// How many logins may fail in a minute, unless a Config says otherwise.
const (
	FailuresPerAccount = 20  // of one account from one address
	FailuresPerAddress = 300 // from one address
)

// Config is what a Service is made of besides its store and its bus. Durations and
// counts that are zero take the defaults.
type Config struct {
	Node   string        // this node's name, unique in the installation
	Shared *SharedConfig // nil: no other node uses the store, and Node is the same after a restart
	Apps   []App

	FailuresPerAccount int           // failed logins a minute of one account from one address; 20
	FailuresPerAddress int           // failed logins a minute from one address; 300
	GiveUp             time.Duration // after so long without a link a session is gone; 400 s
	Keep               time.Duration // for how long one is kept that is gone, or that was kicked; 7 days
	SweepEvery         time.Duration // how often the store is asked for what the bus lost; 5 s
	ExpireEvery        time.Duration // how often old messages are looked for; 1 m

	Messages MessageLimits

	FileTokenLife time.Duration // that a token for files is good; 2 h
	Hook          Hook          // asks the apps' backends; nil: nobody is asked

	Translator  Translator  // nil: nobody translates
	Transcriber Transcriber // nil: nobody turns voice into text
	Pusher      Pusher      // nil: who has no link is told nothing

	PushesWaiting int // messages of a node that wait for the Pusher, those beyond are dropped; 4096
}

func (c Config) withDefaults() Config {
	c.FailuresPerAccount = cmp.Or(c.FailuresPerAccount, FailuresPerAccount)
	c.FailuresPerAddress = cmp.Or(c.FailuresPerAddress, FailuresPerAddress)
	c.GiveUp = cmp.Or(c.GiveUp, 400*time.Second)
	c.Keep = cmp.Or(c.Keep, 7*24*time.Hour)
	c.SweepEvery = cmp.Or(c.SweepEvery, 5*time.Second)
	c.ExpireEvery = cmp.Or(c.ExpireEvery, time.Minute)
	c.Messages = c.Messages.withDefaults()
	c.PushesWaiting = cmp.Or(c.PushesWaiting, 4096)
	c.FileTokenLife = cmp.Or(c.FileTokenLife, 2*time.Hour)
	return c
}

// Meter counts what happens. Its methods may be called at the same time.
type Meter interface {
	Login(command string, code timerr.Code) // a login, resume or renewal was answered
	Kick(reason string)                     // a session was ended by somebody else
	Pushed(how string)                      // a push was done, or it was dropped or failed
	StoreFailed()                           // the store did not do what it was asked
}

// storeTimeout bounds each use of the store. The caller's own end does not cut one
// short: a link that closes while its login commits must find out what became of it.
const storeTimeout = 10 * time.Second

// rememberedTickets is how many tickets need not be verified anew, some 200 bytes each: those of the
// links that a node has in an ordinary night, when all of them come back.
const rememberedTickets = 10_000

// Service is the domain on one node. Its methods may be called at the same time.
type Service struct {
	cfg       Config
	apps      atomic.Pointer[map[uint64]App]
	store     Store
	bus       Bus
	meter     Meter
	log       *slog.Logger
	failures  *failures
	tickets   *usersig.Verified
	held      registry
	usage     usage
	watching  watching
	listening listening
	profiles  profiles
	mutes     mutes
	pushes    chan pushJob // nil: there is no Pusher
	member    *membership  // nil: no other node uses the store
	silent    silences
	doubt     atomic.Bool // a change of the store failed: rows of ours may have no link

	requests   Subscription
	statusNews Subscription
	missed     Subscription
	ctx        context.Context // ends with Close
	stop       context.CancelFunc
	running    sync.WaitGroup
}

// New returns a Service that answers its node's requests on the bus. The sessions of an
// earlier process of this node are lost from now on, and may resume.
func New(ctx context.Context, cfg Config, store Store, bus Bus, meter Meter, log *slog.Logger) (*Service, error) {
	s := &Service{cfg: cfg.withDefaults(), store: store, bus: bus, meter: meter, log: log}
	if err := s.SetApps(cfg.Apps); err != nil {
		return nil, err
	}
	s.failures = newFailures(s.cfg.FailuresPerAccount, s.cfg.FailuresPerAddress)
	s.tickets = usersig.NewVerified(rememberedTickets)
	s.held.init()
	s.usage.init(s.cfg.Node)
	s.watching.init()
	s.listening.init(s.cfg.Shared == nil)
	s.profiles.init()
	store.Report(s.reports)
	lost, err := s.join(ctx)
	if err != nil {
		return nil, fmt.Errorf("take over the sessions of node %s: %w", cfg.Node, err)
	}
	log.Info("sessions of the process before may resume", "count", lost)

	s.ctx, s.stop = context.WithCancel(context.Background())
	if s.requests, err = bus.Handle(NodeSubject(cfg.Node), s.answerNode); err != nil {
		s.stop()
		return nil, fmt.Errorf("answer on the bus: %w", err)
	}
	if s.statusNews, err = s.hearStatusNews(); err != nil {
		s.stop()
		s.requests.Close()
		return nil, fmt.Errorf("listen on the bus: %w", err)
	}
	if s.missed, err = s.hearMissed(); err != nil {
		s.stop()
		s.requests.Close()
		s.statusNews.Close()
		return nil, fmt.Errorf("listen on the bus: %w", err)
	}
	s.running.Go(s.sweepForEver)
	s.running.Go(s.followStatuses)
	s.startPushes()
	s.running.Go(s.expireForEver)
	if s.member != nil {
		s.running.Go(s.keepLease)
	}
	return s, nil
}

// Close ends what the service does in the background, and waits for it. It closes no
// link: the gateway does, before.
func (s *Service) Close() {
	s.requests.Close()
	s.statusNews.Close()
	s.missed.Close()
	s.stop()
	s.running.Wait()
	s.saveUsage()
	s.leave()
}

// Online returns how many sessions have a link on this node.
func (s *Service) Online() int { return s.held.count() }

// reports says whether an app's backend hears of its sessions.
func (s *Service) reports(id uint64) bool {
	app, _ := s.app(id)
	return app.Report
}

// SetApps puts apps in the place of those there were, for every login and resume from now
// on; sessions that are open stay. On an error nothing changes.
func (s *Service) SetApps(apps []App) error {
	byID := make(map[uint64]App, len(apps))
	for _, app := range apps {
		if err := app.Policy.Check(); err != nil {
			return fmt.Errorf("app %d: %w", app.ID, err)
		}
		app.filesKey = filesKeyOf(app.Key)
		byID[app.ID] = app
	}
	s.apps.Store(&byID)
	return nil
}

func (s *Service) app(id uint64) (App, bool) {
	app, known := (*s.apps.Load())[id]
	return app, known
}

// key looks up an app's key for the check of a ticket.
func (s *Service) key(app uint64) ([]byte, bool) {
	a, known := s.app(app)
	return a.Key, known
}

// storeContext bounds one use of the store.
func (s *Service) storeContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), storeTimeout)
}

// storeError is what a client sees when the store fails: something to try again.
func (s *Service) storeError(doing string, err error) error {
	s.meter.StoreFailed()
	s.log.Error("the store failed", "doing", doing, "error", err)
	if errors.Is(err, context.DeadlineExceeded) {
		return &timerr.Error{Code: timerr.SvrAccountInternalTimeout,
			Desc: "the server's store did not answer in time, try again", Err: err}
	}
	return &timerr.Error{Code: timerr.SvrAccountInternalError, Desc: "the server's store failed, try again", Err: err}
}
