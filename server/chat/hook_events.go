package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/msgbody"
	"github.com/banter-im/banter/server/session"
)

// The webhooks about one-to-one messages.
const (
	HookBeforeSend  = "C2C.CallbackBeforeSendMsg"
	HookAfterSend   = "C2C.CallbackAfterSendMsg"
	HookAfterRead   = "C2C.CallbackAfterMsgReport"
	HookAfterRecall = "C2C.CallbackAfterMsgWithDraw"
)

// HookStateChange is the webhook about logins and ends.
const HookStateChange = stateChange

// Origin is where something was asked for, as webhooks name it.
type Origin struct {
	Platform string // OptPlatform
	Address  string // ClientIP
}

// FromREST is the origin of a call of an app's backend.
func FromREST(address string) Origin { return Origin{"RESTAPI", address} }

// origin is that of what a's link asks for.
func (a *Attachment) origin() Origin {
	return Origin{optPlatform(a.peer.Platform), addressText(a.peer.Address)}
}

// optPlatform is what webhooks but State.StateChange call a platform.
func optPlatform(p session.Platform) string {
	if p == session.Linux {
		return "Unknown"
	}
	return kickedName(p)
}

type messageHook struct {
	CallbackCommand string
	From            string `json:"From_Account"`
	To              string `json:"To_Account"`
	MsgSeq          uint64
	MsgRandom       uint64
	MsgTime         int64
	MsgKey          string
	MsgID           string `json:"MsgId"`
	OnlineOnlyFlag  int
	*sendResult
	MsgBody         []msgbody.Item
	CloudCustomData string
	EventTime       int64
}

type sendResult struct {
	SendMsgResult timerr.Code
	ErrorInfo     string
	UnreadMsgNum  int64
}

// KeyOf is a message's MsgKey.
func KeyOf(m wire.Message) string { return fmt.Sprintf("%d_%d_%d", m.Seq, m.Rand, m.ServerTime) }

// beforeSend is the question whether a message may be sent.
func beforeSend(o outgoing) (Event, error) {
	m := o.message
	m.ServerTime = o.at.Unix()
	return messageEvent(HookBeforeSend, o, m, nil)
}

// afterSend says that a message was sent, or why not.
func afterSend(o outgoing, m wire.Message, result sendResult) (Event, error) {
	return messageEvent(HookAfterSend, o, m, &result)
}

func messageEvent(command string, o outgoing, m wire.Message, result *sendResult) (Event, error) {
	items, err := msgbody.Format(m.Elements)
	if err != nil {
		return Event{}, err
	}
	now := time.Now()
	body := messageHook{CallbackCommand: command, From: m.Sender, To: o.conv.IDFor(m.Sender), MsgSeq: m.Seq, MsgRandom: m.Rand,
		MsgTime: m.ServerTime, MsgKey: KeyOf(m), MsgID: m.MsgID, sendResult: result, MsgBody: items,
		CloudCustomData: m.CloudCustom, EventTime: now.UnixMilli()}
	if m.OnlineOnly {
		body.OnlineOnlyFlag = 1
	}
	return hookEvent(o.conv.App, m.Sender, command, o.origin, now, body)
}

func hookEvent(app uint64, user, command string, from Origin, at time.Time, body any) (Event, error) {
	text, err := json.Marshal(body)
	return Event{App: app, User: user, At: at, Command: command, Platform: from.Platform, Address: from.Address, Body: text}, err
}

// tellsOf says whether the app's backend hears what becomes of a message.
func (s *Service) tellsOf(o outgoing) bool {
	return s.hooks(o.conv).AfterSend && !o.silent && !o.message.SkipAfterHook
}

// sentEvent returns what the backend hears when the message has its place, or nil.
func (s *Service) sentEvent(o outgoing) func(Placed, uint64) (Event, error) {
	if !s.tellsOf(o) {
		return nil
	}
	return func(p Placed, unread uint64) (Event, error) {
		m := o.message
		m.ServerTime = p.At.Unix()
		return afterSend(o, m, sendResult{0, sendSucceeded, int64(unread)})
	}
}

const sendSucceeded = "send msg succeed"

// tellPassedOn tells the backend of an online-only message.
func (s *Service) tellPassedOn(ctx context.Context, o outgoing) {
	if !s.tellsOf(o) {
		return
	}
	s.tellBackend(ctx, o.conv.App, o.conv.IDFor(o.message.Sender), func(unread uint64) (Event, error) {
		return afterSend(o, o.message, sendResult{0, sendSucceeded, int64(unread)})
	})
}

// tellRefused tells the backend of a message that could not be sent, for another reason than
// the backend's own.
func (s *Service) tellRefused(ctx context.Context, o outgoing, why error) {
	if !s.tellsOf(o) {
		return
	}
	o.message.ServerTime = time.Now().Unix()
	s.tellBackend(ctx, o.conv.App, "", func(uint64) (Event, error) {
		return afterSend(o, o.message, sendResult{timerr.CodeOf(why), timerr.DescOf(why), -1})
	})
}

func (s *Service) tellBackend(ctx context.Context, app uint64, of string, event func(unread uint64) (Event, error)) {
	if err := s.store.Tell(ctx, app, of, event); err != nil {
		s.storeError("keep an event", err)
	}
}

type readHook struct {
	CallbackCommand string
	Reader          string `json:"Report_Account"`
	Peer            string `json:"Peer_Account"`
	LastReadTime    int64
	UnreadMsgNum    int64
	EventTime       int64
}

// readEvent returns what the backend hears when a user has read a conversation, or nil.
func (s *Service) readEvent(conv Conv, user string, from Origin) func(View, uint64) (Event, error) {
	if !s.hooks(conv).AfterRead {
		return nil
	}
	return func(v View, unread uint64) (Event, error) {
		now := time.Now()
		return hookEvent(conv.App, user, HookAfterRead, from, now, readHook{HookAfterRead, user, conv.IDFor(user),
			secondsOf(v.ReadAt), int64(unread), now.UnixMilli()})
	}
}

type recallHook struct {
	CallbackCommand string
	From            string `json:"From_Account"`
	To              string `json:"To_Account"`
	MsgKey          string
	UnreadMsgNum    int64
	EventTime       int64
}

// recallEvent returns what the backend hears when a message was recalled, or nil.
func (s *Service) recallEvent(conv Conv, m wire.Message, from Origin) func(uint64) (Event, error) {
	if !s.hooks(conv).AfterRecall {
		return nil
	}
	return func(unread uint64) (Event, error) {
		now := time.Now()
		return hookEvent(conv.App, m.Sender, HookAfterRecall, from, now, recallHook{HookAfterRecall, m.Sender,
			conv.IDFor(m.Sender), KeyOf(m), int64(unread), now.UnixMilli()})
	}
}
