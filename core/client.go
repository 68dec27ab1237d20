// Package core is the client in plain Go: the login and the link to the server, and the
// calls that go over it. It holds no global state: several clients can live in one
// process.
//
// A client is one actor. Its loop owns all that changes; everything else posts to it. What
// being logged in means is a pure function, session.step.
package core

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
)

// closeTimeout bounds how long Close waits for goroutines, such as one that stands in the
// system's resolver. One that is late finds the client closed, and tells nobody.
const closeTimeout = 500 * time.Millisecond

// Options are what a client is made of.
type Options struct {
	AppID        uint64
	ConfigJSON   string // TIMInit's, or ""
	ServerURLEnv string // the environment's BANTER_SERVER_URL
	DataDir      string // the user's data folder, as DataDir finds it; "" keeps no files
	Name         string // stands in its log lines, where several clients write; or ""
	Platform     string // "" is the one of this system; the configuration goes before it
	SDKVersion   string
	Settings     *Settings // what TIMSetConfig and callExperimentalAPI set
	Dialer       Dialer    // nil opens real links
	Disk         *Disk     // shared by all clients of the process; or nil
	Keeps        func(int) // hears of a user whose files are about to be opened (1), or were closed (-1); or nil
}

// Client is one client, from TIMInit to TIMUninit.
type Client struct {
	appID      uint64
	sdkVersion string
	platform   string
	game       Game
	settings   *Settings
	servers    *addresses
	instance   instance
	folder     string // of its files, or ""
	disk       *Disk
	keeps      func(int)
	logs       *logs
	log        *slog.Logger

	ctx                context.Context // ends with Close
	end                context.CancelFunc
	calls              chan call
	stopped            chan struct{} // closed when the loop has ended
	crew               crew
	files              *fileAccess
	uploads, downloads chan struct{} // have as many as run
	status             atomic.Int32  // of the published state, for everybody

	// Owned by the loop.
	session         session
	current         current
	attempts        attempts
	requests        requests
	watches         *watches
	messenger       *messenger      // of whoever is logged in, or logs in
	messengerGone   <-chan struct{} // closed when the newest one has ended
	spread          time.Duration
	away            time.Time // since when there has been no good link
	offset          time.Duration
	serverTimeKnown bool
	published       State
	unsettled       bool // the status was published, and not all that tells of it was told
	depth           int  // of step within step
	loginAlarm      *time.Timer
	logoutAlarm     *time.Timer
	redialAlarm     *time.Timer
	expiry          *time.Timer // of the request whose time is up first
	expiresAt       time.Time   // when that is, or zero
	statusAlarm     *time.Timer // of what there is to do about statuses
}

// New starts a client, which makes one attempt to connect at once. The error names the
// part of ConfigJSON that is wrong.
func New(options Options, game Game) (*Client, error) {
	if options.AppID == 0 {
		return nil, timerr.Newf(timerr.InvalidParameters, "sdk_app_id is 0")
	}
	config, err := parseConfig(options.ConfigJSON)
	if err != nil {
		slog.New(newLogs("", options.Settings, game).handler).Error("TIMInit's JSON is refused", "error", err)
		return nil, err
	}
	folder := config.folder(options.DataDir, options.AppID)
	logs := newLogs(config.logFolder(folder), options.Settings, game)
	c := &Client{
		appID:      options.AppID,
		sdkVersion: options.SDKVersion,
		platform:   firstOf(config.Platform, options.Platform, platformOf(runtime.GOOS)),
		game:       game,
		settings:   options.Settings,
		instance:   openInstance(folder, options.AppID),
		folder:     folder,
		disk:       options.Disk,
		keeps:      options.Keeps,
		logs:       logs,
		log:        namedLogger(logs.handler, options.Name),
		calls:      make(chan call),
		stopped:    make(chan struct{}),
		attempts:   newAttempts(),
		requests:   requests{sent: map[uint64]*request{}},
		watches:    newWatches(""),
		files:      newFileAccess(),
		uploads:    make(chan struct{}, maxUploads),
		downloads:  make(chan struct{}, maxDownloads),
	}
	c.servers = &addresses{config: config, settings: options.Settings, environment: options.ServerURLEnv, folder: folder,
		dial: options.Dialer, used: c.files.moved}
	if c.keeps == nil {
		c.keeps = func(int) {}
	}
	if c.servers.dial == nil {
		c.servers.dial = dialWith(c.spawn)
	}
	if err := c.instance.err; errors.Is(err, errInUse) {
		c.log.Info("another client has this install's id: this one is an install of its own", "error", err)
	} else if err != nil {
		c.log.Warn("no files can be kept: this install has another id each time", "error", err)
	}
	c.start()
	return c, nil
}

func namedLogger(handler slog.Handler, name string) *slog.Logger {
	if name == "" {
		return slog.New(handler)
	}
	return slog.New(handler).With("client", name)
}

func (c *Client) start() {
	c.ctx, c.end = context.WithCancel(context.Background())
	c.loginAlarm, c.logoutAlarm = stoppedTimer(), stoppedTimer()
	c.redialAlarm, c.expiry = stoppedTimer(), stoppedTimer()
	c.statusAlarm = stoppedTimer()
	c.spawn(c.loop)
	c.post(func() {
		c.tellState(State{Status: LoggedOut})
		c.step(started{})
	})
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// Close ends the client: what is pending is answered with 7009, and nothing is called
// after Close has returned. It is bounded by half a second, whatever DNS or a dial does.
// The server sees a closed link, not a logout. No call may be made beside it or after it.
func (c *Client) Close() {
	c.end()
	<-c.stopped
	c.instance.close() // nothing is dialled any more
	select {
	case <-c.crew.gone():
	case <-time.After(closeTimeout):
	}
	c.logs.close()
}

// Status is the status that was published last.
func (c *Client) Status() Status { return Status(c.status.Load()) }

// Login logs a user in. The status is right when it returns; done has the result.
func (c *Client) Login(user, ticket string, done Done) {
	if err := checkLogin(user, ticket); err != nil {
		done(err, "")
		return
	}
	set := c.settings.forLogin()
	l := &login{user: user, ticket: ticket, done: done, timeout: set.timeout, ignored: set.ignoreRepeat}
	c.postOr(done, func() { c.step(loginAsked{l}) })
}

// maxTicket is the longest ticket that a login sends, as the server has it.
const maxTicket = 8 << 10

func checkLogin(user, ticket string) error {
	if err := usersig.CheckUserID(user); err != nil {
		return err
	}
	if len(ticket) > maxTicket {
		return timerr.Newf(timerr.SvrAccountUserSigCheckFailed, "user_sig has %d bytes; a ticket has at most %d", len(ticket), maxTicket)
	}
	return nil
}

// Logout logs out, or ends a login in flight. The status is right when it returns.
func (c *Client) Logout(done Done) {
	c.postOr(done, func() { c.step(logoutAsked{&logout{done}}) })
}

// Request sends body as one command of the server, and answers done with the answer's
// body. Without a link it waits for one. Its time is 30 s in all, unless it was set.
func (c *Client) Request(cmd string, body json.RawMessage, done Done) {
	if len(body) > maxRequest {
		done(timerr.Newf(timerr.SDKNetPkgSizeLimit, "%s: the request has %d bytes, at most %d can be sent", cmd, len(body), maxRequest), "")
		return
	}
	r := &request{cmd: cmd, body: body, done: c.watched(cmd, body, done), deadline: time.Now().Add(c.within())}
	c.postOr(done, func() { c.request(r) })
}

// within is how long a request may take.
func (c *Client) within() time.Duration {
	return cmp.Or(c.settings.forLogin().timeout, requestTimeout)
}

// Unsupported answers a call that this version does not have: 7013 to whoever is logged
// in, 6014 to others, in its place among the events.
func (c *Client) Unsupported(done Done) {
	c.postOr(done, func() {
		if c.session.in == nil || c.session.leaving != nil {
			done(errNotLoggedIn, "")
			return
		}
		done(timerr.Newf(timerr.SDKInterfaceNotSupport, "not supported by this version"), "")
	})
}

// Logger is the client's own log.
func (c *Client) Logger() *slog.Logger { return c.log }

// NetworkBack says that there is a network again: a dial that waits is made at once.
func (c *Client) NetworkBack() {
	c.post(func() { c.step(networkBack{}) })
}

// Foreground says that the game is in front again, and with it perhaps the network.
func (c *Client) Foreground() { c.NetworkBack() }

// postOr is post for a call that is to be answered if the client was closed.
func (c *Client) postOr(done Done, f func()) {
	if err := c.post(f); err != nil {
		done(err, "")
	}
}

func (c *Client) request(r *request) {
	if c.session.in == nil || c.session.leaving != nil {
		r.end(errNotLoggedIn, "")
		return
	}
	c.requests.add(r)
	c.flush()
	if !r.ended && (c.expiresAt.IsZero() || r.deadline.Before(c.expiresAt)) {
		c.expireAt(r.deadline)
	}
}

// flush sends the requests that wait, if the server knows the session on this link.
func (c *Client) flush() {
	if c.session.active && c.current.link != nil {
		c.rewatch()
		c.requests.flush(c.current.link)
		if c.messenger != nil {
			c.messenger.linked(c.current.number)
		}
	}
}

func (c *Client) expire() {
	c.expireAt(c.requests.expire(time.Now(), c.session.link == linkUp))
}

// expireAt has expire run at a time; the zero time is never.
func (c *Client) expireAt(at time.Time) {
	if c.expiresAt = at; !at.IsZero() {
		c.expiry.Reset(time.Until(at))
	}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// platformOf is the platform that a system counts as.
func platformOf(goos string) string {
	switch goos {
	case "android", "windows":
		return goos
	case "ios":
		return "iphone"
	case "darwin":
		return "mac"
	case "js", "wasip1":
		return "web"
	}
	return "linux"
}
