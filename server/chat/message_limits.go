package chat

import (
	"cmp"
	"time"
)

// MessageLimits are the settings of messages and conversations. What is zero takes the default.
type MessageLimits struct {
	RecallWindow time.Duration // in which a sender may take a message back; 2 m
	Bytes        int           // of all strings of a message's elements and its cloud data; 12,288
	Pinned       int           // conversations of a user; 50
	Labels       LabelLimits   // 1,000 conversations, 20 groups of 1,000
	CustomData   int           // bytes with one conversation; 256
}

func (l MessageLimits) withDefaults() MessageLimits {
	l.RecallWindow = cmp.Or(l.RecallWindow, 2*time.Minute)
	l.Bytes = cmp.Or(l.Bytes, 12<<10)
	l.Pinned = cmp.Or(l.Pinned, 50)
	l.Labels.Labelled = cmp.Or(l.Labels.Labelled, 1000)
	l.Labels.Groups = cmp.Or(l.Labels.Groups, 20)
	l.Labels.GroupSize = cmp.Or(l.Labels.GroupSize, 1000)
	l.CustomData = cmp.Or(l.CustomData, 256)
	return l
}

// Limits that no setting changes.
const (
	maxMessageID    = 128
	maxPushConfig   = 8 << 10 // bytes of its JSON
	maxRecallReason = 100     // bytes
	// maxRaw bounds the JSON of the elements, in so many times the limit of their strings:
	// what is far too long is not looked at.
	maxRaw = 4

	pageBytes        = 512 << 10 // of messages, after which a page ends
	defaultConvCount = 100
)

// behind is how much of the past a client that catches up is told again: for clocks of nodes
// that differ, and for transactions that commit after others that began later.
const behind = 2 * time.Minute
