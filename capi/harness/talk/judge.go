package talk

import "fmt"

// Seen is a message as it is found at a quiet point.
type Seen struct {
	Key, From, Text string // without a text it was recalled
	Recalled        bool
}

// Truth is what the server has of a side.
type Truth struct {
	Messages []Seen // the oldest first
	Unread   int
}

// Judge holds what the server has of all sides, at a quiet point, to what may be true of
// them, returns what is wrong, and takes the rest for certain from then on.
func (m *Model) Judge(truths map[Side]Truth) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	j := &judge{m: m, seen: map[Side]map[*Message]bool{}}
	for side, truth := range truths {
		j.side(side, truth)
	}
	for side, truth := range truths {
		j.missing(side)
		j.unread(side, truth)
	}
	for _, one := range m.all {
		if one.exists == unknown {
			one.exists = no
		}
		if one.recalled == unknown {
			one.recalled = no // else it was seen
		}
	}
	clear(m.clears)
	clear(m.reads)
	return j.wrongs
}

type judge struct {
	m      *Model
	seen   map[Side]map[*Message]bool
	wrongs []string
}

func (j *judge) wrong(side Side, format string, args ...any) {
	j.wrongs = append(j.wrongs, fmt.Sprintf("%s with %s: ", side.User, side.Peer)+fmt.Sprintf(format, args...))
}

// side looks at each message that is there.
func (j *judge) side(side Side, truth Truth) {
	seen := map[*Message]bool{}
	j.seen[side] = seen
	var latest *Message // of those before, the one that was begun last
	for _, s := range truth.Messages {
		one := j.m.find(s.Key, s.Text)
		switch {
		case one == nil:
			j.wrong(side, "nobody sent %+v", s)
			continue
		case seen[one]:
			j.wrong(side, "%+v is there twice", s)
			continue
		case one.From != s.From || (one.From != side.User && one.To != side.User) || (one.From != side.Peer && one.To != side.Peer):
			j.wrong(side, "%+v was sent by %s to %s", s, one.From, one.To)
			continue
		case one.exists == no:
			j.wrong(side, "%+v was not there at a quiet point before", s)
		case one.Key != "" && one.Key != s.Key:
			j.wrong(side, "%+v was %s", s, one.Key)
		}
		seen[one] = true
		j.m.name(one, s.Key)
		one.exists = yes
		if latest != nil && one.kept != 0 && one.kept < latest.begun {
			j.wrong(side, "%+v was acknowledged before message %d was sent, and comes after it", s, latest.Number)
		}
		if latest == nil || one.begun > latest.begun {
			latest = one
		}
		if j.m.gone(side, one) == yes {
			j.wrong(side, "%+v was deleted", s)
		}
		j.content(side, one, s)
	}
}

// content holds what a message says to what it may say.
func (j *judge) content(side Side, one *Message, s Seen) {
	if s.Recalled {
		if one.recalled == no {
			j.wrong(side, "nobody recalled %+v", s)
		}
		one.recalled = yes
		return
	}
	if one.recalled == yes {
		j.wrong(side, "%+v was recalled", s)
	}
	one.recalled = no
	may := s.Text == one.text
	for _, text := range one.perhaps {
		may = may || s.Text == text
	}
	if !may {
		j.wrong(side, "message %d says %q, it may say %q or %q", one.Number, s.Text, one.text, one.perhaps)
	}
	one.text, one.perhaps = s.Text, nil
}

// gone is whether a user has deleted a message, alone or with all others.
func (m *Model) gone(side Side, one *Message) maybe {
	is := one.views[side.User].gone
	for _, s := range m.clears[side] {
		is = within(is, s, one)
	}
	return is
}

// within is what is true of a message after something concerned all that were there.
func within(is maybe, s *span, one *Message) maybe {
	switch {
	case is == yes || s.done && one.kept != 0 && one.kept < s.begin:
		return yes
	case s.done && s.end < one.begun:
		return is
	}
	return unknown
}

// missing looks for messages that are not there.
func (j *judge) missing(side Side) {
	for _, one := range j.m.all {
		view := one.views[side.User]
		if view == nil || (one.From != side.Peer && one.To != side.Peer) {
			continue
		}
		switch is := j.m.gone(side, one); {
		case j.seen[side][one]:
			view.gone = no
		case one.exists == yes && is == no:
			j.wrong(side, "message %d is not there", one.Number)
			view.gone = yes
		case one.exists == yes:
			view.gone = yes
		}
	}
}

// unread holds the number of unread messages to what may be true. Which they are follows
// from it: those that came last.
func (j *judge) unread(side Side, truth Truth) {
	var may []*Message // the newest first
	least, most := 0, 0
	for i := len(truth.Messages) - 1; i >= 0; i-- {
		s := truth.Messages[i]
		one := j.m.find(s.Key, s.Text)
		if one == nil || one.From == side.User || s.Recalled {
			continue
		}
		is := one.views[side.User].read
		for _, s := range j.m.reads[side] {
			is = within(is, s, one)
		}
		for _, s := range j.m.clears[side] { // which read as well
			is = within(is, s, one)
		}
		if is == no {
			least++
		}
		if is != yes {
			most++
		}
		may = append(may, one)
	}
	if truth.Unread < least || truth.Unread > most {
		j.wrong(side, "%d are unread, it should be %d to %d", truth.Unread, least, most)
	}
	for i, one := range may {
		one.views[side.User].read = known(i >= truth.Unread)
	}
}

// SettlePin takes what all devices of a user say of a pin for certain, or says that it is wrong.
func (m *Model) SettlePin(side Side, pinned bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.pinOf(side)
	m.pins[side] = known(pinned)
	if was != unknown && was != known(pinned) {
		return fmt.Errorf("%s with %s: pinned is %v, it should be %v", side.User, side.Peer, pinned, was == yes)
	}
	return nil
}

// Due returns the messages of a side that a device must have been told of which was there,
// or came back, from a moment on: those of others, and those of its user's other devices.
func (m *Model) Due(side Side, from int64, truth Truth) (due []*Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range truth.Messages {
		one := m.find(s.Key, s.Text)
		if one != nil && !s.Recalled && one.begun > from {
			due = append(due, one)
		}
	}
	return due
}

// Has says whether a user has a message for certain.
func (m *Model) Has(user string, one *Message) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return one != nil && one.exists == yes && one.views[user].gone == no
}
