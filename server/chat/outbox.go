package chat

import (
	"context"
	"encoding/json"
	"time"

	"github.com/banter-im/banter/server/session"
)

// Event is something that an app's backend is to hear.
type Event struct {
	App      uint64
	User     string // whose events are told in order
	Seq      int64  // rises with each event of the user
	At       time.Time
	Command  string // CallbackCommand
	Platform string // OptPlatform
	Address  string // ClientIP
	Body     []byte // a JSON object
	Attempts int    // that failed
}

// Outbox keeps events until the backend has them. What a change of a session tells is
// kept in the transaction of the change, so that neither is there without the other.
type Outbox interface {
	// Report says of which apps the changes are told. Until it is called, of none.
	Report(wanted func(app uint64) bool)

	// Tell keeps an event that belongs to no other change, whatever Report says. It is made
	// of what a user has not read of one-to-one messages; of no user that is 0.
	Tell(ctx context.Context, app uint64, user string, event func(unread uint64) (Event, error)) error

	// Told receives something after an event was kept by this process.
	Told() <-chan struct{}

	// Claim makes node one of the senders of the app's events for a time, by the store's
	// clock, and gives it a share of the users that is as large as each other sender's. Of
	// each user one node at a time has the claim: a share grows by what nobody has or what a
	// node that is silent had, and falls by what is too much. Claim returns how many parts of
	// all users node has now.
	Claim(ctx context.Context, app uint64, node string, good time.Duration) (int, error)

	// Leave ends node's claims, for others to take.
	Leave(ctx context.Context, app uint64, node string) error

	// Due returns the oldest events of the app's users that node has, each user's in order,
	// but none of a user of whom one waits for a later try.
	Due(ctx context.Context, app uint64, node string, now time.Time, limit int) ([]Event, error)

	// Settle removes the events that were delivered, and notes for each that failed when it
	// is to be tried again.
	Settle(ctx context.Context, delivered []Event, failed []Retry) error

	// Trim removes every app's events from before a time, and then the oldest of those
	// that have more than keep, until that many are left. It returns how many it removed.
	Trim(ctx context.Context, before time.Time, keep int) (int, error)
}

// Retry is an event that was not delivered, and when it is to be tried again.
type Retry struct {
	Event
	At time.Time
}

// stateChange is the webhook of that name.
const stateChange = "State.StateChange"

type stateChangeBody struct {
	CallbackCommand string
	EventTime       int64
	Info            stateInfo
	KickedDevice    []kickedDevice `json:",omitempty"`
}

type stateInfo struct {
	Action    string
	ToAccount string `json:"To_Account"`
	Reason    string
}

type kickedDevice struct{ Platform string }

// LoginEvent says that a session was opened or resumed. It names the devices that were
// kicked, but not the install's own session before, nor one that had gone already.
func LoginEvent(o Opening, victims []Session) Event {
	body := stateChangeBody{Info: stateInfo{Action: "Login", ToAccount: o.User, Reason: "Register"}}
	for _, v := range victims {
		ownBefore := v.Instance != "" && v.Instance == o.Instance && v.Platform == o.Platform
		if !ownBefore && !v.Reported {
			body.KickedDevice = append(body.KickedDevice, kickedDevice{kickedName(v.Platform)})
		}
	}
	return stateEvent(o.App, o.Platform, o.Address, o.At, body)
}

// EndEvent says how a session has ended, or that its link was closed.
func EndEvent(s Session, how Ending, at time.Time) Event {
	info := stateInfo{ToAccount: s.User, Action: "Logout", Reason: "Unregister"}
	switch how {
	case LinkClosed:
		info.Action, info.Reason = "Disconnect", "LinkClose"
	case TimedOut:
		info.Action, info.Reason = "Disconnect", "TimeOut"
	}
	return stateEvent(s.App, s.Platform, s.Address, at, stateChangeBody{Info: info})
}

func stateEvent(app uint64, platform session.Platform, address string, at time.Time, body stateChangeBody) Event {
	body.CallbackCommand, body.EventTime = stateChange, at.UnixMilli()
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // it holds nothing but texts and a number
	}
	return Event{App: app, User: body.Info.ToAccount, At: at, Command: stateChange,
		Platform: stateName(platform), Address: address, Body: text}
}

// stateName is what State.StateChange calls a platform. Linux has no name there.
func stateName(p session.Platform) string {
	switch p {
	case session.IPhone:
		return "IOS"
	case session.Linux:
		return "Unknown"
	}
	return kickedName(p)
}

func kickedName(p session.Platform) string {
	switch p {
	case session.Android:
		return "Android"
	case session.IPhone:
		return "iOS"
	case session.IPad:
		return "iPad"
	case session.Windows:
		return "Windows"
	case session.Mac:
		return "Mac"
	case session.Linux:
		return "Linux"
	}
	return "Web"
}
