package bench

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/banter-im/banter/internal/usersig"
)

// ticketLife is longer than any run.
const ticketLife = 2 * maxDuration

// tickets signs the users' tickets, each once: signing costs about as much as a login, and
// must not be measured with it.
type tickets struct {
	cfg    Config
	mu     sync.Mutex
	signed map[int]string
}

func newTickets(cfg Config) *tickets { return &tickets{cfg: cfg, signed: map[int]string{}} }

// of returns the ticket of the n-th user.
func (t *tickets) of(n int) string {
	t.mu.Lock()
	ticket, ok := t.signed[n]
	t.mu.Unlock()
	if ok {
		return ticket
	}
	ticket = usersig.Sign(t.cfg.AppID, t.cfg.Key, t.cfg.user(n), time.Now(), ticketLife, nil)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.signed[n] = ticket
	return ticket
}

// prepare signs the tickets of the first users ahead.
func (t *tickets) prepare(users int) {
	var next atomic.Int64
	var signers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		signers.Go(func() {
			for n := int(next.Add(1)) - 1; n < users; n = int(next.Add(1)) - 1 {
				t.of(n)
			}
		})
	}
	signers.Wait()
}
