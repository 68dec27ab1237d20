package core

import (
	"errors"
	"time"

	"github.com/banter-im/banter/core/transport"
)

// dial dials at once, unless there is a link or one is on its way.
func (s session) dial() (session, []effect) {
	if s.link == dialing || s.link == linkUp {
		return s, nil
	}
	s.link, s.sent = dialing, s.in == nil && s.pending != nil
	return s, []effect{notify{Connecting, nil}, dial{}}
}

// first is what a new link begins with, and what use sends otherwise: the resume of who is in, or
// the login in flight.
func (s session) first() opener {
	switch {
	case s.in != nil:
		return resume{s.in}
	case s.pending != nil:
		return send{s.pending}
	}
	return nil
}

// use puts a new link to use: it resumes who is in, or sends the login in flight.
func (s session) use() (session, []effect) {
	s.link, s.active, s.sent, s.failure = linkUp, false, false, nil
	do := []effect{notify{Connected, nil}}
	switch {
	case s.in != nil:
		return s, append(do, resume{s.in})
	case s.pending != nil:
		return s.sendPending(do)
	case s.leaving != nil: // the link has begun with their login
		s.sent = true
		return s, append(do, logOut{})
	}
	return s, do
}

// fail is a dial that failed. It ends nothing that another try may still bring about.
func (s session) fail(err error) (session, []effect) {
	s.link, s.sent, s.failure = noLink, false, err
	do := []effect{notify{ConnectFailed, err}}
	if s.leaving != nil && s.in == nil { // the login that was to end has not come about
		next, more := s.left()
		return next, append(do, more...)
	}
	if errors.Is(err, transport.ErrPermanent) {
		next, more := s.shutOut(err)
		return next, append(do, more...)
	}
	return s.again(do, 0)
}

// lose is a link that was lost, or that is no good: the session and a login in flight go
// on, on the next one, which is not dialled before after.
func (s session) lose(err error, after time.Duration) (session, []effect) {
	if s.leaving != nil && s.sent {
		return s.left() // which is what the logout asked for
	}
	s.link, s.active, s.sent, s.failure = noLink, false, false, err
	return s.again([]effect{hangUp{}, notify{Disconnected, err}}, after)
}

// lasts is how long a link that was good is there at least. After one that was not, the wait
// for the next grows, though the server took the session up each time.
const lasts = 5 * time.Second

// since begins to count dials anew when the link that was lost had lasted.
func (s session) since(lasted bool) session {
	if lasted {
		s.tries = 0
	}
	return s
}

// turnAway leaves a server that nobody is logged in at, so that the next login reaches
// another one. The game need not hear of it: its login was answered.
func (s session) turnAway() (session, []effect) {
	if s.wanted() || s.link != linkUp {
		return s, nil
	}
	return session{}, []effect{elsewhere{}, hangUp{}}
}

// again has the next dial made in its time, if a link is wanted.
func (s session) again(do []effect, after time.Duration) (session, []effect) {
	if !s.wanted() {
		return s, do
	}
	do = append(do, redial{tries: s.tries, spread: s.in != nil, after: after})
	s.link = waiting
	s.tries++
	return s, do
}
