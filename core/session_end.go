package core

import (
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// maxRedialAfter bounds what a closing server may ask for.
const maxRedialAfter = 5 * time.Minute

var (
	errNotLoggedIn = timerr.New(timerr.SDKNotLoggedIn)

	// kickedBySomebody stands in for the notice of a kick that did not come.
	kickedBySomebody = wire.Kicked{Reason: wire.KickOtherDevice}
)

// kick ends the session for good: the game is told why, and no link is dialled.
func (s session) kick(notice wire.Kicked) (session, []effect) {
	switch {
	case s.leaving != nil:
		return s.left()
	case s.in == nil:
		return s, nil
	}
	goesOn := notice.LoginGoesOn && s.pending != nil
	notice.LoginGoesOn = false // which is between the server and us
	do := []effect{tell{noticeKicked, notice}, kickedOffline{}}
	if !goesOn {
		return s.over(append(do, s.endPending(timerr.New(timerr.LoginKickedOffByOther))...))
	}
	next, do := s.over(do)
	next.pending = s.pending
	return next.sendPending(do)
}

// over leaves nothing of the session but what do tells of it.
func (s session) over(do []effect) (session, []effect) {
	return session{}, append(do, failRequests{errNotLoggedIn}, hangUp{})
}

// expire ends the session because its ticket is no longer valid. With a fresh ticket in
// flight the game has seen to it already: that login goes on, on a link of its own.
func (s session) expire() (session, []effect) {
	switch {
	case s.leaving != nil:
		return s.left()
	case s.in == nil:
		return s, nil
	case s.pending == nil:
		return s.over([]effect{sigExpired{}})
	}
	next, do := s.over(nil)
	next.pending, next.owed = s.pending, []effect{sigExpired{}}
	return next.sendPending(do)
}

// warn tells that the ticket expires: once on a link, whatever the server says.
func (s session) warn(notice wire.Expiring) (session, []effect) {
	if s.in == nil || s.warned {
		return s, nil
	}
	s.warned = true
	return s, []effect{tell{noticeExpiring, notice}}
}

// refuse is a resume whose ticket the server does not accept.
func (s session) refuse(code timerr.Code) (session, []effect) {
	expired := code == timerr.SvrAccountUserSigExpired || code == timerr.UserSigExpired
	revoked := wire.Kicked{Reason: wire.KickTicketRevoked}
	switch {
	case s.pending != nil:
		if s.owed = []effect{tell{noticeKicked, revoked}, kickedOffline{}}; expired {
			s.owed = []effect{sigExpired{}}
		}
		s.in, s.active = nil, false
		return s.sendPending([]effect{failRequests{errNotLoggedIn}})
	case expired:
		return s.expire()
	}
	return s.kick(revoked)
}

// shutOut ends everything because the server, or a setting, refuses this client for good:
// the next login is told the same. A game that is logged in hears that it no longer is.
func (s session) shutOut(err error) (session, []effect) {
	var do []effect
	if s.leaving != nil {
		do = append(do, reply{s.leaving, nil})
	} else if s.in != nil {
		do = append(do, kickedOffline{})
	}
	return s.over(append(append(do, s.endPending(err)...), s.owed...))
}

// close is the server's last word on a link.
func (s session) close(notice wire.Closing) (session, []effect) {
	reason := timerr.Newf(timerr.SDKNetDisconnect, "the server closed the link: %s %s", notice.Reason, notice.Desc)
	after := time.Duration(max(0, min(notice.AfterMS, maxRedialAfter.Milliseconds()))) * time.Millisecond
	switch {
	case s.leaving != nil && s.sent:
		return s.left()
	case notice.Redial && notice.Reason == wire.CloseSlow: // which is no fault of the server's
		return s.lose(reason, after)
	case notice.Redial:
		next, do := s.lose(reason, after)
		return next, append([]effect{elsewhere{}}, do...)
	case !s.wanted(): // such as idle: the game need not hear of it
		return session{}, []effect{hangUp{}}
	case notice.Reason == wire.CloseVersion:
		return s.shutOut(timerr.Newf(timerr.SvrCommInvalidRes, "%s", notice.Desc))
	case notice.Reason == wire.CloseExpired && s.in != nil:
		return s.expire()
	case s.in != nil && s.leaving == nil:
		return s.kick(kickedBySomebody)
	}
	return s.lose(reason, after) // a login came while the server was closing an idle link
}

// isServerTrouble says whether a login may succeed at another server, or later.
func isServerTrouble(code timerr.Code) bool {
	return code == timerr.SvrAccountInternalError || code == timerr.SvrAccountInternalTimeout
}

// isTicketError says whether a login with the same ticket would fail again.
func isTicketError(code timerr.Code) bool {
	switch code {
	case timerr.UserSigExpired,
		timerr.SvrAccountUserSigExpired,
		timerr.SvrAccountUserSigEmpty,
		timerr.SvrAccountUserSigCheckFailed,
		timerr.SvrAccountUserSigCheckFailedEx,
		timerr.SvrAccountUserSigMismatchPublickey,
		timerr.SvrAccountUserSigMismatchID,
		timerr.SvrAccountUserSigMismatchSDKAppID,
		timerr.SvrAccountUserSigPublickeyNotFound,
		timerr.SvrAccountSDKAppIDNotFound,
		timerr.SvrAccountInvalidUserSig,
		timerr.SvrAccountBlacklist,
		timerr.SvrAccountSecRstr,
		timerr.SvrAccountNotFound,
		timerr.SvrAccountInvalidParameters:
		return true
	}
	return false
}
