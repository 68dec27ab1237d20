package chat

import (
	"context"
	"errors"
	"time"
)

// ExtrasStore is what a Store does with extensions and reactions of messages. A change takes
// the conversation's next mod, and touches neither the message nor anybody's view. A message
// that is not there, or that the user has deleted, is ErrNoMessage; without a user nothing is
// deleted.
type ExtrasStore interface {
	// WriteExtensions sets and deletes extensions, and says of each what became of it.
	WriteExtensions(ctx context.Context, conv Conv, user string, w ExtensionsWrite) (ExtensionsWritten, error)

	// Extensions returns a message's extensions by their seqs, up to limit of those with
	// from or more.
	Extensions(ctx context.Context, conv Conv, user string, pos, from uint64, limit int) (ExtensionsPage, error)

	// React adds a user to a reaction, or takes them from it.
	React(ctx context.Context, conv Conv, r Reacting) (Reaction, error)

	// Reactions returns a message's reactions, the oldest first, with all of their users.
	Reactions(ctx context.Context, conv Conv, user string, pos uint64) ([]Reaction, error)

	// ReactionUsers returns the users of a reaction in the order in which they came, up to
	// limit of those after a place, the place of the last, and whether there are more.
	ReactionUsers(ctx context.Context, conv Conv, user string, pos uint64, reaction string, after uint64, limit int) (users []string, last uint64, more bool, err error)

	// ChangedExtras returns what changed after since and up to upTo of the messages that
	// user has, a message each, and up to which mod that is all.
	ChangedExtras(ctx context.Context, conv Conv, user string, since, upTo uint64) ([]ChangedExtras, uint64, error)
}

// Extension is a pair of a message.
type Extension struct {
	Key, Value string
	Seq        uint64 // of its last write among those to the message's extensions
	Deleted    bool
}

// ExtensionsWrite is a change of a message's extensions. What an extension's Seq is not, has
// been written by somebody else meanwhile: then it stays.
type ExtensionsWrite struct {
	Pos        uint64
	Extensions []Extension // with the Seq that the writer knows; 0: of none
	Clear      bool        // all are deleted, whatever their seqs
	Force      bool        // seqs are not looked at
	At         time.Time
	May        func(Message) error // refuses the write
	Most       int                 // extensions of the message; more: ErrTooManyExtensions
	PerMinute  int                 // writes to the message; more: ErrTooManyWrites
}

// ExtensionsWritten is what came of a write.
type ExtensionsWritten struct {
	Results []ExtensionWritten
	Mod     uint64 // 0: nothing changed
}

// ExtensionWritten is an extension as it is after a write.
type ExtensionWritten struct {
	Extension
	Outcome WriteOutcome
}

// WriteOutcome is what became of one extension.
type WriteOutcome int

// The outcomes of a write.
const (
	Written   WriteOutcome = iota
	Unchanged              // it had that value already
	Conflict               // it was written meanwhile
	Missing                // it was to be deleted, and is not there
)

// ExtensionsPage is a page of a message's extensions. Seq and ClearedSeq are of the message's
// last write, and of the last that deleted everything.
type ExtensionsPage struct {
	Extensions      []Extension
	Seq, ClearedSeq uint64
	More            bool
}

// Reacting is a user who reacts, or no longer.
type Reacting struct {
	Pos                   uint64
	Reaction, User        string
	Remove                bool
	At                    time.Time
	May                   func(Message) error // refuses it
	MostReactions, MostBy int                 // of a message, and users of one
}

// Reaction is a reaction with its users, in the order in which they came.
type Reaction struct {
	ID    string
	Users []string
	Mod   uint64
}

// ChangedExtras is what has changed of one message.
type ChangedExtras struct {
	Message    Message
	Mod        uint64 // of the last change
	Extensions []Extension
	Reactions  []Reaction
}

// The errors of an ExtrasStore that mean something to its caller.
var (
	ErrTooManyExtensions    = errors.New("the message has too many extensions")
	ErrTooManyWrites        = errors.New("the message's extensions are written too often")
	ErrReacted              = errors.New("the user has reacted so")
	ErrNotReacted           = errors.New("the user has not reacted so")
	ErrNoReaction           = errors.New("the message has no such reaction")
	ErrTooManyReactions     = errors.New("the message has too many reactions")
	ErrTooManyReactionUsers = errors.New("the reaction has too many users")
)
