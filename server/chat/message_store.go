package chat

import (
	"context"
	"errors"
	"time"

	"github.com/banter-im/banter/internal/tim"
)

// MessageStore is what a Store does with messages and conversations.
//
// A conversation counts its messages in pos, and the changes to messages that it has in mod.
// What a member does with it, such as reading it, stands in that member's view, and takes
// the next number of the account's rev. A stamp of the conversation says when its last
// message, change or mark came: Conversations finds by it what sending left no trace of
// in the receiver's rows.
type MessageStore interface {
	LabelStore

	// AppendMessages gives the messages of one sender or several the next places of the
	// conversation, in their order, which the first message makes. A message that is there
	// already, by its sender and id, keeps its place. Times do not fall within a conversation.
	AppendMessages(ctx context.Context, conv Conv, messages []NewMessage, at time.Time) ([]Placed, error)

	// FindMessage returns a message by its sender and id, or ErrNoMessage.
	FindMessage(ctx context.Context, conv Conv, sender, id string) (Message, error)

	// Messages returns a part of the conversation's messages as user has them.
	Messages(ctx context.Context, conv Conv, user string, part Part) (Page, error)

	// Changes returns the messages that changed after mod, as user has them and in the order
	// of their last changes.
	Changes(ctx context.Context, conv Conv, user string, mod uint64, limit int) (Changed, error)

	// ChangeMessage puts what change makes of a message in its place, as the conversation's
	// next mod. An error of change ends it, and nothing is changed. There is no such
	// message: ErrNoMessage. One that stops counting is taken from what its receivers have
	// not read.
	ChangeMessage(ctx context.Context, conv Conv, pos uint64, at time.Time, change func(*Message) error) (Message, error)

	// MessagesAt returns the messages at the places where user has one, in the order of places.
	MessagesAt(ctx context.Context, conv Conv, user string, places []uint64) ([]Message, error)

	// AddReceipts notes that user has read single messages. It returns those for which that is
	// news, as note makes them, each as the conversation's next mod. Those that user does not
	// have, and those of which note says false, are left out.
	AddReceipts(ctx context.Context, conv Conv, user string, places []uint64, at time.Time, note func(*Message) (bool, error)) ([]Message, error)

	// Conversations returns a page of a user's conversations.
	Conversations(ctx context.Context, app uint64, user string, query ConversationQuery) (ConversationPage, error)

	// RecentConversations returns those that are there for a user, the pinned ones or the
	// others, by their newest messages: before the end of a second, without so many of those.
	RecentConversations(ctx context.Context, app uint64, user string, query RecentQuery) ([]View, error)

	// UnreadConversations returns those of which the user has not read everything, without
	// their last messages.
	UnreadConversations(ctx context.Context, app uint64, user string) ([]View, error)

	// ReadConversation notes that user has read it. It reports whether that is news, as the
	// others below do. Without a conversation it is ErrNoConversation, as of them.
	ReadConversation(ctx context.Context, conv Conv, user string, to ReadTo, at time.Time) (View, bool, error)

	// ClearConversation takes from user what is there: the messages, or the conversation with
	// its labels until there is a next message, or both.
	ClearConversation(ctx context.Context, conv Conv, user string, what Clearing) (View, bool, error)

	// PinConversation pins it for user at a time, or no longer at the zero time. More than
	// limit pinned ones are ErrTooManyPinned.
	PinConversation(ctx context.Context, conv Conv, user string, at time.Time, limit int) (View, bool, error)

	// SetReceiveOption says how user receives the conversation's messages. Under one that is
	// Deaf, what others send from now on is not unread and is not the last message, also
	// later. The conversation is made if it is not there.
	SetReceiveOption(ctx context.Context, conv Conv, user string, option tim.ReceiveMessageOpt) (View, bool, error)

	// ReceiveOptions returns user's options of conversations, in their order.
	ReceiveOptions(ctx context.Context, user string, convs []Conv) ([]tim.ReceiveMessageOpt, error)

	// HideMessages takes single messages from user. It returns those places where there was
	// something to take.
	HideMessages(ctx context.Context, conv Conv, user string, places []uint64) ([]uint64, View, error)

	// ExpireMessages removes from one of app's conversations messages that were sent before a
	// time, the oldest first and at most limit. They are unread for nobody any more. It returns
	// how many, and whether there may be others.
	ExpireMessages(ctx context.Context, app uint64, before time.Time, limit int) (removed int, more bool, err error)

	// ClaimTask has node do a task of an app's for a time, by the store's clock, unless another
	// node does it. It reports whether node does.
	ClaimTask(ctx context.Context, app uint64, name, node string, good time.Duration) (bool, error)

	// Profiles returns what is known of those of the users who have an account.
	Profiles(ctx context.Context, app uint64, users []string) (map[string]NewAccount, error)
}

// NewMessage is a message that has no place yet.
type NewMessage struct {
	Sender string
	ID     string
	Counts bool // as unread
	Last   bool // it may be the conversation's last message
	Body   []byte
	At     time.Time // when it was sent, if it was not just now; not after now
	// Tell returns, for the place that it got and what its receiver has not read of one-to-one
	// messages then, what the app's backend hears of it. Nil: nothing.
	Tell func(p Placed, unread uint64) (Event, error)
	Twin string // if not "": another one with it is the same message, instead of by sender and id
}

// Placed is what became of a message.
type Placed struct {
	Pos      uint64
	At       time.Time // in the store's precision
	Repeated bool      // it was there before
}

// Message is a message in its place.
type Message struct {
	Pos     uint64
	Version uint64 // the conversation's mod at its last change; 0: there was none
	At      time.Time
	Sender  string
	Counts  bool
	Last    bool
	Body    []byte
	Bare    bool // of what ChangeMessage makes of it: it loses its extensions and reactions
	// Tell may be set by a change: it returns what the app's backend hears of it.
	Tell func(unread uint64) (Event, error)
}

// Part says which messages of a conversation are meant. Bounds are included, and zero ones
// bound nothing.
type Part struct {
	From, To         uint64
	Earliest, Latest time.Time
	Limit            int // messages
	Bytes            int // after so many bytes no further message comes
	NewestFirst      bool
}

// Page is a part of a conversation. From From to To nothing is missing that the user has.
type Page struct {
	Messages []Message
	From, To uint64
	First    uint64 // before it the user has nothing: it was cleared, or too old to keep
	Pos, Mod uint64 // of the conversation, or lower ones if it goes on meanwhile
	More     bool   // the part may go on after the last message
}

// Changed are messages that changed. Up to Mod these are all.
type Changed struct {
	Messages []Message
	Mod      uint64
	More     bool // there may be others after Mod
}

// ConversationQuery asks for conversations in which something is new: after the user's rev,
// or, by its stamp, at or after a time.
type ConversationQuery struct {
	Rev   uint64
	Since time.Time
	After int64 // Next of the page before
	Limit int   // conversations
	Bytes int   // of last messages, after which a page ends; 0: no limit
}

// RecentQuery asks for conversations in the order of their newest messages, the newest first.
type RecentQuery struct {
	Pinned      bool
	WithEmpty   bool      // those too of which the user has no message
	Before      time.Time // zero: from the newest on
	Skip, Limit int
}

// ConversationPage is a page of conversations. Rev and Hidden are read before the views.
type ConversationPage struct {
	Views  []View
	Next   int64 // 0: it is the last page
	Rev    uint64
	Hidden []Hidden // after the query's rev, on the first page of somebody who asked before

	AllReceive    AllReceive          // on the first page
	GroupsChanged bool                // after the query's rev, on the first page
	Groups        []ConversationGroup // all of them, if they changed
}

// Hidden are messages that a user has deleted from a conversation, at one rev.
type Hidden struct {
	Conv   Conv
	Places []uint64
	Rev    uint64
}

// View is a conversation as one of its members has it.
type View struct {
	Conv
	User       string
	Pos, Mod   uint64
	LastPos    uint64    // of the newest message that may be the last
	SentAt     time.Time // of the newest message
	Rev        uint64
	Unread     uint64 // at Pos
	ReadPos    uint64
	ReadAt     time.Time // of the message there
	ClearPos   uint64
	DeletedPos uint64
	PinnedAt   time.Time
	Option     tim.ReceiveMessageOpt
	Unheard    []Span // the newest, the oldest of them first
	Last       *Message
	Others     []View // in a one-to-one conversation the other one's ReadPos and ReadAt
	Labels
	Peer NewAccount // in a one-to-one conversation the other one's profile, as it is known
}

// Span is places of a conversation, both included, of which others' messages came while a member
// did not receive. Last 0: it goes on.
type Span struct{ First, Last uint64 }

// There says whether the conversation is there for its user.
func (v View) There() bool { return v.LastPos > v.DeletedPos }

// Clearing is what of a conversation is taken from a user.
type Clearing struct{ Messages, Conversation bool }

// ReadTo says how far a conversation was read: to a place, to the end of a time, or, when both are
// zero, to its newest message.
type ReadTo struct {
	Pos  uint64
	At   time.Time
	Tell func(v View, unread uint64) (Event, error) // what the app's backend hears if it is news; nil: nothing
}

// The errors of a MessageStore that mean something to its caller.
var (
	ErrNoMessage      = errors.New("there is no such message")
	ErrNoConversation = errors.New("there is no such conversation")
	ErrTooManyPinned  = errors.New("too many conversations are pinned")
)
