package chat

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/session"
)

// The limits of what a link may ask about statuses.
const (
	maxStatusQuery  = 500 // users of one TIMGetUserStatus
	maxCustomStatus = 512 // bytes
	statusCalls     = 20  // of each command, within statusWindow
	statusWindow    = 5 * time.Second
)

// errStatusOff answers for an app that keeps its users' statuses to themselves.
var errStatusOff = timerr.Newf(timerr.SvrAccountUserStatusDisabled, "the app's setting user_status is off")

// UserStatuses returns the statuses of users, in their order. Who has no account is like
// one who never logged in.
func (s *Service) UserStatuses(a *Attachment, users []string) ([]wire.UserStatus, error) {
	if err := checkUsers(wire.CmdGetUserStatus, users, maxStatusQuery); err != nil {
		return nil, err
	}
	for _, user := range users {
		if user != a.ref.User { // one's own is always to be had
			if err := s.mayWatch(a, wire.CmdGetUserStatus); err != nil {
				return nil, err
			}
			break
		}
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	found, err := s.seen(ctx, a.peer.App, users)
	if err != nil {
		return nil, err
	}
	statuses := make([]wire.UserStatus, len(users))
	for i, user := range users {
		statuses[i] = found[user].of(user)
	}
	return statuses, nil
}

// returnWithin is how long a device whose link was lost counts as online to other players:
// a client that mends its link is back by then, and nobody saw it go.
const returnWithin = 5 * time.Second

// seen returns the users' statuses as other players see them.
func (s *Service) seen(ctx context.Context, app uint64, users []string) (map[string]UserStatus, error) {
	presence, err := s.store.Presence(ctx, app, users)
	if err != nil {
		return nil, s.storeError("look for users", err)
	}
	now, all := time.Now(), map[string]UserStatus{}
	for user, p := range presence {
		all[user] = p.seen(now)
	}
	return all, nil
}

// seen is status, but for devices that may be back any moment. Another node's clock may
// differ a little from this one's.
func (p Presence) seen(now time.Time) UserStatus {
	var until time.Time
	for platform, at := range p.LostAt {
		if now.Sub(at).Abs() < returnWithin {
			p.Live = append(slices.Clip(p.Live), platform)
			if until.IsZero() || at.Add(returnWithin).Before(until) {
				until = at.Add(returnWithin)
			}
		}
	}
	status := p.status()
	status.Until = until
	return status
}

// SetSelfStatus sets what the session's user says of themselves, until the account goes
// offline. An empty text clears it.
func (s *Service) SetSelfStatus(a *Attachment, text string) error {
	switch {
	case len(text) > maxCustomStatus:
		return timerr.Newf(timerr.SvrAccountInvalidParameters,
			"%s: user_status_custom_status has %d bytes, at most %d are allowed", wire.CmdSetSelfStatus, len(text), maxCustomStatus)
	case strings.ContainsRune(text, 0): // PostgreSQL's text has none
		return timerr.Newf(timerr.SvrAccountInvalidParameters, "%s: user_status_custom_status holds a NUL", wire.CmdSetSelfStatus)
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	set, err := s.store.SetCustomStatus(ctx, a.ref, text)
	switch {
	case err != nil:
		return s.storeError("set a custom status", err)
	case !set:
		return timerr.Newf(timerr.SDKNotLoggedIn, "the session has ended")
	}
	s.watching.changed(a.peer.App, a.ref.User)
	return nil
}

// Watch has a's link told of the users' statuses, and returns those of the users whom it
// did not watch before. It is told of what they change to once begin has run, so that the
// caller can answer with the statuses first.
func (s *Service) Watch(a *Attachment, users []string) (statuses []wire.UserStatus, begin func(), err error) {
	const cmd = wire.CmdSubscribeUserStatus
	if err := checkUsers(cmd, users, wire.MaxWatch); err != nil {
		return nil, nil, err
	}
	for _, user := range users {
		if user == a.ref.User {
			return nil, nil, timerr.Newf(timerr.SvrAccountInvalidParameters,
				"%s: json_identifier_array holds the own user, whose changes are told anyway", cmd)
		}
	}
	if err := s.mayWatch(a, cmd); err != nil {
		return nil, nil, err
	}
	fresh := s.watching.add(a, users)
	if err := s.watching.await(s.ctx, storeTimeout); err != nil {
		s.watching.remove(a, fresh)
		return nil, nil, err
	}
	statuses = s.watching.keep(a, users, fresh)
	return statuses, func() { s.watching.begin(a, fresh) }, nil
}

// Unwatch has a's link no longer told of the users, or of nobody but its own if there are
// none.
func (s *Service) Unwatch(a *Attachment, users []string) error {
	const cmd = wire.CmdUnsubscribeUserStatus
	if len(users) > 0 {
		if err := checkUsers(cmd, users, wire.MaxWatch); err != nil {
			return err
		}
	}
	if err := s.watching.pace(a, cmd); err != nil {
		return err
	}
	if len(users) == 0 {
		users = s.watching.watchedBy(a)
	}
	s.watching.remove(a, users)
	return nil
}

// mayWatch refuses what the app's setting or the pace of a's calls does not allow.
func (s *Service) mayWatch(a *Attachment, cmd string) error {
	if app, _ := s.app(a.peer.App); app.NoUserStatus {
		return errStatusOff
	}
	return s.watching.pace(a, cmd)
}

// checkUsers refuses a list that is no 1 to limit user ids.
func checkUsers(cmd string, users []string, limit int) error {
	switch {
	case len(users) == 0:
		return timerr.Newf(timerr.SvrAccountInvalidParameters, "%s: json_identifier_array is empty", cmd)
	case len(users) > limit:
		return timerr.Newf(timerr.SvrAccountInvalidParameters,
			"%s: json_identifier_array has %d users, at most %d are allowed", cmd, len(users), limit)
	}
	for i, user := range users {
		if err := usersig.CheckUserID(user); err != nil {
			return timerr.Newf(timerr.CodeOf(err), "%s: json_identifier_array[%d]: a user id is 1 to 32 bytes of printable ASCII", cmd, i)
		}
	}
	return nil
}

// of is the status as clients see it.
func (u UserStatus) of(user string) wire.UserStatus {
	status := wire.UserStatus{User: user, Type: int(tim.UserStatusTypeUnLogined), Custom: u.Custom, Devices: []string{}}
	switch u.Status {
	case Online:
		status.Type = int(tim.UserStatusTypeOnline)
	case PushOnline:
		status.Type = int(tim.UserStatusTypeOffline)
	}
	for _, platform := range session.Platforms {
		if u.Platforms[platform] == Online {
			status.Devices = append(status.Devices, string(platform))
		}
	}
	return status
}

// pace is when the last calls of a command were made.
type pace struct {
	times [statusCalls]time.Time
	next  int // the oldest of them
}

// allow says whether one more may be made now, and notes it.
func (p *pace) allow(now time.Time) bool {
	if oldest := p.times[p.next]; !oldest.IsZero() && now.Sub(oldest) < statusWindow {
		return false
	}
	p.times[p.next] = now
	p.next = (p.next + 1) % statusCalls
	return true
}

// Notice is an event for clients, encoded once for all links that are told of it.
type Notice struct {
	Event string
	Body  any

	frame []byte
}

// Frame returns the notice as encode makes it, which the first call of all links does.
// Notices are told by one goroutine.
func (n *Notice) Frame(encode func(event string, body any) []byte) []byte {
	if n.frame == nil {
		n.frame = encode(n.Event, n.Body)
	}
	return n.frame
}
