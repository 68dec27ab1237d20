package chat

import "github.com/banter-im/banter/internal/wire"

// Verdict is what became of a message by a backend's answer.
type Verdict struct {
	Message wire.Message
	Dropped bool
	Err     error
}

// TryVerdict follows an answer about a message, and leaves the message alone when it cannot.
func TryVerdict(m wire.Message, answer []byte) Verdict {
	s := &Service{cfg: Config{}.withDefaults()}
	o := &outgoing{message: m}
	if s.follow(o, answer) != nil && (o.dropped || o.rewritten || o.err != nil) {
		panic("an answer that cannot be followed has changed something")
	}
	return Verdict{o.message, o.dropped, o.err}
}

// CheckMessage is what a message must pass by default.
func CheckMessage(m wire.Message) error { return checkMessage(m, MessageLimits{}.withDefaults()) }
