package gateway

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// handle does what a request asks, and answers it.
func (l *link) handle(request wire.Request) {
	if l.greeted == (request.Cmd == wire.CmdHello) {
		if l.greeted {
			l.breach("a second hello")
		} else {
			l.breach("a command before hello")
		}
		return
	}
	switch request.Cmd {
	case wire.CmdHello:
		l.hello(request)
	case wire.CmdPing:
		l.sendNow(answerFrame(request, wire.Pong{ServerTimeMS: time.Now().UnixMilli()}, nil))
	case wire.CmdLogin:
		l.login(request)
	case wire.CmdResume:
		l.resume(request)
	case wire.CmdLogout:
		l.logout(request)
	default:
		l.other(request)
	}
}

// answer answers a request: with a body, or with what went wrong.
func (l *link) answer(request wire.Request, body any, err error) {
	l.send(answerFrame(request, body, err))
}

func answerFrame(request wire.Request, body any, err error) []byte {
	switch {
	case err != nil:
		return encode(wire.Frame{ID: request.ID, Code: timerr.CodeOf(err), Desc: timerr.DescOf(err)})
	case body == nil:
		return encode(wire.Frame{ID: request.ID})
	}
	const usual = 512 // bytes of most answers
	text, err := wire.AppendAnswer(make([]byte, longestHeader, longestHeader+usual), request.ID, body)
	if err != nil {
		panic(fmt.Sprintf("gateway: marshal an answer: %v", err)) // wire's own types always marshal
	}
	return headed(textFrame, text)
}

func (l *link) hello(request wire.Request) {
	var hello wire.Hello
	err := parseBody(request, &hello)
	if err == nil {
		err = checkHello(hello)
	}
	if err != nil {
		reason := wire.CloseProtocol
		if errors.Is(err, timerr.New(timerr.SvrCommInvalidRes)) {
			reason = wire.CloseVersion
		}
		l.finish(wire.Closing{Reason: reason, Desc: timerr.DescOf(err)}, answerFrame(request, nil, err))
		return
	}
	l.greeted = true
	l.peer = chat.Peer{App: hello.AppID, Platform: session.Platform(hello.Platform),
		Instance: hello.InstanceID, Address: l.address, Link: l}
	l.clock.set(awaitLogin, time.Now().Add(l.server.cfg.LoginTimeout))
	welcome := answerFrame(request, l.welcome(), nil)
	if len(l.opening) > 0 {
		l.out.hold(welcome, l.server.cfg.OpeningWait)
		return
	}
	l.sendNow(welcome)
}

// maxName bounds what hello says of the client, in bytes.
const maxName = 64

func checkHello(hello wire.Hello) error {
	switch {
	case hello.Protocol < wire.Version:
		return timerr.Newf(timerr.SvrCommInvalidRes,
			"the client is too old: it speaks protocol %d, the server %d", hello.Protocol, wire.Version)
	case hello.Protocol > wire.Version:
		return timerr.Newf(timerr.SvrCommInvalidRes,
			"the server is too old: it speaks protocol %d, the client %d", wire.Version, hello.Protocol)
	case hello.AppID == 0:
		return timerr.Newf(timerr.SvrCommInvalidSDKAppID, "hello: sdk_app_id is 0")
	case len(hello.SDKVersion) > maxName:
		return timerr.Newf(timerr.SvrAccountInvalidParameters, "hello: sdk_version is longer than %d bytes", maxName)
	case len(hello.InstanceID) > maxName:
		return timerr.Newf(timerr.SvrAccountInvalidParameters, "hello: instance_id is longer than %d bytes", maxName)
	case strings.ContainsRune(hello.InstanceID, 0): // PostgreSQL's text has none
		return timerr.Newf(timerr.SvrAccountInvalidParameters, "hello: instance_id holds a NUL")
	}
	if _, err := session.ParsePlatform(hello.Platform); err != nil {
		return timerr.Newf(timerr.SvrAccountInvalidParameters, "hello: %v", err)
	}
	return nil
}

func (l *link) welcome() wire.Welcome {
	cfg := l.server.cfg
	pingAfter := cfg.PingAfter
	if l.proxied {
		pingAfter = cfg.PingAfterProxy
	}
	return wire.Welcome{
		ServerTimeMS:      time.Now().UnixMilli(),
		ReconnectSpreadMS: cfg.ReconnectSpread.Milliseconds(),
		PingAfterMS:       pingAfter.Milliseconds(),
		PingTimeoutMS:     cfg.PingTimeout.Milliseconds(),
		KeepaliveIdleMS:   cfg.KeepaliveIdle.Milliseconds(),
		KeepaliveEveryMS:  cfg.KeepaliveEvery.Milliseconds(),
		KeepaliveCount:    cfg.KeepaliveCount,
		MaxFrameBytes:     wire.MaxFrame,
	}
}

// login opens a session, or gives the one that the link has a fresh ticket. Another
// user's login ends it first.
func (l *link) login(request wire.Request) {
	var login wire.Login
	if err := parseBody(request, &login); err != nil {
		l.answer(request, nil, err)
		return
	}
	if l.admitted && l.user == login.UserID {
		held, _ := l.session()
		answer, err := l.server.chat.Renew(held, login)
		if err != nil {
			l.answer(request, nil, err)
			return
		}
		l.hold(request, held, login.UserID, answer)
		return
	}
	if l.admitted {
		l.release()
	}
	held, answer, err := l.server.chat.Login(l.peer, login)
	if err != nil {
		l.answer(request, nil, err)
		return
	}
	l.hold(request, held, login.UserID, answer)
}

func (l *link) resume(request wire.Request) {
	var resume wire.Resume
	err := parseBody(request, &resume)
	if err == nil && l.admitted {
		err = timerr.Newf(timerr.SDKInvalidOperation, "resume: the link has a session")
	}
	if err != nil {
		l.answer(request, nil, err)
		return
	}
	held, answer, err := l.server.chat.Resume(l.peer, resume)
	var kicked *chat.KickedError
	switch {
	case errors.As(err, &kicked):
		l.mu.Lock()
		l.held = kicked.Attachment
		l.mu.Unlock()
		l.finish(wire.Closing{Reason: wire.CloseKicked}, kickedFrame(kicked.Notice), answerFrame(request, nil, err))
	case err != nil:
		l.answer(request, nil, err)
	default:
		l.hold(request, held, resume.UserID, answer)
	}
}

// hold answers a request with the session that it opened, resumed or renewed, and
// watches its ticket from then on.
func (l *link) hold(request wire.Request, held *chat.Attachment, user string, answer wire.Session) {
	expires := time.Unix(answer.ExpiresAt, 0)
	l.mu.Lock()
	l.held, l.expires = held, expires
	l.mu.Unlock()
	l.user = user
	if !l.admitted {
		l.admitted = true
		l.server.bounds.login(l.place)
	}
	frames := answerFrame(request, answer, nil)
	if own := l.server.chat.OwnStatus(held); own != nil {
		frames = append(frames, eventFrame(wire.EventUserStatus, own)...)
	}
	l.sendNow(frames)
	l.server.chat.Listen(held)
	l.server.chat.WatchSelf(held) // after the answer: until then it has no session
	l.clock.set(awaitWarning, expires.Add(-l.server.cfg.ExpiringAhead))
}

// release logs the link's user out, so that another one can log in.
func (l *link) release() {
	l.aside.end()
	l.sends.wait()
	l.mu.Lock()
	held := l.held
	l.held = nil
	l.mu.Unlock()
	l.server.chat.Logout(held) // it logs what fails: whoever leaves has left
	l.server.chat.LinkClosed(held, false)
	l.user, l.admitted = "", false
	l.server.bounds.logout(l.place)
	l.clock.set(awaitLogin, time.Now().Add(l.server.cfg.LoginTimeout))
}

// logout ends the session and the link. Without a session there is nothing to end.
func (l *link) logout(request wire.Request) {
	l.aside.end()
	l.sends.wait() // they came before it
	var err error
	if held, _ := l.session(); held != nil {
		err = l.server.chat.Logout(held)
	}
	l.finish(wire.Closing{Reason: wire.CloseLoggedOut}, answerFrame(request, nil, err))
}

// other does what needs a login, and answers what this version has not got.
func (l *link) other(request wire.Request) {
	if !l.admitted {
		l.answer(request, nil, timerr.Newf(timerr.SDKNotLoggedIn, "%s: not logged in", request.Cmd))
		return
	}
	if l.status(request) || l.messages(request) || l.files(request) || l.assist(request) {
		return
	}
	l.answer(request, nil, timerr.Newf(timerr.SDKInterfaceNotSupport, "not supported by this version"))
}
