package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// pair names a conversation: who has the lower name stands first.
type pair struct{ a, b string }

func pairOf(a, b string) pair {
	if b < a {
		a, b = b, a
	}
	return pair{a, b}
}

// hub knows who is online, and counts the messages of conversations.
type hub struct {
	log      *log // nil: nothing is kept
	openings bool // what comes with the handshake is taken
	number   atomic.Int64

	mu    sync.Mutex
	users map[string]*link
	pairs map[pair]uint64
}

func newSessionID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// sessionLife is what a login is told: nothing here ends with its ticket.
const sessionLife = 365 * 24 * time.Hour

// login has the link be the user's, and ends the one that the user had.
func (h *hub) login(l *link, id uint64, user, session string) {
	if user == "" {
		l.refuse(id, timerr.SvrAccountInvalidParameters)
		return
	}
	number := h.number.Add(1)
	h.keep(func() []byte {
		record, _ := json.Marshal(wire.Login{UserID: user, Run: session, Attempt: number})
		return record
	}, func() {
		if old := h.enter(l, user); old != nil {
			old.kick()
		}
		now := time.Now()
		l.answer(id, wire.Session{SessionID: session, Number: number, ServerTimeMS: now.UnixMilli(), ExpiresAt: now.Add(sessionLife).Unix()})
	})
}

// enter returns the link that the user had before.
func (h *hub) enter(l *link, user string) *link {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l.user != "" && h.users[l.user] == l {
		delete(h.users, l.user)
	}
	old := h.users[user]
	h.users[user] = l
	l.user = user
	return old
}

func (h *hub) leave(l *link) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l.user != "" && h.users[l.user] == l {
		delete(h.users, l.user)
	}
}

// place returns who sends, the place of a message of theirs, and the receiver's link, if there is one.
func (h *hub) place(l *link, to string) (from string, pos uint64, receiver *link) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if l.user == "" {
		return "", 0, nil
	}
	key := pairOf(l.user, to)
	h.pairs[key]++
	return l.user, h.pairs[key], h.users[to]
}

// message forwards a message and answers it. The message is not taken apart: what the server
// says of it is put before what the client said.
func (h *hub) message(l *link, request wire.Request) {
	var m struct {
		To  string `json:"message_conv_id"`
		Seq uint64 `json:"message_seq"`
	}
	if err := json.Unmarshal(request.Body, &m); err != nil || m.To == "" {
		l.refuse(request.ID, timerr.SvrAccountInvalidParameters)
		return
	}
	from, pos, receiver := h.place(l, m.To)
	if from == "" {
		l.refuse(request.ID, timerr.SDKNotLoggedIn)
		return
	}
	now := time.Now().Unix()
	event := eventOf(request.Body, from, pos, now)
	h.keep(func() []byte { return event }, func() {
		if receiver != nil {
			receiver.out.add(event)
		}
		l.answer(request.ID, wire.Sent{Pos: pos, Seq: m.Seq, ServerTime: now})
	})
}

func eventOf(body json.RawMessage, from string, pos uint64, now int64) []byte {
	name, _ := json.Marshal(from) // a string
	event := make([]byte, 0, len(body)+len(name)+120)
	event = append(event, `{"event":"`+wire.EventMessage+`","body":{"message_sender":`...)
	event = append(event, name...)
	event = append(event, `,"pos":`...)
	event = strconv.AppendUint(event, pos, 10)
	event = append(event, `,"message_server_time":`...)
	event = strconv.AppendInt(event, now, 10)
	event = append(event, ',')
	event = append(event, body[1:]...) // an object that is not empty: it has a conversation
	return append(event, '}')
}

// keep calls done: once the record is on disk, if there is a log.
func (h *hub) keep(record func() []byte, done func()) {
	if h.log == nil {
		done()
		return
	}
	h.log.add(record(), done)
}
