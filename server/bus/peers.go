package bus

import (
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Every end of a bus on NATS tells the others from time to time that it is there. So
// each knows whom a fence has to wait for, and sees when servers that lost each other
// have met again, which no connection of its own tells it.
const endsSubject = "banter.bus.ends"

// silentFor is for how many announcements a peer may be silent before it is forgotten.
const silentFor = 3

// note is what ends tell each other.
type note struct {
	End   string `json:"end"`
	Count uint64 `json:"count,omitempty"` // of announcements before this one; a gap: some were lost
	Gone  bool   `json:"gone,omitempty"`
	Round uint64 `json:"round,omitempty"` // of a fence
}

func readNote(m *nats.Msg) (note, bool) {
	var read note
	err := json.Unmarshal(m.Data, &read)
	return read, err == nil && read.End != ""
}

// peers are the other ends that were heard of lately.
type peers struct {
	mu sync.Mutex
	of map[string]peer
}

type peer struct {
	count uint64
	heard time.Time
}

// hear notes an announcement. Stranger is whether the end was not known, and missed
// whether something that it published may not have come here.
func (p *peers) hear(said note, now time.Time) (stranger, missed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.of[said.End]
	if said.Gone {
		delete(p.of, said.End)
		return false, false
	}
	if p.of == nil {
		p.of = map[string]peer{}
	}
	p.of[said.End] = peer{said.Count, now}
	if !ok {
		return true, said.Count > 0
	}
	return false, said.Count > known.count+1
}

func (p *peers) forget(end string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.of, end)
}

// expire forgets those that were not heard since.
func (p *peers) expire(since time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.of, func(_ string, known peer) bool { return known.heard.Before(since) })
}

// ids returns a set of the ends.
func (p *peers) ids() map[string]struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := make(map[string]struct{}, len(p.of))
	for id := range p.of {
		ids[id] = struct{}{}
	}
	return ids
}

// hear takes an announcement of another end. A stranger has not heard of this one either.
func (n *NATS) hear(m *nats.Msg) {
	said, ok := readNote(m)
	if !ok {
		return
	}
	stranger, missed := n.peers.hear(said, time.Now())
	if stranger {
		n.log.Info("bus: another node is there", "peers", n.Peers())
		n.soon()
	}
	if missed {
		n.lost()
	}
}

// soon asks for an announcement before its time.
func (n *NATS) soon() {
	select {
	case n.announceSoon <- struct{}{}:
	default: // one is asked for
	}
}

func (n *NATS) announceForEver() {
	ticker := time.NewTicker(n.announceEvery)
	defer ticker.Stop()
	for count := uint64(0); ; count++ {
		n.tell(note{End: n.id, Count: count})
		select {
		case <-n.ctx.Done():
			return
		case <-ticker.C:
			n.peers.expire(time.Now().Add(-silentFor * n.announceEvery))
		case <-n.announceSoon:
		}
		if n.conn.IsConnected() && n.away.Swap(false) {
			count++ // a gap, for what was published meanwhile has not come to others
			n.fences.wait()
			n.lost()
		}
	}
}

// tell publishes said to all ends. One that is lost is followed by another.
func (n *NATS) tell(said note) {
	body, err := json.Marshal(said)
	if err == nil {
		err = n.conn.Publish(endsSubject, body)
	}
	if err != nil {
		n.log.Debug("bus: an announcement was lost", "error", err)
	}
}
