package chat

import (
	"context"
	"encoding/base32"
	"errors"
	"strconv"
)

// Bus carries messages between the nodes of one installation. It may lose what it
// carries: whoever relies on it has a second way, slower and sure, through the store.
// All methods may be called at the same time. Implementations pass bustest.Run.
type Bus interface {
	// Request asks the handler of subject, on whichever node it is, and returns its
	// reply. It ends with ctx. Without a handler it is ErrNoHandler, at once where the
	// bus can tell; an error of the handler comes back as an error with its text.
	Request(ctx context.Context, subject string, body []byte) ([]byte, error)

	// Handle answers the requests of subject with handler, each in a goroutine of its
	// own, of which there are only so many. A subject has one handler. When Handle
	// returns, requests find it.
	Handle(subject string, handler Handler) (Subscription, error)

	// Publish gives body to every subscriber of subject, and waits for none: one that is
	// too far behind loses messages, and its Lagged is called.
	Publish(ctx context.Context, subject string, body []byte) error

	// Subscribe gives what is published on subject to receiver, one message after the
	// other in the order of each publisher. When Subscribe returns, nothing published
	// afterwards is missed.
	// Without a way to the other nodes it returns all the same, and Lagged is called when
	// there is one again.
	Subscribe(subject string, receiver Receiver) (Subscription, error)

	// Returned brings a value when the bus has come back after it lost messages, so that
	// the store is asked at once for what they told. A value may stand for several times.
	// It has one reader; a bus that cannot be away returns nil.
	Returned() <-chan struct{}

	// Close ends every subscription of this end of the bus.
	Close() error
}

// Handler answers a request. The body is its own to read, not to change.
type Handler func(ctx context.Context, body []byte) ([]byte, error)

// Receiver takes what a subscription brings.
type Receiver struct {
	Message func(body []byte) // body is shared: to read, not to change
	Lagged  func()            // messages were lost, or may have been; may be nil
}

// Subscription is what Handle and Subscribe started.
type Subscription interface {
	// Close ends it, and drops what waits. A call that is under way, or just about to
	// begin, is not waited for, so that Close may be called from inside.
	Close()
}

// The errors of a Bus that mean something to its caller.
var (
	ErrNoHandler = errors.New("nobody answers on this subject")
	ErrBusClosed = errors.New("the bus is closed")
)

// Ids may hold any printable character, and buses give some of them a meaning, so ids
// go into subjects in an alphabet that has none.
var subjectEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NodeSubject is where a node answers requests of others.
func NodeSubject(node string) string {
	return "banter.node." + subjectEncoding.EncodeToString([]byte(node))
}

// StatusSubject is where nodes tell each other whose status may have changed. It is one
// for all users: a subject for each would cost every login a subscription, which the bus
// carries to every node as well.
const StatusSubject = "banter.status"

// UserSubject is where everything for a user's devices is published.
func UserSubject(app uint64, user string) string {
	return "banter." + strconv.FormatUint(app, 10) + ".u." + subjectEncoding.EncodeToString([]byte(user))
}
