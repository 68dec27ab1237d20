package core

import (
	"cmp"
	"time"

	"github.com/banter-im/banter/internal/timerr"
)

// ask is Login. The last account that asks wins.
func (s session) ask(l *login) (session, []effect) {
	switch {
	case s.pending != nil && s.pending.user == l.user:
		return s, []effect{reply{l, timerr.New(timerr.SDKAccountLoginInProcess)}}
	case s.leaving == nil && s.in != nil && s.in.user == l.user && (s.in.ticket == l.ticket || l.ignored):
		return s, []effect{reply{l, nil}}
	}
	do := s.endPending(timerr.Newf(timerr.SDKCommInterrupt, "another account logs in"))
	if s.leaving != nil { // the logout has done what it could: the login needs a link of its own
		var left []effect
		s, left = s.left()
		do = append(do, left...)
	}
	if s.in != nil && s.in.user != l.user { // the server logs them out when it hears of l
		s.in, s.active = nil, false
		do = append(do, failRequests{errNotLoggedIn})
	}
	s.pending, s.sent, s.owed = l, false, nil
	do = append(do, alarm{})
	return s.sendPending(do)
}

// sendPending sends the login in flight as soon as it may go: a fresh ticket goes after
// the resume of its user was answered.
func (s session) sendPending(do []effect) (session, []effect) {
	switch {
	case s.link != linkUp:
		next, more := s.dial()
		return next, append(do, more...)
	case s.in == nil || s.active:
		s.sent = true
		return s, append(do, send{s.pending})
	}
	return s, do
}

// settle takes the answer to a login.
func (s session) settle(ev answered) (session, []effect) {
	if ev.login != s.pending {
		return s, nil // late
	}
	owed := s.owed
	s.pending, s.sent, s.owed = nil, false, nil
	if ev.err != nil {
		return s, append([]effect{reply{ev.login, ev.err}}, owed...) // whoever is in stays in
	}
	s.in, s.active, s.warned, s.tries = ev.account, true, false, 0
	return s, []effect{reply{ev.login, nil}, flush{}}
}

// within is how long a login may take.
func (l *login) within() time.Duration { return cmp.Or(l.timeout, loginTimeout) }

// giveUp ends a login that was not answered in time.
func (s session) giveUp() (session, []effect) {
	if s.pending == nil {
		return s, nil // it was
	}
	err := timerr.Newf(timerr.SDKNetWaitAckTimeout, "the server did not answer the login within %s", s.pending.within())
	if !s.sent || s.link != linkUp {
		err = timerr.Newf(timerr.SDKNetWaitSendTimeoutNoNetwork, "the server was not reached within %s", s.pending.within())
		if s.failure != nil {
			err.Desc += "; " + timerr.DescOf(s.failure)
		}
	}
	do := s.endPending(err)
	if s.in == nil {
		return session{}, append(append(do, s.owed...), hangUp{})
	}
	s.pending, s.sent = nil, false
	return s, do
}

// leave is Logout.
func (s session) leave(l *logout) (session, []effect) {
	switch {
	case s.leaving != nil:
		return s, []effect{reply{l, timerr.New(timerr.SDKAccountLogoutInProcess)}}
	case s.in == nil && s.pending == nil:
		return s, []effect{reply{l, nil}}
	}
	do := s.endPending(timerr.New(timerr.LoggedOutBeforeLoginFinished))
	heardOf := s.in != nil || s.sent // by the server
	s.pending, s.leaving, s.owed = nil, l, nil
	if !heardOf {
		next, more := s.left()
		return next, append(do, more...)
	}
	do = append(do, failRequests{errNotLoggedIn}, leaveAlarm{})
	if s.link != linkUp { // it may come back in time for the server to see a logout
		s.sent = false
		next, more := s.dial()
		return next, append(do, more...)
	}
	if s.sent = s.in == nil || s.active; s.sent {
		do = append(do, logOut{})
	}
	return s, do // or the logout goes when the resume is answered
}

// left ends a logout: it always succeeds, and takes the link along.
func (s session) left() (session, []effect) {
	if s.leaving == nil {
		return s, nil
	}
	return session{}, []effect{reply{s.leaving, nil}, hangUp{}}
}

// resume takes the answer to a resume.
func (s session) resume(ev resumed) (session, []effect) {
	if s.in == nil || ev.of != s.in {
		return s, nil // late
	}
	if ev.err == nil {
		return s.goOn(ev.account)
	}
	if s.leaving != nil {
		return s.left()
	}
	switch code := timerr.CodeOf(ev.err); {
	case code == timerr.SDKNotLoggedIn && !ev.relogin: // the server no longer knows the session
		return s, []effect{relogin{s.in}}
	case code == timerr.LoginKickedOffByOther: // its notice came before
		return s.kick(kickedBySomebody)
	case isTicketError(code):
		return s.refuse(code)
	}
	next, do := s.lose(ev.err, 0) // the server cannot just now
	return next, append([]effect{elsewhere{}}, do...)
}

// goOn is the session back in force, on a new link.
func (s session) goOn(account *account) (session, []effect) {
	s.in, s.active, s.warned = account, true, false
	switch {
	case s.leaving != nil:
		s.sent = true
		return s, []effect{logOut{}}
	case s.pending != nil:
		return s.sendPending([]effect{flush{}})
	}
	return s, []effect{flush{}}
}
