package chat

import (
	"context"
	"errors"
)

// LabelStore is what a Store does with how users sort their conversations: by marks, by a
// text of the game's, and in conversation groups. These stand in the user's views, and
// deleting a conversation takes them away.
type LabelStore interface {
	// ChangeLabels makes a change, all of it under the account's next rev. A conversation that
	// is not there for the user is left out, and so is one that would be labelled beyond the
	// limit: Labelled says so of each. Other errors end the change, and nothing is done.
	ChangeLabels(ctx context.Context, app uint64, user string, change LabelChange, limits LabelLimits) (Labelled, error)

	// ConversationGroups returns a user's groups in the order of their ids.
	ConversationGroups(ctx context.Context, app uint64, user string) ([]ConversationGroup, error)

	// LabelledConversations returns those of a user's conversations that have labels, in no
	// order that means anything, but always in the same.
	LabelledConversations(ctx context.Context, app uint64, user string) ([]View, error)

	// View returns a user's view of one conversation.
	View(ctx context.Context, conv Conv, user string) (View, error)
}

// Labels are how a user has sorted a conversation.
type Labels struct {
	Marks  uint64
	Custom string
	Groups []uint64 // ids, in their order
}

// ConversationGroup is a conversation group of a user.
type ConversationGroup struct {
	ID   uint64
	Name string
}

// LabelChange is a change to a user's labels: to a group, if it names one, and to conversations.
type LabelChange struct {
	Group   GroupAction
	Name    string
	NewName string // when it is renamed
	Items   []LabelItem
}

// GroupAction says what is done with a conversation group.
type GroupAction int

// What can be done with a group. Its conversations join and leave it by a LabelItem.
const (
	NoGroup     GroupAction = iota
	CreateGroup             // unless it is there
	UseGroup                // which must be there
	RenameGroup
	DeleteGroup
)

// LabelItem is what a change does to one conversation.
type LabelItem struct {
	Conv                 Conv
	SetMarks, ClearMarks uint64
	Custom               *string // nil: stays
	Join, Leave          bool    // the change's group
}

// LabelLimits bound a user's labels.
type LabelLimits struct {
	Labelled  int // conversations with labels, in all
	Groups    int
	GroupSize int // conversations of a group: beyond it the one that joined first leaves
}

// Labelled is what a change has done.
type Labelled struct {
	Rev           uint64 // of the change; without one, the account's
	Changed       []LabelledConversation
	Results       []error           // by the change's items: nil, ErrNoConversation or ErrTooManyLabelled
	Group         ConversationGroup // that the change is about, as it was named last
	GroupsChanged bool
	Groups        []ConversationGroup // all of them, if they changed
}

// LabelledConversation is a conversation whose labels changed.
type LabelledConversation struct {
	Conv Conv
	Labels
	Dropped []uint64 // groups that it left because they were full
}

// The errors of a LabelStore that mean something to its caller.
var (
	ErrTooManyLabelled = errors.New("too many conversations have labels")
	ErrTooManyGroups   = errors.New("there are too many conversation groups")
	ErrNoGroup         = errors.New("there is no such conversation group")
	ErrGroupExists     = errors.New("there is a conversation group of that name")
)
