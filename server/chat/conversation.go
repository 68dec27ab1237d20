package chat

import (
	"strings"

	"github.com/banter-im/banter/internal/tim"
)

// Conv names a conversation for everybody: what its members call it differs.
type Conv struct {
	App  uint64
	Type tim.ConvType
	Name string // of a one-to-one conversation both user ids, else the group's id
}

// between stands between the ids in a name. No user id holds it.
const between = "\n"

// C2C is the one-to-one conversation of two users, or of one with themselves.
func C2C(app uint64, a, b string) Conv {
	return Conv{app, tim.ConvTypeC2C, min(a, b) + between + max(a, b)}
}

// Pair returns the users of a one-to-one conversation: two, or one who talks to themselves.
// Of another conversation it is nil.
func (c Conv) Pair() []string {
	if c.Type != tim.ConvTypeC2C {
		return nil
	}
	a, b, _ := strings.Cut(c.Name, between)
	if a == b {
		return []string{a}
	}
	return []string{a, b}
}

// IDFor is what a member calls the conversation.
func (c Conv) IDFor(user string) string {
	pair := c.Pair()
	switch {
	case pair == nil:
		return c.Name
	case pair[0] == user:
		return pair[len(pair)-1]
	}
	return pair[0]
}

// Side is on which of two sides a member stands. What one side sends counts as unread on
// the other: so one number per side is enough, however many messages there are. In a group all
// stand on side 0.
func (c Conv) Side(user string) int {
	if pair := c.Pair(); len(pair) == 2 && pair[1] == user {
		return 1
	}
	return 0
}

// CountsOn is the side on which messages of a sender count.
func (c Conv) CountsOn(sender string) int {
	if c.Type == tim.ConvTypeC2C {
		return 1 - c.Side(sender)
	}
	return 0
}
