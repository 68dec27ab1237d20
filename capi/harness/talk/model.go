// Package talk has real clients write to each other through real nodes while everything
// between them fails, and holds what is left at each quiet point to a model of it.
package talk

import (
	"fmt"
	"sync"
)

// maybe is what the model knows of something that is true or not. An operation that was not
// answered leaves it unknown, until a quiet point shows it.
type maybe int

const (
	unknown maybe = iota
	no
	yes
)

func known(b bool) maybe {
	if b {
		return yes
	}
	return no
}

// Side is a conversation as one of its two users has it.
type Side struct{ User, Peer string }

// Message is one that was given to the library or to REST to be sent. Its texts begin with
// its number, so that it is known by any of them; Key is SEQ_RANDOM, once that is known.
type Message struct {
	Number   int
	From, To string
	Key      string

	begun, kept int64 // ticks: when it was first sent, and acknowledged; 0: it was not
	exists      maybe
	recalled    maybe
	text        string   // what it says, as far as that is certain
	version     uint64   // of that
	perhaps     []string // what unanswered modifications would have it say
	views       map[string]*view
}

// view is what a user has of a message.
type view struct{ gone, read maybe }

// span is when something was done that concerns all messages of a side until then. While it
// is not known to be over, end is 0.
type span struct {
	begin, end int64
	done       bool // it was acknowledged
}

// Model is what may be true of all conversations. Its methods may be called at the same time.
type Model struct {
	mu     sync.Mutex
	clock  int64
	all    []*Message
	byKey  map[string]*Message
	clears map[Side][]*span
	reads  map[Side][]*span
	pins   map[Side]maybe
}

// NewModel returns a model of nothing.
func NewModel() *Model {
	return &Model{byKey: map[string]*Message{}, clears: map[Side][]*span{}, reads: map[Side][]*span{}, pins: map[Side]maybe{}}
}

func (m *Model) tick() int64 {
	m.clock++
	return m.clock
}

// Now returns a moment that can be compared with others.
func (m *Model) Now() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tick()
}

// Sends says that a message is about to be sent, and returns it.
func (m *Model) Sends(from, to string) *Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	one := &Message{Number: len(m.all) + 1, From: from, To: to, begun: m.tick(), recalled: no,
		views: map[string]*view{from: {gone: no, read: yes}, to: {gone: no, read: no}}}
	one.text = one.Saying("")
	m.all = append(m.all, one)
	return one
}

// Saying is a text of a message.
func (one *Message) Saying(more string) string { return fmt.Sprintf("m%d %s", one.Number, more) }

// SendsAgain says that a message which had failed is about to be sent once more.
func (m *Model) SendsAgain(one *Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if one.exists == no {
		one.exists = unknown
	}
}

// Named says by which SEQ_RANDOM a message goes.
func (m *Model) Named(one *Message, key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.name(one, key)
}

func (m *Model) name(one *Message, key string) {
	one.Key = key
	m.byKey[key] = one
}

// Kept says that a message was acknowledged.
func (m *Model) Kept(one *Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if one.kept == 0 {
		one.kept = m.tick()
	}
	one.exists = yes
}

// Find returns a message by its key or by what it says, or nil.
func (m *Model) Find(key, text string) *Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(key, text)
}

func (m *Model) find(key, text string) *Message {
	if one := m.byKey[key]; one != nil {
		return one
	}
	var number int
	if n, _ := fmt.Sscanf(text, "m%d ", &number); n == 1 && number >= 1 && number <= len(m.all) {
		return m.all[number-1]
	}
	return nil
}

// Recalls says that a message is about to be recalled, and Recalled what came of it.
func (m *Model) Recalls(one *Message) { m.set(&one.recalled, unknown) }

// Recalled says that it was recalled.
func (m *Model) Recalled(one *Message) { m.set(&one.recalled, yes) }

// set changes what is known of something. What has once become true stays so.
func (m *Model) set(what *maybe, to maybe) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if *what != yes {
		*what = to
	}
}

// Deletes says that a user is about to delete a message.
func (m *Model) Deletes(one *Message, user string) { m.set(&one.views[user].gone, unknown) }

// Deleted says that the message was deleted.
func (m *Model) Deleted(one *Message, user string) { m.set(&one.views[user].gone, yes) }

// Modifies says that a message is about to be given another text.
func (m *Model) Modifies(one *Message, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	one.perhaps = append(one.perhaps, text)
}

// Modified says that it says that, as its version of that number.
func (m *Model) Modified(one *Message, text string, version uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if version > one.version {
		one.text, one.version = text, version
	}
	for i, perhaps := range one.perhaps {
		if perhaps == text {
			one.perhaps = append(one.perhaps[:i:i], one.perhaps[i+1:]...)
			return
		}
	}
}

// Clears says that a user is about to delete all messages of a conversation; what it returns
// is called when that was acknowledged.
func (m *Model) Clears(side Side) (done func()) { return m.begin(m.clears, side) }

// Reads says that a user is about to read a conversation, likewise.
func (m *Model) Reads(side Side) (done func()) { return m.begin(m.reads, side) }

func (m *Model) begin(spans map[Side][]*span, side Side) func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &span{begin: m.tick()}
	spans[side] = append(spans[side], s)
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		s.end, s.done = m.tick(), true
	}
}

// Pins says that a user is about to pin a conversation, or to end that. What it returns is
// called when that was acknowledged. An operation before it that was not may still be done
// later: then nothing is certain until the next quiet point.
func (m *Model) Pins(side Side, pinned bool) (done func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.pinOf(side)
	m.pins[side] = unknown
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if before != unknown {
			m.pins[side] = known(pinned)
		}
	}
}

func (m *Model) pinOf(side Side) maybe {
	if at, there := m.pins[side]; there {
		return at
	}
	return no
}
