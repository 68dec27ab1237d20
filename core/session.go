package core

import (
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Status is where a client stands with its login, as TIMGetLoginStatus tells it.
type Status int32

// The statuses, with the numbers of the C API.
const (
	LoggedIn   Status = 1
	LoggingIn  Status = 2
	LoggedOut  Status = 3
	LoggingOut Status = 4
)

// login is a call of Login that has not been answered, and logout one of Logout.
type (
	login struct {
		user, ticket string
		done         Done
		timeout      time.Duration // 0 is loginTimeout
		ignored      bool          // when the user is logged in, whatever the ticket
	}
	logout struct{ done Done }
)

// account is who is logged in, and by what the server knows the session.
type account struct {
	user, ticket string
	id           string
	number       int64
}

// linkState is where a client stands with its link to the server.
type linkState int

const (
	noLink  linkState = iota // and none is on its way
	dialing                  // a dial is running
	waiting                  // for the time of the next dial
	linkUp                   // hello has been answered
)

// session is everything the client knows about being logged in: a plain value. The loop
// holds the only copy, and step returns the next one.
type session struct {
	in      *account // who is logged in
	pending *login   // the login in flight: of somebody new, or with a fresh ticket
	leaving *logout  // the logout in flight
	sent    bool     // pending, or the logout, has gone to the server; or the dial that runs begins with pending
	link    linkState
	active  bool     // the server knows in on this link: requests may go
	tries   int      // dials since the last login that succeeded, or the last link that lasted
	warned  bool     // the game was told that the ticket expires
	failure error    // why there is no link, if a dial failed or a link was lost
	owed    []effect // what the game hears if pending fails: the session that it was to go on with has ended
}

// status is worked out, so nobody can forget to set it back.
func (s session) status() Status {
	switch {
	case s.leaving != nil:
		return LoggingOut
	case s.in != nil:
		return LoggedIn
	case s.pending != nil:
		return LoggingIn
	}
	return LoggedOut
}

// user is who is logged in, or "".
func (s session) user() string {
	if s.in == nil {
		return ""
	}
	return s.in.user
}

// wanted says whether there is something to keep a link for.
func (s session) wanted() bool {
	return s.in != nil || s.pending != nil || s.leaving != nil
}

// An event is something that happened to the session.
type event any

type (
	started     struct{} // TIMInit
	loginAsked  struct{ login *login }
	logoutAsked struct{ logout *logout }
	linked      struct{} // a dial succeeded
	dialFailed  struct{ err error }
	unlinked    struct { // the link was lost
		err    error
		lasted bool // it was there for lasts
	}
	redialDue   struct{} // the time of the next dial has come
	networkBack struct{} // the game says that there is a network
	answered    struct { // a login was
		login   *login
		account *account
		err     error
	}
	resumed struct { // a resume, or the login that stands in for it, was answered
		of      *account
		account *account
		relogin bool
		err     error
	}
	turnedAway struct{} // the server could not take a login just now, and there are others
	loggedOut  struct{} // the logout was answered
	kicked     struct{ notice wire.Kicked }
	expired    struct{} // the ticket, while online
	expiring   struct{ notice wire.Expiring }
	closing    struct {
		notice wire.Closing
		lasted bool
	}
	timeUp      struct{} // 30 s after loginAsked
	leaveTimeUp struct{} // 5 s after logoutAsked
	closed      struct{} // TIMUninit
	panicked    struct{} // a goroutine of ours
)

// step says what the session becomes on ev, and what is to be done about it. It touches
// nothing else, so every rule of login and link is a row of session_test.go.
func (s session) step(ev event) (session, []effect) {
	switch ev := ev.(type) {
	case started:
		return s.dial()
	case loginAsked:
		return s.ask(ev.login)
	case logoutAsked:
		return s.leave(ev.logout)
	case answered:
		return s.settle(ev)
	case resumed:
		return s.resume(ev)
	case loggedOut, leaveTimeUp:
		return s.left()
	case timeUp:
		return s.giveUp()
	case kicked:
		return s.kick(ev.notice)
	case expired:
		return s.expire()
	case expiring:
		return s.warn(ev.notice)
	}
	return s.stepLink(ev)
}

// stepLink is step for what happens to the link and to the client.
func (s session) stepLink(ev event) (session, []effect) {
	switch ev := ev.(type) {
	case linked:
		return s.use()
	case dialFailed:
		return s.fail(ev.err)
	case unlinked:
		return s.since(ev.lasted).lose(ev.err, 0)
	case redialDue:
		if s.link == waiting {
			return s.dial()
		}
	case networkBack:
		if s.link == waiting {
			s.tries = 0
			return s.dial()
		}
	case closing:
		return s.since(ev.lasted).close(ev.notice)
	case turnedAway:
		return s.turnAway()
	case closed:
		return session{}, append(s.endAll(timerr.New(timerr.SDKCommInterrupt)), hangUp{})
	case panicked:
		return s.recover()
	}
	return s, nil
}

// endPending answers the login in flight, if there is one.
func (s session) endPending(err error) []effect {
	if s.pending == nil {
		return nil
	}
	return []effect{reply{s.pending, err}}
}

// endAll answers everything in flight with err.
func (s session) endAll(err error) []effect {
	do := s.endPending(err)
	if s.leaving != nil {
		do = append(do, reply{s.leaving, err})
	}
	return append(do, failRequests{err})
}

// recover is what is left of the session after a panic: whoever is in stays in, on a new
// link, as after a lost one.
func (s session) recover() (session, []effect) {
	internal := timerr.New(timerr.SDKInternalError)
	do := s.endAll(internal)
	if s.leaving != nil {
		s.in = nil
	}
	next, more := session{in: s.in, tries: s.tries}.lose(internal, 0)
	return next, append(do, more...)
}
