package gateway

import (
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// StatusChat is what the gateway asks of the domain about users' statuses.
type StatusChat interface {
	OwnStatus(a *chat.Attachment) []wire.UserStatus
	WatchSelf(a *chat.Attachment)
	UserStatuses(a *chat.Attachment, users []string) ([]wire.UserStatus, error)
	SetSelfStatus(a *chat.Attachment, text string) error
	Watch(a *chat.Attachment, users []string) (statuses []wire.UserStatus, begin func(), err error)
	Unwatch(a *chat.Attachment, users []string) error
}

// status does a command about statuses, and says whether request is one.
func (l *link) status(request wire.Request) bool {
	held, _ := l.session()
	switch request.Cmd {
	case wire.CmdGetUserStatus:
		l.getUserStatus(request, held)
	case wire.CmdSetSelfStatus:
		l.setSelfStatus(request, held)
	case wire.CmdSubscribeUserStatus:
		l.watch(request, held)
	case wire.CmdUnsubscribeUserStatus:
		l.unwatch(request, held)
	default:
		return false
	}
	return true
}

func (l *link) getUserStatus(request wire.Request, held *chat.Attachment) {
	var body wire.UserIDs
	if err := parseBody(request, &body); err != nil {
		l.answer(request, nil, err)
		return
	}
	statuses, err := l.server.chat.UserStatuses(held, body.Users)
	l.answer(request, statuses, err)
}

func (l *link) setSelfStatus(request wire.Request, held *chat.Attachment) {
	var body wire.SelfStatus
	err := parseBody(request, &body)
	if err == nil {
		err = l.server.chat.SetSelfStatus(held, body.Status.Text)
	}
	l.answer(request, nil, err)
}

// watch answers before any change is told, so that what the client hears is in order.
func (l *link) watch(request wire.Request, held *chat.Attachment) {
	var body wire.UserIDs
	if err := parseBody(request, &body); err != nil {
		l.answer(request, nil, err)
		return
	}
	statuses, begin, err := l.server.chat.Watch(held, body.Users)
	l.answer(request, statuses, err)
	if err == nil {
		begin()
	}
}

func (l *link) unwatch(request wire.Request, held *chat.Attachment) {
	var body wire.UserIDs
	err := parseBody(request, &body)
	if err == nil {
		err = l.server.chat.Unwatch(held, body.Users)
	}
	l.answer(request, nil, err)
}

// Tell gives the client an event.
func (l *link) Tell(notice *chat.Notice) { l.send(notice.Frame(eventFrame)) }

func eventFrame(event string, body any) []byte {
	frame := wire.Frame{Event: event}
	if body != nil {
		frame.Body = bodyOf(body)
	}
	return encode(frame)
}
