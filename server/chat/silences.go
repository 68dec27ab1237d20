package chat

import (
	"sync"
	"time"
)

// silences are the nodes that have not answered lately. Who comes back after a crash of a node of
// 10,000 sessions asks it 10,000 times, of which the log need say no more than once.
type silences struct {
	mu    sync.Mutex
	nodes map[string]*silence
}

// silence is one node's.
type silence struct {
	said   time.Time
	unsaid int // how often it has not answered since
}

// sayAgain is for how long a node's silence is not said once more.
const sayAgain = time.Minute

// note notes that a node has not answered. It returns whether that is to be said, and how often it
// was not since the last time.
func (s *silences) note(node string, now time.Time) (say bool, unsaid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.nodes[node]
	if one != nil && now.Sub(one.said) < sayAgain {
		one.unsaid++
		return false, 0
	}
	if one != nil {
		unsaid = one.unsaid
	}
	for other, old := range s.nodes {
		if now.Sub(old.said) >= sayAgain { // a node that is started again has another name
			delete(s.nodes, other)
		}
	}
	if s.nodes == nil {
		s.nodes = map[string]*silence{}
	}
	s.nodes[node] = &silence{said: now}
	return true, unsaid
}
