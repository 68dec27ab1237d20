package chat

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// ReceiveStore keeps how users receive messages, whoever writes.
type ReceiveStore interface {
	// SetAllReceive keeps r under the account's next rev, which the answer has. An account that
	// is not there is ErrNoAccount.
	SetAllReceive(ctx context.Context, app uint64, user string, r AllReceive) (AllReceive, error)

	// AllReceive returns what was set, the zero value where nothing was.
	AllReceive(ctx context.Context, app uint64, user string) (AllReceive, error)
}

// AllReceive says when a user is not notified: each day, or once.
type AllReceive struct {
	Option   tim.ReceiveMessageOpt
	DayStart int64 // seconds of the day
	Zone     int64 // of that day, seconds east of UTC
	StartAt  int64 // UNIX seconds; 0: each day
	Duration int64 // seconds
	Rev      uint64
}

const day = 24 * 60 * 60 // seconds

// Quiet says whether the user is not to be notified at a time.
func (r AllReceive) Quiet(at time.Time) bool {
	now := at.Unix()
	switch {
	case r.Option == tim.ReceiveMessageOptReceive:
		return false
	case r.StartAt > 0:
		return now >= r.StartAt && now < r.StartAt+r.Duration
	case r.Duration >= day:
		return true
	}
	since := (now + r.Zone - r.DayStart) % day // the window's last start
	if since < 0 {
		since += day
	}
	return since < r.Duration
}

// SetAllReceive says when a's user is not notified, whoever writes, and tells all of the
// user's devices.
func (s *Service) SetAllReceive(a *Attachment, asked wire.AllReceiveOption) (wire.AllReceiveOption, error) {
	r, err := checkAllReceive(asked)
	if err != nil {
		return wire.AllReceiveOption{}, err
	}
	ctx, cancel := s.storeContext()
	defer cancel()
	r, err = s.store.SetAllReceive(ctx, a.peer.App, a.ref.User, r)
	if errors.Is(err, ErrNoAccount) {
		return wire.AllReceiveOption{}, timerr.Newf(timerr.SDKNotLoggedIn, "the account was deleted")
	}
	if err != nil {
		return wire.AllReceiveOption{}, s.messageStoreError("set a receive option", err)
	}
	set := allReceiveOf(r)
	s.tell(a.peer.App, []string{a.ref.User}, nil, wire.EventAllReceiveOption, set)
	return set, nil
}

// AllReceive returns when a's user is not notified.
func (s *Service) AllReceive(a *Attachment) (wire.AllReceiveOption, error) {
	ctx, cancel := s.storeContext()
	defer cancel()
	r, err := s.store.AllReceive(ctx, a.peer.App, a.ref.User)
	if err != nil {
		return wire.AllReceiveOption{}, s.messageStoreError("read a receive option", err)
	}
	return allReceiveOf(r), nil
}

func allReceiveOf(r AllReceive) wire.AllReceiveOption {
	return wire.AllReceiveOption{Level: int(r.Option), Hour: int(r.DayStart / 3600), Minute: int(r.DayStart / 60 % 60),
		Second: int(r.DayStart % 60), StartTime: r.StartAt, Duration: r.Duration, Zone: int(r.Zone), Rev: r.Rev}
}

// maxZone is as far as clocks anywhere go from UTC.
const maxZone = 18 * 3600

func checkAllReceive(asked wire.AllReceiveOption) (AllReceive, error) {
	option := tim.ReceiveMessageOpt(asked.Level)
	switch option {
	case tim.ReceiveMessageOptReceive, tim.ReceiveMessageOptNotNotify, tim.ReceiveMessageOptNotNotifyExceptAt:
	default:
		return AllReceive{}, badMessage("opt is %d: all messages are received (0), or received without a push (2), or with one for mentions only (3)", asked.Level)
	}
	for _, field := range []struct {
		name        string
		value, most int64
	}{
		{"start_hour", int64(asked.Hour), 23}, {"start_minute", int64(asked.Minute), 59}, {"start_second", int64(asked.Second), 59},
		{"start_time_stamp", asked.StartTime, math.MaxUint32}, {"duration", asked.Duration, math.MaxUint32},
	} {
		if field.value < 0 || field.value > field.most {
			return AllReceive{}, badMessage("%s is %d, not 0 to %d", field.name, field.value, field.most)
		}
	}
	if asked.Zone < -maxZone || asked.Zone > maxZone {
		return AllReceive{}, badMessage("utc_offset is %d, which is no offset of a clock", asked.Zone)
	}
	return AllReceive{Option: option, DayStart: int64(asked.Hour)*3600 + int64(asked.Minute)*60 + int64(asked.Second),
		Zone: int64(asked.Zone), StartAt: asked.StartTime, Duration: asked.Duration}, nil
}
