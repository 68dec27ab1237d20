package chat

import (
	"context"
	"sync"
	"time"

	"github.com/banter-im/banter/internal/wire"
)

// profiles remembers accounts for a while, so that a message costs no look at the accounts
// of its sender and receiver. An account that another node deletes is remembered until then.
type profiles struct {
	mu    sync.Mutex
	known map[userKey]profile
}

type profile struct {
	wire.SenderProfile
	until time.Time
}

const (
	profilesFor = time.Minute
	maxProfiles = 50_000
)

func (p *profiles) init() { p.known = map[userKey]profile{} }

func (p *profiles) get(key userKey) (wire.SenderProfile, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, known := p.known[key]
	return one.SenderProfile, known && time.Now().Before(one.until)
}

func (p *profiles) put(key userKey, one wire.SenderProfile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= maxProfiles {
		clear(p.known)
	}
	p.known[key] = profile{one, time.Now().Add(profilesFor)}
}

func (p *profiles) forget(key userKey) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.known, key)
}

// profileOf returns what is known of a user, and whether there is such an account.
func (s *Service) profileOf(ctx context.Context, app uint64, user string) (wire.SenderProfile, bool, error) {
	key := userKey{app, user}
	if one, known := s.profiles.get(key); known {
		return one, true, nil
	}
	found, err := s.store.Profiles(ctx, app, []string{user})
	if err != nil {
		return wire.SenderProfile{}, false, s.storeError("look for an account", err)
	}
	account, known := found[user]
	one := wire.SenderProfile{User: user, Nick: account.Nick, FaceURL: account.FaceURL}
	if known {
		s.profiles.put(key, one)
	}
	return one, known, nil
}
