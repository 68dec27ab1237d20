package core

import (
	"encoding/json"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// The keys of notices of ours.
const (
	noticeKicked   = "banter_kicked"
	noticeExpiring = "banter_usersig_expiring"
)

// Timeouts of calls.
const (
	loginTimeout   = 30 * time.Second
	logoutTimeout  = 5 * time.Second
	requestTimeout = 30 * time.Second
)

// An effect is something to do: run is the only code that touches the world, and it runs
// on the loop. What may wait is spawned, and posts an event when it is done.
type effect interface{ run(*Client) }

// waiter is a call that waits for its answer.
type waiter interface{ answer(error) }

func (l *login) answer(err error)  { l.done(err, "") }
func (l *logout) answer(err error) { l.done(err, "") }

type (
	reply struct { // answers a call
		to  waiter
		err error
	}
	notify struct { // tells the game of the link
		status NetworkStatus
		err    error
	}
	tell struct { // tells the game of something of ours
		key  string
		data any
	}
	alarm      struct{} // timeUp when the login in flight has had its time
	leaveAlarm struct{} // leaveTimeUp in 5 s
	dial       struct{} // linked or dialFailed
	redial     struct { // redialDue
		tries  int
		spread bool // with all the others who lost their link at the same moment
		after  time.Duration
	}
	elsewhere     struct{} // has the next dial go to the next server
	hangUp        struct{} // gives up the link, a dial, and the wait for one
	send          struct{ login *login }
	resume        struct{ account *account }
	relogin       struct{ account *account }
	logOut        struct{}
	flush         struct{} // sends the requests that wait
	failRequests  struct{ err error }
	kickedOffline struct{}
	sigExpired    struct{}
)

func (e reply) run(*Client) { e.to.answer(e.err) }

func (e notify) run(c *Client) {
	c.log.Info("network", "status", e.status.String(), "code", timerr.CodeOf(e.err), "desc", timerr.DescOf(e.err))
	c.game.NetworkStatus(e.status, timerr.CodeOf(e.err), timerr.DescOf(e.err))
}

func (e tell) run(c *Client) {
	data, err := json.Marshal(e.data)
	if err != nil {
		c.log.Error("a notice cannot be told", "key", e.key, "error", err)
		return
	}
	c.game.ExperimentalNotify(e.key, string(data))
}

func (kickedOffline) run(c *Client) {
	c.log.Warn("kicked offline")
	c.game.KickedOffline()
}

func (sigExpired) run(c *Client) {
	c.log.Warn("the ticket has expired")
	c.game.UserSigExpired()
}

func (alarm) run(c *Client) {
	if pending := c.session.pending; pending != nil {
		c.loginAlarm.Reset(pending.within())
	}
}

func (leaveAlarm) run(c *Client) { c.logoutAlarm.Reset(logoutTimeout) }

func (e redial) run(c *Client) {
	if e.tries == 0 {
		c.away = time.Now()
	}
	c.redialAlarm.Reset(e.delay(c.spread, time.Since(c.away)))
}

func (dial) run(c *Client) { c.dial() }

func (elsewhere) run(c *Client) { c.servers.moveOn() }

func (hangUp) run(c *Client) { c.hangUp() }

func (e send) run(c *Client)    { c.open(e) }
func (e resume) run(c *Client)  { c.open(e) }
func (e relogin) run(c *Client) { c.open(e) }

func (e send) request(c *Client) (cmd string, body any) {
	return wire.CmdLogin, wire.Login{UserID: e.login.user, UserSig: e.login.ticket, Run: c.attempts.run, Attempt: c.attempts.next()}
}

func (e send) answered(c *Client, f wire.Frame, err error) {
	account, err := c.opened(f, err, e.login.user, e.login.ticket)
	c.step(answered{e.login, account, err})
	if isServerTrouble(timerr.CodeOf(err)) && c.servers.several() {
		c.step(turnedAway{})
	}
}

func (e resume) request(c *Client) (cmd string, body any) {
	a := e.account
	return wire.CmdResume, wire.Resume{UserID: a.user, UserSig: a.ticket, SessionID: a.id, Number: a.number,
		Run: c.attempts.run, Attempt: c.attempts.next()}
}

func (e resume) answered(c *Client, f wire.Frame, err error) {
	account, err := c.opened(f, err, e.account.user, e.account.ticket)
	c.step(resumed{of: e.account, account: account, err: err})
}

func (e relogin) request(c *Client) (cmd string, body any) {
	a := e.account
	return wire.CmdLogin, wire.Login{UserID: a.user, UserSig: a.ticket, Run: c.attempts.run, Attempt: c.attempts.next()}
}

func (e relogin) answered(c *Client, f wire.Frame, err error) {
	account, err := c.opened(f, err, e.account.user, e.account.ticket)
	c.step(resumed{of: e.account, account: account, relogin: true, err: err})
}

func (logOut) run(c *Client) {
	c.command(wire.CmdLogout, struct{}{}, func(wire.Frame, error) { c.step(loggedOut{}) })
}

func (flush) run(c *Client) { c.flush() }

func (e failRequests) run(c *Client) { c.requests.fail(e.err) }
