package chat

import (
	"net/netip"
	"sync"
	"time"
)

// How failed logins are counted: so many within a window, and a block follows.
const (
	failureWindow = time.Minute
	failureBlock  = time.Minute
	maxTracked    = 50_000 // pairs, and as many addresses
)

// account is a user of an app, at an address.
type account struct {
	app  uint64
	user string
	from netip.Prefix
}

// failures counts failed logins per account and address, and per address. Who guesses
// at one account from one place blocks that pair, never the account: its player's
// good ticket from elsewhere is let in.
type failures struct {
	mu        sync.Mutex
	pairs     tally[account]
	addresses tally[netip.Prefix]
}

func newFailures(perAccount, perAddress int) *failures {
	return &failures{
		pairs:     tally[account]{limit: perAccount, seen: map[account]strikes{}},
		addresses: tally[netip.Prefix]{limit: perAddress, seen: map[netip.Prefix]strikes{}},
	}
}

// blocked returns for how long logins of the user from the address are refused.
func (f *failures) blocked(app uint64, user string, address netip.Addr, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	from := Network(address)
	return max(f.pairs.blocked(account{app, user, from}, now), f.addresses.blocked(from, now))
}

// add counts a failed login.
func (f *failures) add(app uint64, user string, address netip.Addr, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from := Network(address)
	f.pairs.add(account{app, user, from}, now)
	f.addresses.add(from, now)
}

// Network is what counts as one address: of IPv6 the first 64 bits, since a single
// machine has all the rest.
func Network(address netip.Addr) netip.Prefix {
	address = address.Unmap().WithZone("")
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	prefix, _ := address.Prefix(bits) // the zero Addr gives the zero Prefix, which counts as one
	return prefix
}

// strikes are the failures of one key.
type strikes struct {
	count   int
	since   time.Time // the first of count
	blocked time.Time // until when
}

func (s strikes) stale(now time.Time) bool {
	return now.Sub(s.since) >= failureWindow && !now.Before(s.blocked)
}

// tally counts failures by key, in bounded memory.
type tally[K comparable] struct {
	limit int
	seen  map[K]strikes
	swept time.Time
}

func (t *tally[K]) blocked(key K, now time.Time) time.Duration {
	return max(0, t.seen[key].blocked.Sub(now))
}

func (t *tally[K]) add(key K, now time.Time) {
	s, known := t.seen[key]
	if !known {
		t.makeRoom(now)
	}
	if s.stale(now) {
		s = strikes{since: now}
	}
	s.count++
	if s.count >= t.limit && !now.Before(s.blocked) {
		s = strikes{since: now, blocked: now.Add(failureBlock)}
	}
	t.seen[key] = s
}

// makeRoom keeps the number of keys below maxTracked: stale ones go, looked for once a
// second at most, else any one.
func (t *tally[K]) makeRoom(now time.Time) {
	if len(t.seen) < maxTracked {
		return
	}
	if now.Sub(t.swept) >= time.Second {
		t.swept = now
		for key, s := range t.seen {
			if s.stale(now) {
				delete(t.seen, key)
			}
		}
	}
	for key := range t.seen {
		if len(t.seen) < maxTracked {
			return
		}
		delete(t.seen, key)
	}
}
