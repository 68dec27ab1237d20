package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/session"
)

// AccountStore is what a Store does with accounts.
type AccountStore interface {
	// ImportAccounts makes the accounts that are not there. Those that are stay as they are.
	ImportAccounts(ctx context.Context, app uint64, accounts []NewAccount, at time.Time) error

	// KnownAccounts returns which of the users have an account.
	KnownAccounts(ctx context.Context, app uint64, users []string) (map[string]bool, error)

	// VoidUntil returns until which second the user's tickets are void, or zero.
	VoidUntil(ctx context.Context, app uint64, user string) (time.Time, error)

	// DeleteAccount does what VoidTickets does, and forgets the account. A later login or
	// import makes it anew; its number goes on, and its tickets stay void.
	DeleteAccount(ctx context.Context, app uint64, user string, until time.Time, end End) ([]Session, error)

	// Presence returns what is known of the users' devices. Users without an account are
	// left out.
	Presence(ctx context.Context, app uint64, users []string) (map[string]Presence, error)

	// SetCustomStatus keeps what a user says of themselves, if the session has that number
	// and is live, and reports whether it did. A login that finds no live session of the
	// account clears it.
	SetCustomStatus(ctx context.Context, ref Ref, text string) (bool, error)
}

// NewAccount is an account to be made.
type NewAccount struct {
	User, Nick, FaceURL string
}

// Presence is what a store knows of an account's devices.
type Presence struct {
	Live []session.Platform
	Lost []session.Platform // of lost and gone sessions
	// LostAt is when the last one of a platform was lost.
	LostAt map[session.Platform]time.Time
	Custom string // as SetCustomStatus left it
}

// Add notes a session that has not ended, and when it was lost, if it was.
func (p *Presence) Add(platform session.Platform, state State, lostAt time.Time) {
	if state == Live {
		p.Live = append(p.Live, platform)
		return
	}
	p.Lost = append(p.Lost, platform)
	if p.LostAt == nil {
		p.LostAt = map[session.Platform]time.Time{}
	}
	if lostAt.After(p.LostAt[platform]) {
		p.LostAt[platform] = lostAt
	}
}

// Status is a user's status, or that of the user's devices of one platform.
type Status string

// The statuses.
const (
	Online     Status = "Online"     // has a link
	PushOnline Status = "PushOnline" // a mobile device went without a logout, and its place is still its own
	Offline    Status = "Offline"
)

// UserStatus is a user's status in whole and by platform. A platform that is offline is
// not there.
type UserStatus struct {
	Status    Status
	Platforms map[session.Platform]Status
	Custom    string    // what the user says of themselves, while online
	Until     time.Time // of one that players see: it may change by itself then; else zero
}

// VerifyAdmin checks the ticket of somebody who wants to act as an administrator.
func (s *Service) VerifyAdmin(ctx context.Context, app uint64, user, sig string) error {
	a, known := s.app(app)
	if !known {
		return timerr.Newf(timerr.SvrCommInvalidSDKAppID, "the server has no app %d", app)
	}
	ticket, err := s.tickets.Verify(sig, app, user, time.Now(), s.key)
	if err != nil {
		s.log.Info("an administrator's ticket was refused", "app", app, "user", user,
			"check", usersig.FailedCheck(err), "code", timerr.CodeOf(err))
		return err
	}
	if !slices.Contains(a.Admins, user) {
		return timerr.Newf(timerr.SvrCommIDNotAdmin, "%q is no administrator of app %d", user, app)
	}
	until, err := s.store.VoidUntil(ctx, app, user)
	if err != nil {
		return s.storeError("look up void tickets", err)
	}
	if !until.IsZero() && ticket.Issued <= until.Unix() {
		return timerr.Newf(timerr.SvrAccountInvalidUserSig,
			"tickets of this user issued until %s UTC are void", clock(until))
	}
	return nil
}

// ImportAccounts makes the accounts that are not there. Every user id must be good.
func (s *Service) ImportAccounts(ctx context.Context, app uint64, accounts []NewAccount) error {
	for _, a := range accounts {
		if err := usersig.CheckUserID(a.User); err != nil {
			return err
		}
	}
	if err := s.store.ImportAccounts(ctx, app, accounts, time.Now()); err != nil {
		return s.storeError("import accounts", err)
	}
	return nil
}

// KnownAccounts returns which of the users have an account.
func (s *Service) KnownAccounts(ctx context.Context, app uint64, users []string) (map[string]bool, error) {
	known, err := s.store.KnownAccounts(ctx, app, users)
	if err != nil {
		return nil, s.storeError("look for accounts", err)
	}
	return known, nil
}

// DeleteAccounts forgets the accounts: their sessions end and their tickets are void, as
// after KickAccount. It returns when a new ticket is good, and for each user what went
// wrong.
func (s *Service) DeleteAccounts(ctx context.Context, app uint64, users []string) ([]error, error) {
	results := make([]error, len(users))
	known, _ := s.app(app)
	var until time.Time
	for i, user := range users {
		if slices.Contains(known.Admins, user) {
			results[i] = timerr.Newf(timerr.SvrAccountInvalidParameters, "an administrator cannot be deleted")
			continue
		}
		ended := End{Reason: wire.KickAccountDeleted, At: time.Now().Truncate(time.Millisecond)}
		second := ended.At.Truncate(time.Second)
		live, err := s.store.DeleteAccount(ctx, app, user, second, ended)
		if errors.Is(err, ErrNoAccount) {
			results[i] = err
			continue
		}
		if err != nil {
			return nil, s.storeError("delete an account", err)
		}
		until = second
		s.profiles.forget(userKey{app, user})
		s.watching.changed(app, user)
		for _, victim := range live {
			s.kick(victim, ended)
		}
	}
	if until.IsZero() {
		return results, nil
	}
	return results, awaitEnd(ctx, until)
}

// awaitEnd returns when a second is over.
func awaitEnd(ctx context.Context, second time.Time) error {
	select {
	case <-time.After(time.Until(second.Add(time.Second))):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// StatusOf returns the statuses of those of the users who have an account.
func (s *Service) StatusOf(ctx context.Context, app uint64, users []string) (map[string]UserStatus, error) {
	presence, err := s.store.Presence(ctx, app, users)
	if err != nil {
		return nil, s.storeError("look for users", err)
	}
	all := map[string]UserStatus{}
	for user, p := range presence {
		all[user] = p.status()
	}
	return all, nil
}

func (p Presence) status() UserStatus {
	status := UserStatus{Status: Offline, Platforms: map[session.Platform]Status{}}
	for _, lost := range p.Lost {
		if lost.Mobile() {
			status.add(lost, PushOnline)
		}
	}
	for _, live := range p.Live {
		status.add(live, Online)
	}
	if status.Status == Online {
		status.Custom = p.Custom
	}
	return status
}

// add notes a platform's status; what is added later is stronger.
func (u *UserStatus) add(platform session.Platform, status Status) {
	u.Status = status
	u.Platforms[platform] = status
}
