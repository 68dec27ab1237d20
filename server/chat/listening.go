package chat

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/banter-im/banter/internal/jsontext"
	"github.com/banter-im/banter/internal/wire"
)

// listening knows the links of this node by their users, to give them events. Of a user who
// has a link here it hears on the bus what other nodes tell, if there are others.
type listening struct {
	alone chan struct{} // closed, if there are no other nodes: every listener's ready

	mu     sync.Mutex
	users  map[userKey]*listener
	missed map[userKey]struct{} // whom the other nodes could not be told of
	flood  bool                 // those were too many
}

type listener struct {
	links []*Attachment // those of one user's devices: few
	ready chan struct{} // closed: the bus brings what others tell
	news  Subscription  // nil: there are no other nodes, or none can be heard
}

// busEvent is what nodes tell each other: an event for a user's devices.
type busEvent struct {
	Node  string          `json:"node"`
	Event string          `json:"event"`
	Body  json.RawMessage `json:"body,omitempty"`
}

// AppendTo writes the event as encoding/json would.
func (e busEvent) AppendTo(text []byte) []byte {
	o := jsontext.Begin(text)
	o.String("node", e.Node)
	o.String("event", e.Event)
	if len(e.Body) > 0 {
		o.JSON("body", e.Body)
	}
	return o.End()
}

const (
	publishTimeout = time.Second
	maxMissed      = 10_000
)

func (l *listening) init(alone bool) {
	if alone {
		l.alone = make(chan struct{})
		close(l.alone)
	}
	l.users, l.missed = map[userKey]*listener{}, map[userKey]struct{}{}
}

// Listen gives a's link the events of its user from now on. What was committed before it
// returns, the client finds by asking; what is committed later, it is told.
func (s *Service) Listen(a *Attachment) {
	key := userKey{a.peer.App, a.ref.User}
	one, first := s.listening.add(key, a)
	if first {
		s.subscribe(key, one)
	}
	<-one.ready
}

func (l *listening) add(key userKey, a *Attachment) (one *listener, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one = l.users[key]
	if one == nil {
		one, first = &listener{ready: l.alone}, true
		if one.ready == nil {
			one.ready = make(chan struct{})
		}
		l.users[key] = one
	}
	if !slices.Contains(one.links, a) { // a fresh ticket has it listen again
		one.links = append(one.links, a)
	}
	return one, first
}

// subscribe listens to what other nodes tell a user. When the bus is closed, so is the node.
func (s *Service) subscribe(key userKey, one *listener) {
	if s.cfg.Shared == nil {
		return
	}
	defer close(one.ready)
	news, err := s.bus.Subscribe(UserSubject(key.app, key.user), Receiver{
		Message: func(body []byte) { s.hear(key, body) },
		Lagged:  func() { s.tellHere(key, nil, &Notice{Event: wire.EventSync}) },
	})
	if err != nil {
		s.log.Warn("a user's events cannot be heard on the bus", "error", err)
		return
	}
	one.news = news
}

// unlisten ends what Listen began.
func (s *Service) unlisten(a *Attachment) {
	key := userKey{a.peer.App, a.ref.User}
	one := s.listening.remove(key, a)
	if one == nil {
		return
	}
	<-one.ready
	if one.news != nil {
		one.news.Close()
	}
}

// remove returns the listener if a was the last of its links.
func (l *listening) remove(key userKey, a *Attachment) *listener {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.users[key]
	if one == nil {
		return nil
	}
	if i := slices.Index(one.links, a); i >= 0 {
		one.links = slices.Delete(one.links, i, i+1)
	}
	if len(one.links) > 0 {
		return nil
	}
	delete(l.users, key)
	return one
}

func (l *listening) links(key userKey, except *Attachment) (links []Link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.users[key]; one != nil {
		for _, a := range one.links {
			if a != except {
				links = append(links, a.link)
			}
		}
	}
	return links
}

func (s *Service) tellHere(key userKey, except *Attachment, notice *Notice) {
	for _, link := range s.listening.links(key, except) {
		link.Tell(notice)
	}
}

// hear takes an event from the bus. Its own this node has told already.
func (s *Service) hear(key userKey, body []byte) {
	var event busEvent
	if err := json.Unmarshal(body, &event); err != nil {
		s.log.Warn("an event on the bus cannot be read", "error", err)
		return
	}
	if event.Node == s.cfg.Node {
		return
	}
	if event.Event == eventMuted || event.Event == wire.EventSync {
		s.mutes.forget(key)
	}
	if event.Event == eventMuted {
		return
	}
	notice := &Notice{Event: event.Event}
	if event.Body != nil {
		notice.Body = event.Body
	}
	s.tellHere(key, nil, notice)
}

// tell gives an event to all devices of the users but one, wherever they are. It is encoded
// once.
func (s *Service) tell(app uint64, users []string, except *Attachment, event string, body any) {
	notice := &Notice{Event: event, Body: body}
	var encoded []byte
	for _, user := range users {
		key := userKey{app, user}
		s.tellHere(key, except, notice)
		if s.cfg.Shared == nil {
			continue
		}
		if encoded == nil {
			if encoded = s.encodeForBus(event, body); encoded == nil {
				return
			}
		}
		s.publishEvent(key, encoded)
	}
}

func (s *Service) encodeForBus(event string, body any) []byte {
	raw, err := wire.Encode(body)
	if err == nil && body == nil {
		raw = nil
	}
	if err == nil {
		raw, err = wire.Encode(busEvent{Node: s.cfg.Node, Event: event, Body: raw})
	}
	if err != nil {
		s.log.Error("encode an event", "event", event, "error", err)
		return nil
	}
	return raw
}

func (s *Service) publishEvent(key userKey, encoded []byte) {
	ctx, cancel := context.WithTimeout(s.ctx, publishTimeout)
	defer cancel()
	if err := s.bus.Publish(ctx, UserSubject(key.app, key.user), encoded); err != nil {
		s.log.Debug("other nodes were not told of an event", "error", err)
		s.listening.miss(key)
	}
}

// miss notes that other nodes know nothing of an event.
func (l *listening) miss(key userKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flood {
		return
	}
	if l.missed[key] = struct{}{}; len(l.missed) > maxMissed {
		clear(l.missed)
		l.flood = true
	}
}

// MissedSubject is where a node says that it could not tell the others of so many events that
// every client is to ask what has changed.
const MissedSubject = "banter.missed"

// tellMissed has those clients of other nodes ask what has changed who were not told of it.
func (s *Service) tellMissed() {
	missed, flood := s.listening.takeMissed()
	if flood {
		ctx, cancel := context.WithTimeout(s.ctx, publishTimeout)
		defer cancel()
		if err := s.bus.Publish(ctx, MissedSubject, []byte(s.cfg.Node)); err != nil {
			s.listening.flooded()
		}
		return
	}
	sync := s.encodeForBus(wire.EventSync, nil)
	for key := range missed {
		s.publishEvent(key, sync)
	}
}

func (l *listening) takeMissed() (missed map[userKey]struct{}, flood bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	missed, flood = l.missed, l.flood
	l.missed, l.flood = map[userKey]struct{}{}, false
	return missed, flood
}

func (l *listening) flooded() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flood = true
}

// hearMissed listens for nodes that could not tell this one.
func (s *Service) hearMissed() (Subscription, error) {
	return s.bus.Subscribe(MissedSubject, Receiver{Message: func(body []byte) {
		if string(body) != s.cfg.Node {
			s.tellAll(&Notice{Event: wire.EventSync})
		}
	}})
}

// tellAll gives an event to every link of this node.
func (s *Service) tellAll(notice *Notice) {
	for _, key := range s.listening.keys() {
		s.tellHere(key, nil, notice)
	}
}

func (l *listening) keys() []userKey {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.users))
}
