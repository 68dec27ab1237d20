// Package wire is the only format in which client and server talk: JSON text
// frames over a WebSocket, one object each. docs/wire.md is its reference.
//
// A client sends requests, the server sends one answer for each, with the
// request's id, and events, which have no id. Answers may come in another order
// than their requests.
package wire

import (
	"encoding/json"
	"time"

	"github.com/banter-im/banter/internal/timerr"
)

// Version is the protocol's version. A server refuses a hello of another one.
const Version = 1

// Path is where the server takes WebSocket links.
const Path = "/ws"

// Limits of frames, in bytes. The server's answer to hello may lower MaxFrame.
const (
	MaxFrameBeforeLogin = 16 << 10
	MaxFrame            = 1<<20 + 4<<10 // a request's JSON of 1 MB and what stands around it
)

// HelloTimeout is how long a new link may stay silent before hello.
const HelloTimeout = 5 * time.Second

// The commands of the link itself. Every other command is named like the C
// function that sends it, such as "TIMGetUserStatus".
const (
	CmdHello  = "hello"
	CmdLogin  = "login"
	CmdResume = "resume"
	CmdLogout = "logout"
	CmdPing   = "ping"
)

// The events of the link itself.
const (
	EventKicked         = "kicked"
	EventUserSigExpired = "usersig_expired"
	EventExpiring       = "usersig_expiring"
	EventClosing        = "closing"
)

// Request is a frame from client to server.
type Request struct {
	ID   uint64          `json:"id"` // from 1, never used twice on a link
	Cmd  string          `json:"cmd"`
	Body json.RawMessage `json:"body,omitempty"`
}

// Frame is what the server sends: an answer when ID is not 0, else an event.
type Frame struct {
	ID    uint64          `json:"id,omitempty"`
	Code  timerr.Code     `json:"code,omitempty"`
	Desc  string          `json:"desc,omitempty"`
	Event string          `json:"event,omitempty"`
	Body  json.RawMessage `json:"body,omitempty"`
}

// Hello is the first request of every link.
type Hello struct {
	Protocol    int    `json:"protocol"`
	AppID       uint64 `json:"sdk_app_id"`
	SDKVersion  string `json:"sdk_version"`
	Platform    string `json:"platform"` // a name of session.Platforms
	InstanceID  string `json:"instance_id"`
	LoginWanted bool   `json:"login_wanted"` // a login or resume follows
}

// Welcome is the answer to Hello: the server's clock and its settings for clients.
type Welcome struct {
	ServerTimeMS      int64 `json:"server_time_ms"` // UNIX milliseconds
	ReconnectSpreadMS int64 `json:"reconnect_spread_ms"`
	PingAfterMS       int64 `json:"ping_after_ms"`   // ping after so much silence
	PingTimeoutMS     int64 `json:"ping_timeout_ms"` // and give the link up when no answer came for so long
	KeepaliveIdleMS   int64 `json:"keepalive_idle_ms"`
	KeepaliveEveryMS  int64 `json:"keepalive_every_ms"`
	KeepaliveCount    int   `json:"keepalive_count"`
	MaxFrameBytes     int   `json:"max_frame_bytes"`
}

// Login opens a session, or, on a link that has one of the same user, gives it a
// fresh ticket in place.
type Login struct {
	UserID  string `json:"user_id"`
	UserSig string `json:"user_sig"`
	Run     string `json:"run,omitempty"`     // of the client: 32 lower-case hex digits
	Attempt int64  `json:"attempt,omitempty"` // from 1, higher with each login and resume of the run
}

// Resume takes a session up again on a new link. The ticket is checked like a login's.
type Resume struct {
	UserID    string `json:"user_id"`
	UserSig   string `json:"user_sig"`
	SessionID string `json:"session_id"`
	Number    int64  `json:"session_number"`
	Run       string `json:"run,omitempty"`     // as in Login
	Attempt   int64  `json:"attempt,omitempty"` // as in Login
}

// Session answers Login and Resume.
type Session struct {
	SessionID    string `json:"session_id"` // 32 lower-case hex digits
	Number       int64  `json:"session_number"`
	ServerTimeMS int64  `json:"server_time_ms"`
	ExpiresAt    int64  `json:"usersig_expires_at"` // UNIX seconds; the last second in which the ticket is good

	FilesToken     string `json:"files_token"` // as in FileAccess
	FilesExpiresAt int64  `json:"files_expires_at"`
}

// Pong answers a ping.
type Pong struct {
	ServerTimeMS int64 `json:"server_time_ms"`
}

// The reasons of Kicked.
const (
	KickOtherDevice    = "other_device"
	KickAdmin          = "admin"
	KickTicketRevoked  = "ticket_revoked"
	KickAccountDeleted = "account_deleted"
)

// Kicked is the body of EventKicked: the session is over, and closing follows. As the
// answer to a resume it comes as an event before the refusal.
type Kicked struct {
	Reason   string `json:"reason"`
	Platform string `json:"platform,omitempty"` // of the device that came
	Time     int64  `json:"time"`               // UNIX seconds
	Instance string `json:"instance,omitempty"` // of the device that came
	// LoginGoesOn says, before a resume is refused, that a login in flight beside it is to
	// be sent all the same, on a new link. Without it that login ends with 6208.
	LoginGoesOn bool `json:"login_goes_on,omitempty"`
}

// Expiring is the body of EventExpiring.
type Expiring struct {
	ExpiresIn int64 `json:"expires_in"` // seconds
}

// The reasons of Closing.
const (
	CloseKicked     = "kicked"
	CloseSuperseded = "superseded"
	CloseExpired    = "expired"
	CloseLoggedOut  = "logged_out"
	CloseIdle       = "idle"
	CloseFull       = "full"
	CloseSlow       = "slow"
	CloseMoved      = "moved"
	CloseShutdown   = "shutdown"
	CloseVersion    = "version"
	CloseProtocol   = "protocol" // a frame that no client of ours sends
)

// Closing is the body of EventClosing, the server's last frame on a link.
type Closing struct {
	Reason  string `json:"reason"`
	Desc    string `json:"desc,omitempty"`
	Redial  bool   `json:"redial"`
	AfterMS int64  `json:"after_ms,omitempty"` // redial not before
}
