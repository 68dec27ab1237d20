package gateway

import (
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// MessageChat is what the gateway asks of the domain about messages and conversations.
type MessageChat interface {
	ExtrasChat
	Listen(a *chat.Attachment)
	SendMessages(a *chat.Attachment, messages []wire.Message) []chat.Outcome
	Messages(a *chat.Attachment, asked wire.MessagesRange) (wire.MessagesPage, error)
	Changes(a *chat.Attachment, asked wire.ChangesSince) (wire.ChangesPage, error)
	Conversations(a *chat.Attachment, asked wire.ConversationsSince) (wire.ConversationsPage, error)
	ReportRead(a *chat.Attachment, report wire.ReadReport) (wire.Conversation, error)
	ReadAll(a *chat.Attachment, asked wire.ReadAll) ([]wire.Conversation, error)
	Revoke(a *chat.Attachment, asked wire.Revocation) (wire.Message, error)
	Modify(a *chat.Attachment, asked wire.Modification) (wire.Modified, error)
	SendReceipts(a *chat.Attachment, asked wire.MessagePlaces) (wire.Receipts, error)
	Receipts(a *chat.Attachment, asked wire.MessagePlaces) ([]wire.Receipt, error)
	DeleteMessages(a *chat.Attachment, asked wire.MessagesDeletion) (wire.DeletedMessages, error)
	ClearConversation(a *chat.Attachment, ref wire.ConvRef, remove bool) (wire.Conversation, error)
	PinConversation(a *chat.Attachment, pin wire.Pin) (wire.Conversation, error)
	ReceiveChat
	UploadMerger(a *chat.Attachment, asked wire.Merger) (wire.MergerKey, error)
	DownloadMerger(a *chat.Attachment, asked wire.MergerKey) (wire.Merger, error)
	LabelChat
}

// messages does a command about messages or conversations, and says whether request is one.
func (l *link) messages(request wire.Request) bool {
	held, _ := l.session()
	if l.receiving(request, held) {
		return true
	}
	domain := l.server.chat
	switch request.Cmd {
	case wire.CmdSendMessage:
		l.sendMessage(request, held)
	case wire.CmdGetMessages:
		ask(l, request, held, domain.Messages)
	case wire.CmdGetChanges:
		ask(l, request, held, domain.Changes)
	case wire.CmdGetConversations:
		ask(l, request, held, domain.Conversations)
	case wire.CmdReportRead:
		ask(l, request, held, domain.ReportRead)
	case wire.CmdReportAllRead:
		ask(l, request, held, domain.ReadAll)
	case wire.CmdRevoke:
		ask(l, request, held, domain.Revoke)
	case wire.CmdModify:
		ask(l, request, held, domain.Modify)
	case wire.CmdSendReceipts:
		ask(l, request, held, domain.SendReceipts)
	case wire.CmdGetReceipts:
		ask(l, request, held, domain.Receipts)
	case wire.CmdDeleteMessages:
		ask(l, request, held, domain.DeleteMessages)
	case wire.CmdPinConversation:
		ask(l, request, held, domain.PinConversation)
	case wire.CmdUploadMerger:
		ask(l, request, held, domain.UploadMerger)
	case wire.CmdDownloadMerger:
		ask(l, request, held, domain.DownloadMerger)
	case wire.CmdClearHistory, wire.CmdDeleteConversation:
		ask(l, request, held, func(a *chat.Attachment, ref wire.ConvRef) (wire.Conversation, error) {
			return domain.ClearConversation(a, ref, request.Cmd == wire.CmdDeleteConversation)
		})
	default:
		return l.extras(request, held) || l.labels(request, held)
	}
	return true
}

// ask answers a request with what the domain does with its body.
func ask[B, A any](l *link, request wire.Request, held *chat.Attachment, do func(*chat.Attachment, B) (A, error)) {
	var body B
	err := parseBody(request, &body)
	if err != nil {
		l.answer(request, nil, err)
		return
	}
	answer, err := do(held, body)
	l.answer(request, answer, err)
}

// sendMessage queues a message: the link goes on reading while messages are kept.
func (l *link) sendMessage(request wire.Request, held *chat.Attachment) {
	var m wire.Message
	if err := parseBody(request, &m); err != nil {
		l.answer(request, nil, err)
		return
	}
	if l.sends == nil {
		l.sends = newSends()
	}
	l.sends.add(send{request, held, m}, func(batch []send) {
		l.server.guard(l, func() { l.sendAll(batch) })
	})
}

// sendAll sends messages, and answers each.
func (l *link) sendAll(sends []send) {
	for len(sends) > 0 {
		n := 1
		for n < len(sends) && sends[n].held == sends[0].held {
			n++
		}
		messages := make([]wire.Message, n)
		for i, s := range sends[:n] {
			messages[i] = s.message
		}
		for i, outcome := range l.server.chat.SendMessages(sends[0].held, messages) {
			l.answer(sends[i].request, outcome.Sent, outcome.Err)
		}
		sends = sends[n:]
	}
}
