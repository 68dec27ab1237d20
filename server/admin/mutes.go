package admin

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/server/chat"
)

// What the calls about mutes refuse with codes of their own.
const (
	noMuteReader  = timerr.Code(130002) // Get_Account is missing
	badMuteReader = timerr.Code(130003) // or nobody's
	noMuted       = timerr.Code(130004) // Set_Account is missing
	badMuted      = timerr.Code(130005) // or nobody's, or a time is wrong
	noMuteTime    = timerr.Code(130008) // both times are missing
)

// mutedForEver is the number of seconds that has no end.
const mutedForEver = math.MaxUint32

// muted returns the user that a call about mutes is about.
func (c call) muted(name string, missing, wrong timerr.Code) (string, error) {
	if !c.body.get(name).Exists() {
		return "", timerr.Newf(missing, "%s is missing", name)
	}
	user, err := c.body.text(name)
	if err != nil || usersig.CheckUserID(user) != nil {
		return "", timerr.Newf(wrong, "%s is no user id", name)
	}
	return user, nil
}

// mutedUntil reads for how long a user is to be muted; nil when that is not said.
func (c call) mutedUntil(name string, now time.Time) (*time.Time, error) {
	seconds, err := c.body.number(badMuted, mutedForEver, false, name)
	if err != nil || !c.body.get(name).Exists() {
		return nil, err
	}
	var until time.Time
	switch seconds {
	case 0:
	case mutedForEver:
		until = chat.Forever
	default:
		until = now.Add(time.Duration(seconds) * time.Second)
	}
	return &until, nil
}

// setNoSpeaking mutes a user, or ends that.
func (r *rest) setNoSpeaking(ctx context.Context, c call) (any, error) {
	user, err := c.muted("Set_Account", noMuted, badMuted)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	c2c, err := c.mutedUntil("C2CmsgNospeakingTime", now)
	if err != nil {
		return nil, err
	}
	group, err := c.mutedUntil("GroupmsgNospeakingTime", now)
	if err != nil {
		return nil, err
	}
	if c2c == nil && group == nil {
		return nil, timerr.Newf(noMuteTime, "C2CmsgNospeakingTime and GroupmsgNospeakingTime are missing")
	}
	err = r.chat.MuteUser(ctx, c.app, user, c2c, group)
	if errors.Is(err, chat.ErrNoAccount) {
		err = timerr.Newf(badMuted, "Set_Account: there is no user %q", user)
	}
	return ok(), err
}

type mutedFor struct {
	result
	C2C   int64 `json:"C2CmsgNospeakingTime"`
	Group int64 `json:"GroupmsgNospeakingTime"`
}

// getNoSpeaking says for how many seconds more a user is muted.
func (r *rest) getNoSpeaking(ctx context.Context, c call) (any, error) {
	user, err := c.muted("Get_Account", noMuteReader, badMuteReader)
	if err != nil {
		return nil, err
	}
	mute, err := r.chat.MuteOf(ctx, c.app, user)
	if errors.Is(err, chat.ErrNoAccount) {
		err = timerr.Newf(badMuteReader, "Get_Account: there is no user %q", user)
	}
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return mutedFor{ok(), secondsLeft(mute.C2C, now), secondsLeft(mute.Group, now)}, nil
}

// secondsLeft counts a second that has begun.
func secondsLeft(until, now time.Time) int64 {
	if until.Equal(chat.Forever) {
		return mutedForEver
	}
	return int64(max(0, until.Sub(now)+time.Second-1) / time.Second)
}
