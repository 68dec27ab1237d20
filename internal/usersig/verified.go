package usersig

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"sync"
	"time"
)

// Verified verifies tickets, and remembers those that were good: a client that comes back brings the ticket
// that it had, and a backend the same one with each of its calls. To find one again costs a hash instead of
// an inflated document and its signature.
//
// It keeps no ticket, but a hash of it together with who brought it and the key: what was signed with
// another key, or is brought for another user or app, is verified anew. It remembers the last max tickets
// at least, and twice as many at most. Its methods may be called at the same time.
type Verified struct {
	max int

	mu     sync.Mutex
	young  map[fingerprint]Ticket
	former map[fingerprint]Ticket // what young was when it was full
}

type fingerprint [sha256.Size]byte

// NewVerified returns one that remembers nothing yet.
func NewVerified(max int) *Verified {
	return &Verified{max: max, young: map[fingerprint]Ticket{}}
}

// Verify does what the function Verify does.
func (v *Verified) Verify(token string, app uint64, user string, now time.Time, keys Keys) (Ticket, error) {
	key, known := keys(app)
	sum := fingerprintOf(token, app, user, key)
	if ticket, good := v.find(sum); known && good && (signed{Ticket: ticket}).checkExpiry(now) == nil {
		return ticket, nil
	}
	ticket, err := Verify(token, app, user, now, func(uint64) ([]byte, bool) { return key, known })
	if err == nil && ticket.UserBuf == nil { // which could be long
		ticket.User = strings.Clone(ticket.User) // out of what may hold all of the ticket
		v.keep(sum, ticket)
	}
	return ticket, err
}

// fingerprintOf is another one wherever anything differs: what could be confused has its length before it.
func fingerprintOf(token string, app uint64, user string, key []byte) fingerprint {
	text := make([]byte, 0, 1024)
	text = binary.AppendUvarint(text, app)
	text = binary.AppendUvarint(text, uint64(len(key)))
	text = append(text, key...)
	text = binary.AppendUvarint(text, uint64(len(user)))
	text = append(text, user...)
	return sha256.Sum256(append(text, token...))
}

func (v *Verified) find(sum fingerprint) (ticket Ticket, good bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if ticket, good = v.young[sum]; good {
		return ticket, true
	}
	if ticket, good = v.former[sum]; good {
		v.remember(sum, ticket) // it is in use
	}
	return ticket, good
}

func (v *Verified) keep(sum fingerprint, ticket Ticket) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.remember(sum, ticket)
}

// remember is called under the lock.
func (v *Verified) remember(sum fingerprint, ticket Ticket) {
	if len(v.young) >= v.max {
		v.young, v.former = map[fingerprint]Ticket{}, v.young
	}
	v.young[sum] = ticket
}
