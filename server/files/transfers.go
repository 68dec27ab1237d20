package files

import "sync"

// transfers counts requests, so that nobody's crowd out the others'.
type transfers struct {
	mu         sync.Mutex
	all, most  int
	byUser     map[who]int
	mostByUser int
	closed     bool
}

// who is the user that a token was given to.
type who struct {
	app  uint64
	user string
}

func (t *transfers) init(most, mostByUser int) {
	t.byUser, t.most, t.mostByUser = map[who]int{}, most, mostByUser
}

// enter counts a request of w, or reports why there is no room for it.
func (t *transfers) enter(w who) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return errShutsDown
	case t.byUser[w] >= t.mostByUser:
		return errTooMany("you have %d requests for files under way, which is the most", t.mostByUser)
	case t.all >= t.most:
		return errBusy
	}
	t.all++
	t.byUser[w]++
	return nil
}

func (t *transfers) leave(w who) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	if t.byUser[w]--; t.byUser[w] == 0 {
		delete(t.byUser, w)
	}
}

func (t *transfers) shut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
}
