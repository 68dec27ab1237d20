package chat

import (
	"context"
	"sync"
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// MuteStore keeps who may not send.
type MuteStore interface {
	// SetMute says until when a user may not send to other users and to groups; nil leaves
	// it as it is.
	SetMute(ctx context.Context, app uint64, user string, c2c, group *time.Time) error

	// Mute returns what was set, the zero value where nothing was.
	Mute(ctx context.Context, app uint64, user string) (Mute, error)
}

// Mute says until when a user may not send. A time that has gone by mutes nobody.
type Mute struct {
	C2C, Group time.Time
}

// Forever is the end of a mute that has none.
var Forever = time.Unix(1<<40, 0).UTC()

// senderMuted is the code of a one-to-one message by somebody who is muted.
const senderMuted timerr.Code = 20012

// eventMuted tells the nodes where a user has links that the user's mute is another one. No
// link is told.
const eventMuted = "muted"

// mutes remembers for a while who may send, so that a message costs no look at it. Who sends
// has a link, so the node hears of a change by the user's own events; what the bus has lost is
// forgotten soon.
type mutes struct {
	mu    sync.Mutex
	known map[userKey]knownMute
	round int // of what was forgotten
}

type knownMute struct {
	Mute
	until time.Time
}

const mutesFor = 20 * time.Second

func (m *mutes) get(key userKey) (mute Mute, known bool, round int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	one, known := m.known[key]
	return one.Mute, known && time.Now().Before(one.until), m.round
}

// put remembers what was read in a round, unless something was forgotten since.
func (m *mutes) put(key userKey, mute Mute, round int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if round != m.round {
		return
	}
	if m.known == nil || len(m.known) >= maxProfiles {
		m.known = map[userKey]knownMute{}
	}
	m.known[key] = knownMute{mute, time.Now().Add(mutesFor)}
}

func (m *mutes) forget(key userKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.round++
	delete(m.known, key)
}

// muted returns the code's error for a sender who may not send in a conversation.
func (s *Service) muted(ctx context.Context, conv Conv, sender string) error {
	key := userKey{conv.App, sender}
	mute, known, round := s.mutes.get(key)
	if !known {
		var err error
		if mute, err = s.store.Mute(ctx, conv.App, sender); err != nil {
			return s.messageStoreError("look whether a sender is muted", err)
		}
		s.mutes.put(key, mute, round)
	}
	until, code := mute.Group, timerr.SvrGroupShutupDeny
	if conv.Type == tim.ConvTypeC2C {
		until, code = mute.C2C, senderMuted
	}
	switch {
	case !time.Now().Before(until):
		return nil
	case until.Equal(Forever):
		return timerr.Newf(code, "you are muted")
	}
	return timerr.Newf(code, "you are muted until %s UTC", until.UTC().Format(time.DateTime))
}

// MuteUser says until when a user may not send; nil leaves it as it is. From the answer on
// every node that can be told knows.
func (s *Service) MuteUser(ctx context.Context, app uint64, user string, c2c, group *time.Time) error {
	_, known, err := s.profileOf(ctx, app, user)
	switch {
	case err != nil:
		return err
	case !known:
		return ErrNoAccount
	}
	if err := s.store.SetMute(ctx, app, user, c2c, group); err != nil {
		return s.storeError("mute a user", err)
	}
	key := userKey{app, user}
	s.mutes.forget(key)
	if s.cfg.Shared != nil {
		s.publishEvent(key, s.encodeForBus(eventMuted, nil))
	}
	return nil
}

// MuteOf returns until when a user may not send.
func (s *Service) MuteOf(ctx context.Context, app uint64, user string) (Mute, error) {
	_, known, err := s.profileOf(ctx, app, user)
	switch {
	case err != nil:
		return Mute{}, err
	case !known:
		return Mute{}, ErrNoAccount
	}
	mute, err := s.store.Mute(ctx, app, user)
	if err != nil {
		return Mute{}, s.storeError("read a mute", err)
	}
	return mute, nil
}
