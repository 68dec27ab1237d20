package gateway

import (
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// ReceiveChat is what the gateway asks of the domain about how messages are received.
type ReceiveChat interface {
	SetReceiveOption(a *chat.Attachment, asked wire.ReceiveOption) ([]wire.Conversation, error)
	ReceiveOptions(a *chat.Attachment, asked wire.UserIDs) ([]wire.UserReceiveOption, error)
	SetAllReceive(a *chat.Attachment, asked wire.AllReceiveOption) (wire.AllReceiveOption, error)
	AllReceive(a *chat.Attachment) (wire.AllReceiveOption, error)
}

// receiving does a command about how messages are received, and says whether request is one.
func (l *link) receiving(request wire.Request, held *chat.Attachment) bool {
	domain := l.server.chat
	switch request.Cmd {
	case wire.CmdSetReceiveOption:
		ask(l, request, held, domain.SetReceiveOption)
	case wire.CmdGetReceiveOptions:
		ask(l, request, held, domain.ReceiveOptions)
	case wire.CmdSetAllReceiveOption:
		ask(l, request, held, domain.SetAllReceive)
	case wire.CmdGetAllReceiveOption:
		answer, err := domain.AllReceive(held)
		l.answer(request, answer, err)
	default:
		return false
	}
	return true
}
