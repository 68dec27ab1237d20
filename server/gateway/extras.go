package gateway

import (
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// ExtrasChat is what the gateway asks of the domain about extensions and reactions of
// messages.
type ExtrasChat interface {
	SetExtensions(a *chat.Attachment, asked wire.ExtensionsWrite) ([]wire.ExtensionResult, error)
	DeleteExtensions(a *chat.Attachment, asked wire.ExtensionsWrite) ([]wire.ExtensionResult, error)
	Extensions(a *chat.Attachment, asked wire.MessageRef) (wire.ExtensionsList, error)
	AddReaction(a *chat.Attachment, asked wire.ReactionRef) error
	RemoveReaction(a *chat.Attachment, asked wire.ReactionRef) error
	Reactions(a *chat.Attachment, asked wire.ReactionsQuery) ([]wire.MessageReactions, error)
	ReactionUsers(a *chat.Attachment, asked wire.ReactionUsersQuery) (wire.ReactionUsers, error)
}

// extras does a command about extensions or reactions, and says whether request is one.
func (l *link) extras(request wire.Request, held *chat.Attachment) bool {
	domain := l.server.chat
	switch request.Cmd {
	case wire.CmdSetExtensions:
		ask(l, request, held, domain.SetExtensions)
	case wire.CmdDeleteExtensions:
		ask(l, request, held, domain.DeleteExtensions)
	case wire.CmdGetExtensions:
		ask(l, request, held, domain.Extensions)
	case wire.CmdAddReaction:
		ask(l, request, held, done(domain.AddReaction))
	case wire.CmdRemoveReaction:
		ask(l, request, held, done(domain.RemoveReaction))
	case wire.CmdGetReactions:
		ask(l, request, held, domain.Reactions)
	case wire.CmdGetReactionUsers:
		ask(l, request, held, domain.ReactionUsers)
	default:
		return false
	}
	return true
}

// done is do for ask: its answer says that it is done, and nothing more.
func done[B any](do func(*chat.Attachment, B) error) func(*chat.Attachment, B) (any, error) {
	return func(a *chat.Attachment, body B) (any, error) { return nil, do(a, body) }
}
