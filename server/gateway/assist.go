package gateway

import (
	"context"
	"sync"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// AssistChat is what the gateway asks of the domain that services beside the server do. They
// may take long; each call ends with its context.
type AssistChat interface {
	Translate(ctx context.Context, a *chat.Attachment, asked wire.Translate) ([]wire.TranslatedText, error)
	VoiceToText(ctx context.Context, a *chat.Attachment, asked wire.Voice) (wire.VoiceText, error)
}

// assist does a command that a service beside the server does, and says whether request is one.
func (l *link) assist(request wire.Request) bool {
	domain := l.server.chat
	switch request.Cmd {
	case wire.CmdTranslate:
		askAside(l, request, domain.Translate)
	case wire.CmdVoiceToText:
		askAside(l, request, domain.VoiceToText)
	default:
		return false
	}
	return true
}

// maxAside is how many requests of one link wait for others at a time.
const maxAside = 4

// aside are a link's requests that wait for others while the link goes on. The reading
// goroutine owns it.
type aside struct {
	ctx     context.Context // ends with the session; nil: none was begun since
	stop    context.CancelFunc
	slots   chan struct{}
	running sync.WaitGroup
}

// begin returns the context of a request and what is to be done after it, or says that
// there is no room: here, or among those of all links.
func (a *aside) begin(all chan struct{}) (ctx context.Context, done func(), room bool) {
	if a.ctx == nil {
		a.ctx, a.stop = context.WithCancel(context.Background())
		a.slots = make(chan struct{}, maxAside)
	}
	select {
	case a.slots <- struct{}{}:
	default:
		return nil, nil, false
	}
	select {
	case all <- struct{}{}:
	default:
		<-a.slots
		return nil, nil, false
	}
	slots := a.slots
	return a.ctx, func() { <-all; <-slots }, true
}

// end ends what was begun, and waits until each is answered.
func (a *aside) end() {
	if a == nil || a.ctx == nil {
		return
	}
	a.stop()
	a.running.Wait()
	a.ctx = nil
}

// askAside is ask, with the link going on meanwhile.
func askAside[B, A any](l *link, request wire.Request, do func(context.Context, *chat.Attachment, B) (A, error)) {
	var body B
	if err := parseBody(request, &body); err != nil {
		l.answer(request, nil, err)
		return
	}
	if l.aside == nil {
		l.aside = &aside{}
	}
	ctx, done, room := l.aside.begin(l.server.aside)
	if !room {
		l.answer(request, nil, timerr.Newf(timerr.SvrCommReqFreqLimit, "%s: too many are waiting, try again", request.Cmd))
		return
	}
	held, _ := l.session()
	l.aside.running.Go(func() {
		defer done()
		l.server.guard(l, func() {
			answer, err := do(ctx, held, body)
			l.answer(request, answer, err)
		})
	})
}
