package chat

import (
	"context"
	"errors"
	"time"

	"github.com/banter-im/banter/server/session"
)

// Store keeps what must outlive the process. Every change is durable before the
// method that makes it returns nil. All methods may be called at the same time, and
// changes of one account happen one after the other. Times are kept to the millisecond.
// A change whose context ends before it is durable returns the context's error, and may
// happen all the same. Implementations pass storetest.Run.
type Store interface {
	AccountStore
	MessageStore
	ReceiveStore
	ExtrasStore
	MuteStore
	FileStore
	UsageStore
	MergerStore
	Outbox

	// OpenSession opens a session or resumes one, in one transaction:
	//
	//  1. The account's counter takes its next number, which locks the account until the
	//     end; an account that is not there yet is created, by a login and not by a resume.
	//  2. A ticket that was issued at or before the second until which the account's
	//     tickets are void is refused with a *VoidTicketError.
	//  3. One whose run has, in any row of the account, an attempt that is not below its own
	//     is ErrOvertaken: its client has gone on.
	//  4. A resume finds its row by app, user and session id. No row: ErrNoSession. A row
	//     that has ended: an *EndedError, whatever the number, for the id proves the
	//     session. A row with another number: ErrNoSession, unless Opening.Attempt follows
	//     the row's: then its client has not heard of the last resume. A login is an *EndedError too
	//     if Opening.RefuseKicked is set and its install, on its platform, had a session that
	//     has ended by another device's login and that no node holds. Either way the install
	//     has been told: its ended sessions make no further login fail.
	//  5. The account's live, lost and gone sessions go to Opening.Admit; the victims it
	//     returns become ended: other_device, by Opening.Platform and Opening.Instance, at
	//     Opening.At. They keep their node, which still has to close the link. A gone one of
	//     the opening's own install is removed instead, without a word: its device is here.
	//  6. A login's row is inserted; a resume's row takes the new number, the node, the
	//     platform, the instance, the attempt and the ticket's times, and is live again. Its Login and
	//     OpenedAt stay.
	//  7. Of the account's sessions that have ended and that no node holds, it may remove all but
	//     the last 32, and the last 32 whose install has not been told.
	//
	// When it returns another error than its context's, nothing has changed but, perhaps,
	// the counter and what an install has been told.
	OpenSession(ctx context.Context, o Opening) (Opened, error)

	// EndSession ends the session in the way of how, if its row still has that number and
	// has not ended. It reports whether it did: if not, somebody newer owns the session
	// or has ended it, and there is nothing to tell anybody.
	EndSession(ctx context.Context, ref Ref, how Ending, at time.Time) (bool, error)

	// RenewTicket puts a fresh ticket's times in place of the old one's, if the row has
	// that number and is live, and reports whether it did. It refuses like OpenSession's
	// step 2. A session that was kicked is an *EndedError.
	RenewTicket(ctx context.Context, ref Ref, issued, expires time.Time) (bool, error)

	// VoidTickets refuses from now on the account's tickets that were issued at or before
	// until, a whole second that never moves back, and ends every live, lost and gone session
	// of the account with end. It returns the sessions that were live, as they were. An
	// account that is not there is ErrNoAccount.
	VoidTickets(ctx context.Context, app uint64, user string, until time.Time, end End) ([]Session, error)

	// EndedOf returns the sessions that have ended by a kick while node held their link,
	// and that were neither released nor forgotten since.
	EndedOf(ctx context.Context, node string) ([]Session, error)

	// LiveOf returns node's live sessions.
	LiveOf(ctx context.Context, node string) ([]Session, error)

	// ReleaseSession notes that no node holds a link of the ended session any more. The row
	// stays, so that a resume learns of the kick. It asks for no number: ended is final.
	ReleaseSession(ctx context.Context, ref Ref) error

	// ForgetSession removes an ended session: its device knows. It asks for no number.
	ForgetSession(ctx context.Context, ref Ref) error

	// LoseNode makes node's live sessions lost, and releases its ended ones. A node calls
	// it when it starts, for the links of the process before it. It returns how many
	// sessions became lost.
	LoseNode(ctx context.Context, node string, at time.Time) (int, error)

	// Reap gives the sessions up that were lost before lostBefore, and returns them as they
	// were: they are gone. And it removes the gone ones that were lost before keptBefore, and
	// the released ones that ended before it.
	Reap(ctx context.Context, lostBefore, keptBefore time.Time) ([]Session, error)

	Leases

	// Ping reports whether the store can read and write.
	Ping(ctx context.Context) error

	// Close ends the store when the changes under way are kept.
	Close() error
}

// Ref names a session as one of its links knows it. The number rises with each login
// and resume of the account, so a Ref with an old one owns nothing any more.
type Ref struct {
	App     uint64
	User    string
	Session string // 32 lower-case hex digits
	Number  int64
}

// State is what became of a session.
type State string

// The states of a session. One that logged out or expired has no row at all.
const (
	Live  State = "live"  // has a link
	Lost  State = "lost"  // its link closed without a logout: it may resume
	Gone  State = "gone"  // nobody came back in time: it may still resume if no other device took its place
	Ended State = "ended" // was kicked: its device is still to learn of it
)

// Session is one device's session, as the store keeps it.
type Session struct {
	Ref
	Login         int64 // the account's number at its login; Number is that of the last resume
	Platform      session.Platform
	Instance      string
	Attempt       Attempt // its login, or its last resume
	Node          string  // that holds its link; "" once it is lost or released
	OpenedAt      time.Time
	TicketIssued  time.Time
	TicketExpires time.Time // the last second in which the ticket is good
	Address       string    // of the client, at its login or last resume
	State         State
	LostAt        time.Time // of a lost or gone session, else zero
	Reported      bool      // of a lost or gone session: its end was told
	End           End       // of an ended session, else zero
}

// End says how a session was ended by somebody else.
type End struct {
	Reason   string           // one of wire's Kick reasons
	Platform session.Platform // of the device that came, if one did
	Instance string           // of the device that came, if one did
	At       time.Time
}

// Ending is a way in which a session ends from its own side.
type Ending string

// The ways in which a session ends from its own side.
const (
	LoggedOut  Ending = "logged_out"  // the row goes
	Expired    Ending = "expired"     // the row goes
	LinkClosed Ending = "link_closed" // a live session becomes lost; a lost one stays as it is, unreported
	LinkLost   Ending = "link_lost"   // the same, and the backend hears only when nobody comes back
	TimedOut   Ending = "timed_out"   // nobody came back: a lost session is gone, by Reap alone
)

// Opening is a login or a resume, after its ticket was found good.
type Opening struct {
	App           uint64
	User          string
	Session       string // a login's own new id, or that of the session to resume
	Resume        int64  // the number that the client has; 0 for a login
	Platform      session.Platform
	Instance      string
	Attempt       Attempt
	Node          string
	Address       string
	TicketIssued  time.Time
	TicketExpires time.Time
	At            time.Time
	RefuseKicked  bool // of a login: see step 4
	// Admit says which of the account's open sessions end. It is pure and may be called
	// more than once. Newcomer's Login is the number that the transaction took, or, of a
	// resume, that of the row.
	Admit func(live []session.Live, newcomer session.Live) []session.Live
}

// Opened is what OpenSession did.
type Opened struct {
	Session    Session
	NewAccount bool
	// Victims are the sessions that ended, as they were before: State tells which were live.
	Victims []Session
	// Superseded is the resumed session as it was before, if it was live: a link of its old
	// number may still be open on its node.
	Superseded *Session
	// Presence is what the store then knows of the account's devices.
	Presence Presence
}

// The errors of a Store that mean something to its caller.
var (
	ErrNoSession = errors.New("the session is not known")
	ErrNoAccount = errors.New("the account is not known")
)

// VoidTicketError says that the account's tickets issued until a certain second are void.
type VoidTicketError struct {
	Until time.Time
}

func (e *VoidTicketError) Error() string {
	return "tickets issued until " + e.Until.UTC().Format(time.DateTime) + " are void"
}

// EndedError says that the session to be resumed, or the last one of a login's install, was
// kicked.
type EndedError struct {
	End End
}

func (e *EndedError) Error() string { return "the session was ended: " + e.End.Reason }
