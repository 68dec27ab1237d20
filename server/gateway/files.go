package gateway

import (
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// FileChat is what the gateway asks of the domain about files: their bytes go elsewhere.
type FileChat interface {
	FileAccess(a *chat.Attachment, none struct{}) (wire.FileAccess, error)
}

// files does a command about files, and says whether request is one.
func (l *link) files(request wire.Request) bool {
	if request.Cmd != wire.CmdFiles {
		return false
	}
	held, _ := l.session()
	answer, err := l.server.chat.FileAccess(held, struct{}{})
	l.answer(request, answer, err)
	return true
}
