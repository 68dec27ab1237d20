package chat

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/session"
)

// Link is a client's link on this node. No method waits for the client, and calls after
// the first end change nothing.
type Link interface {
	// Kick gives the client the notice, and closes the link.
	Kick(notice wire.Kicked)
	// Tell gives the client an event, or closes the link if it does not keep up.
	Tell(notice *Notice)
	// Close tells the client why, and closes the link.
	Close(why wire.Closing)
}

// Peer is who is at the other end of a link, as its hello said.
type Peer struct {
	App      uint64
	Platform session.Platform
	Instance string
	Address  netip.Addr
	Link     Link
}

// KickedError says that the session to be resumed was kicked. The gateway gives the
// client the notice, and LinkClosed whether it arrived.
type KickedError struct {
	Notice     wire.Kicked
	Attachment *Attachment
}

func (e *KickedError) Error() string { return e.Unwrap().Error() }

// Unwrap returns the error that a game sees.
func (e *KickedError) Unwrap() error {
	return timerr.Newf(timerr.LoginKickedOffByOther, "the session was ended while its link was lost: %s", e.Notice.Reason)
}

// Login checks the ticket and opens a session of its user on the peer's link. The links
// of the sessions that it ends on this node are told before it returns.
//
// The caller says LinkClosed when the link has ended.
func (s *Service) Login(peer Peer, login wire.Login) (*Attachment, wire.Session, error) {
	a, answer, err := s.login(peer, login)
	s.meter.Login(wire.CmdLogin, timerr.CodeOf(err))
	return a, answer, err
}

func (s *Service) login(peer Peer, login wire.Login) (*Attachment, wire.Session, error) {
	ticket, err := s.verify(peer, login.UserID, login.UserSig)
	if err != nil {
		return nil, wire.Session{}, err
	}
	attempt, err := attemptOf(wire.CmdLogin, login.Run, login.Attempt)
	if err != nil {
		return nil, wire.Session{}, err
	}
	return s.open(peer, ticket, attempt, newSessionID(), 0)
}

// Resume checks the ticket and takes a session up again on the peer's link. A session
// that was kicked meanwhile is a *KickedError.
//
// The caller says LinkClosed when the link has ended.
func (s *Service) Resume(peer Peer, resume wire.Resume) (*Attachment, wire.Session, error) {
	a, answer, err := s.resume(peer, resume)
	s.meter.Login(wire.CmdResume, timerr.CodeOf(err))
	return a, answer, err
}

func (s *Service) resume(peer Peer, resume wire.Resume) (*Attachment, wire.Session, error) {
	ticket, err := s.verify(peer, resume.UserID, resume.UserSig)
	if err != nil {
		return nil, wire.Session{}, err
	}
	if resume.Number <= 0 || len(resume.SessionID) != sessionIDLength {
		return nil, wire.Session{}, errUnknownSession()
	}
	attempt, err := attemptOf(wire.CmdResume, resume.Run, resume.Attempt)
	if err != nil {
		return nil, wire.Session{}, err
	}
	return s.open(peer, ticket, attempt, resume.SessionID, resume.Number)
}

// Renew checks a fresh ticket of the session's user, and puts it in the old one's place.
// When it fails, the session stays as it was.
func (s *Service) Renew(a *Attachment, login wire.Login) (wire.Session, error) {
	answer, err := s.renew(a, login)
	s.meter.Login("renew", timerr.CodeOf(err))
	return answer, err
}

func (s *Service) renew(a *Attachment, login wire.Login) (wire.Session, error) {
	ticket, err := s.verify(a.peer, login.UserID, login.UserSig)
	if err != nil {
		return wire.Session{}, err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	issued, expires := ticketTimes(ticket)
	changed, err := s.store.RenewTicket(ctx, a.ref, issued, expires)
	var ended *EndedError
	switch {
	case errors.As(err, &ended): // by another node, whose notice has not come yet: it is to be before the answer
		s.held.kick(a.ref.Session, noticeOf(ended.End))
		return wire.Session{}, timerr.Newf(timerr.LoginKickedOffByOther, "the session was ended at %s UTC", clock(ended.End.At))
	case err != nil:
		return wire.Session{}, s.openingError(a, ticket, a.ref.Number, err)
	case !changed:
		return wire.Session{}, timerr.Newf(timerr.SDKNotLoggedIn, "the session has ended")
	}
	return s.answerOf(a.ref, expires), nil
}

// verify checks a ticket, and counts and logs one that fails.
func (s *Service) verify(peer Peer, user, sig string) (usersig.Ticket, error) {
	if err := usersig.CheckUserID(user); err != nil {
		return usersig.Ticket{}, err
	}
	now := time.Now()
	if wait := s.failures.blocked(peer.App, user, peer.Address, now); wait > 0 {
		return usersig.Ticket{}, timerr.Newf(timerr.SvrAccountFreqLimit,
			"too many logins failed from this address, try again in %d s", int(wait.Seconds())+1)
	}
	ticket, err := s.tickets.Verify(sig, peer.App, user, now, s.key)
	if err != nil {
		s.refused(peer, user, string(usersig.FailedCheck(err)), err)
		return usersig.Ticket{}, err
	}
	return ticket, nil
}

// refused counts and logs a login whose ticket is not good.
func (s *Service) refused(peer Peer, user, check string, err error) {
	s.failures.add(peer.App, user, peer.Address, time.Now())
	s.log.Info("a ticket was refused", "app", peer.App, "user", user, "check", check,
		"code", timerr.CodeOf(err), "desc", timerr.DescOf(err), "address", peer.Address)
}

// open opens or resumes a session, and ends those that it displaces.
func (s *Service) open(peer Peer, ticket usersig.Ticket, attempt Attempt, id string, resume int64) (*Attachment, wire.Session, error) {
	if err := s.checkLease(); err != nil {
		return nil, wire.Session{}, err
	}
	a := &Attachment{link: peer.Link, peer: peer, ref: Ref{App: peer.App, User: ticket.User, Session: id}}
	s.held.add(a)
	s.watching.expect(a)
	ctx, cancel := s.storeContext()
	defer cancel()
	issued, expires := ticketTimes(ticket)
	app, _ := s.app(peer.App) // one that is gone since the ticket was checked has the zero policy
	opened, err := s.store.OpenSession(ctx, Opening{
		App: peer.App, User: ticket.User, Session: id, Resume: resume,
		Platform: peer.Platform, Instance: peer.Instance, Attempt: attempt, Node: s.cfg.Node, Address: addressText(peer.Address),
		TicketIssued: issued, TicketExpires: expires, At: time.Now(),
		RefuseKicked: app.KickedOnLogin && hearsOfKicks(peer.Platform),
		Admit: func(live []session.Live, newcomer session.Live) []session.Live {
			return session.Admit(app.Policy, live, newcomer)
		},
	})
	if err != nil {
		s.held.remove(a)
		s.watching.gone(a)
		return nil, wire.Session{}, s.openingError(a, ticket, resume, err)
	}
	s.held.opened(a, opened.Session.Number)
	s.usage.came(a)
	if resume == 0 {
		s.usage.count(peer.App, LoginTimes, 1)
	}
	a.own = s.watching.came(a, opened.Presence.seen(time.Now()))
	s.displace(opened)
	s.log.Debug("session opened", "app", peer.App, "user", ticket.User, "number", opened.Session.Number,
		"platform", peer.Platform, "resumed", resume > 0, "new_account", opened.NewAccount, "ends", len(opened.Victims))
	return a, s.answerOf(opened.Session.Ref, expires), nil
}

// openingError turns what the store says of an opening or a renewal into what a game sees.
// Resume is the number of the session to be resumed, if it is one.
func (s *Service) openingError(a *Attachment, ticket usersig.Ticket, resume int64, err error) error {
	var void *VoidTicketError
	var ended *EndedError
	switch {
	case errors.As(err, &void):
		refusal := timerr.Newf(timerr.SvrAccountInvalidUserSig,
			"tickets of this user issued until %s UTC are void, this one was issued at %s UTC",
			clock(void.Until), clock(time.Unix(ticket.Issued, 0)))
		s.refused(a.peer, ticket.User, "void", refusal)
		return refusal
	case errors.As(err, &ended) && resume == 0:
		return kickedWhileAway(ended.End)
	case errors.As(err, &ended):
		a.kicked = true // it is out of the registry: nobody else has it
		return &KickedError{Notice: s.lateNotice(a.peer, ended.End), Attachment: a}
	case errors.Is(err, ErrNoSession):
		return errUnknownSession()
	case errors.Is(err, ErrOvertaken):
		return errOvertaken()
	}
	s.doubt.Store(true)
	return s.storeError("open a session", err)
}

func errUnknownSession() error {
	return timerr.Newf(timerr.SDKNotLoggedIn, "the session is unknown to the server, log in")
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.Unmap().String()
}

func clock(t time.Time) string { return t.UTC().Format(time.DateTime) }

func ticketTimes(ticket usersig.Ticket) (issued, expires time.Time) {
	return time.Unix(ticket.Issued, 0), time.Unix(ticket.Expires, 0)
}

func (s *Service) answerOf(ref Ref, expires time.Time) wire.Session {
	files := s.fileAccess(ref.App, ref.User)
	return wire.Session{SessionID: ref.Session, Number: ref.Number,
		ServerTimeMS: time.Now().UnixMilli(), ExpiresAt: expires.Unix(),
		FilesToken: files.Token, FilesExpiresAt: files.ExpiresAt}
}

const sessionIDLength = 32

// newSessionID returns 128 random bits: who knows it is who was given it.
func newSessionID() string {
	var id [sessionIDLength / 2]byte
	rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}
