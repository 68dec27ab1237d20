package gateway

import (
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// LabelChat is what the gateway asks of the domain about how users sort conversations.
type LabelChat interface {
	Conversation(a *chat.Attachment, ref wire.ConvRef) (wire.Conversation, error)
	DeleteConversations(a *chat.Attachment, asked wire.ConvListDeletion) (wire.ConvListDeleted, error)
	MarkConversations(a *chat.Attachment, asked wire.ConvMarking) (wire.Sorted, error)
	SetCustomData(a *chat.Attachment, asked wire.ConvCustomData) (wire.Sorted, error)
	CreateConvGroup(a *chat.Attachment, asked wire.ConvGrouping) (wire.Sorted, error)
	DeleteConvGroup(a *chat.Attachment, asked wire.ConvGrouping) (wire.Sorted, error)
	RenameConvGroup(a *chat.Attachment, asked wire.ConvGroupRenaming) (wire.Sorted, error)
	AddToConvGroup(a *chat.Attachment, asked wire.ConvGrouping) (wire.Sorted, error)
	DeleteFromConvGroup(a *chat.Attachment, asked wire.ConvGrouping) (wire.Sorted, error)
}

// labels does a command that sorts conversations, and says whether request is one.
func (l *link) labels(request wire.Request, held *chat.Attachment) bool {
	domain := l.server.chat
	switch request.Cmd {
	case wire.CmdGetConversation:
		ask(l, request, held, domain.Conversation)
	case wire.CmdDeleteConversations:
		ask(l, request, held, domain.DeleteConversations)
	case wire.CmdMarkConversations:
		ask(l, request, held, domain.MarkConversations)
	case wire.CmdSetCustomData:
		ask(l, request, held, domain.SetCustomData)
	case wire.CmdCreateConvGroup:
		ask(l, request, held, domain.CreateConvGroup)
	case wire.CmdDeleteConvGroup:
		ask(l, request, held, domain.DeleteConvGroup)
	case wire.CmdRenameConvGroup:
		ask(l, request, held, domain.RenameConvGroup)
	case wire.CmdAddToConvGroup:
		ask(l, request, held, domain.AddToConvGroup)
	case wire.CmdDeleteFromConvGroup:
		ask(l, request, held, domain.DeleteFromConvGroup)
	default:
		return false
	}
	return true
}
