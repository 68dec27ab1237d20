package core

import (
	"time"

	"github.com/banter-im/banter/internal/tim"
	"github.com/banter-im/banter/internal/timerr"
)

// Done answers a call: with nil or an error that has a code of the C API, and the call's
// JSON, which may be "". It is called exactly once, from any goroutine, also from the
// client's own loop: it must not block, and must not call the client.
type Done func(err error, json string)

// Game is who hears of what happens. Its methods are called one at a time, in the order
// in which things happened, but for Log, which any goroutine calls. They must not block,
// and must not call the client.
type Game interface {
	NetworkStatus(status NetworkStatus, code timerr.Code, desc string)
	KickedOffline()
	UserSigExpired()
	ExperimentalNotify(key, data string)
	Log(level int, text string)

	// UserStatusChanged tells of users' statuses, a JSON array. False means that there is no
	// room for it now: it is told again, as things are then.
	UserStatusChanged(statuses string) bool

	// What comes of messages and conversations, as JSON arrays of the C API. False means that
	// there is no room for it now: it is told again, as it is then.
	Messages(list string) bool                   // that are new
	MessagesRevoked(list string) bool            // locators of those that were recalled
	MessagesModified(list string) bool           // as they are now
	MessagesRead(list string) bool               // receipts of those who read them
	ExtensionsChanged(message, list string) bool // pairs of a message that were set
	ExtensionsDeleted(message, list string) bool // the same, deleted: their keys
	ReactionsChanged(list string) bool           // reactions of messages, as they are now
	ConversationEvent(event tim.ConvEvent, list string) bool
	TotalUnread(count int64) bool
	AllReceiveOption(info string) bool // an object
	UnreadByFilter(filter string, count int64) bool
	ConversationGroup(change GroupChange) bool

	// UploadProgress tells how many bytes of an element's files the server has got. False means
	// that there is no room for it now.
	UploadProgress(message string, element int, current, total uint64) bool

	// Publish tells what the getters are to say from now on. It comes before the answer or
	// the event that tells of it. Settled comes after all of those, when the status changed.
	Publish(State)
	Settled()
}

// GroupChange is what became of one conversation group.
type GroupChange struct {
	Kind          GroupChangeKind
	Name, NewName string
	Conversations string // a JSON array of names, such as c2c_bob
	Reason        int64  // for which they left: 0 somebody took them out, 1 the group was too full
}

// GroupChangeKind says what became of a conversation group.
type GroupChangeKind int

// What can become of a conversation group.
const (
	GroupCreated GroupChangeKind = iota
	GroupDeleted
	GroupRenamed
	GroupJoined
	GroupLeft
)

// State is what the getters say.
type State struct {
	Status Status
	UserID string // "" when nobody is logged in

	// ServerOffset is the server's clock minus this machine's, at the moment when the
	// server last told its own: it changes only then, so whoever wants to follow a suspend
	// or a step of this machine's clock takes a steady clock's time when it changes.
	ServerOffset    time.Duration
	ServerTimeKnown bool // false until the server has told its clock
}

// NetworkStatus is what happened to the link.
type NetworkStatus int

// The network statuses, with the numbers of the C API.
const (
	Connected NetworkStatus = iota
	Disconnected
	Connecting
	ConnectFailed
)

func (s NetworkStatus) String() string {
	switch s {
	case Connected:
		return "connected"
	case Disconnected:
		return "disconnected"
	case Connecting:
		return "connecting"
	}
	return "connect failed"
}
