package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// link is one client's link. Until listen is called, one goroutine uses it.
type link struct {
	run     *run
	n       int // of its user
	socket  *websocket.Conn
	welcome wire.Welcome
	session wire.Session
	release func() bool // the link is no longer closed with the run
	early   []wire.Frame

	mu     sync.Mutex // of writing
	lastID uint64
}

// dial opens a link for the n-th user, and says hello.
func (r *run) dial(n int) (*link, error) {
	ctx, cancel := context.WithTimeout(r.ctx, r.Timeout)
	defer cancel()
	socket, response, err := r.dialer.DialContext(ctx, r.url(), nil)
	if err != nil {
		if response != nil {
			why, _ := io.ReadAll(io.LimitReader(response.Body, 200))
			return nil, &refusal{response.StatusCode, strings.TrimSpace(string(why))}
		}
		return nil, err
	}
	l := &link{run: r, n: n, socket: socket}
	l.release = context.AfterFunc(r.ctx, func() { socket.Close() })
	if err := l.hello(); err != nil {
		l.cut()
		return nil, err
	}
	return l, nil
}

func (l *link) hello() error {
	err := l.call(wire.CmdHello, wire.Hello{Protocol: wire.Version, AppID: l.run.AppID, SDKVersion: "bench",
		Platform: l.run.Platform, InstanceID: l.run.user(l.n), LoginWanted: true}, &l.welcome)
	if err != nil {
		return err
	}
	if tcp, ok := l.socket.NetConn().(*net.TCPConn); ok && l.welcome.KeepaliveIdleMS > 0 {
		tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: milliseconds(l.welcome.KeepaliveIdleMS),
			Interval: milliseconds(l.welcome.KeepaliveEveryMS), Count: l.welcome.KeepaliveCount})
	}
	return nil
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// login opens a session on the link.
func (l *link) login() error {
	return l.call(wire.CmdLogin, wire.Login{UserID: l.run.user(l.n), UserSig: l.run.tickets.of(l.n)}, &l.session)
}

// resume takes a session up that another link had.
func (l *link) resume(s wire.Session) error {
	return l.call(wire.CmdResume, wire.Resume{UserID: l.run.user(l.n), UserSig: l.run.tickets.of(l.n),
		SessionID: s.SessionID, Number: s.Number}, &l.session)
}

// connect dials, says hello and logs in.
func (r *run) connect(n int) (*link, error) {
	l, err := r.dial(n)
	if err != nil {
		return nil, err
	}
	if err := l.login(); err != nil {
		l.cut()
		return nil, err
	}
	return l, nil
}

// call sends a request and reads until its answer, whose body goes to out unless that is nil.
// Events that come before it are kept for listen.
func (l *link) call(cmd string, body, out any) error {
	id, err := l.send(cmd, body)
	if err != nil {
		return err
	}
	l.socket.SetReadDeadline(time.Now().Add(l.run.Timeout))
	for {
		frame, err := l.read()
		switch {
		case err != nil:
			return err
		case frame.ID == id && frame.Code != 0:
			return timerr.Newf(frame.Code, "%s", frame.Desc)
		case frame.ID == id && out != nil:
			return json.Unmarshal(frame.Body, out)
		case frame.ID == id:
			return nil
		case frame.ID != 0:
			l.run.broken("an answer came that nothing had asked for")
			return errors.New("an answer that nothing had asked for")
		}
		l.early = append(l.early, frame)
	}
}

// send writes a request and returns its id. Several goroutines may.
func (l *link) send(cmd string, body any) (uint64, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, fmt.Errorf("encode a request: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lastID++
	request := wire.Request{ID: l.lastID, Cmd: cmd}
	if body != nil {
		request.Body = text
	}
	if text, err = json.Marshal(request); err != nil {
		return 0, fmt.Errorf("encode a request: %w", err)
	}
	l.socket.SetWriteDeadline(time.Now().Add(l.run.Timeout))
	return l.lastID, l.socket.WriteMessage(websocket.TextMessage, text)
}

func (l *link) read() (wire.Frame, error) {
	var frame wire.Frame
	_, text, err := l.socket.ReadMessage()
	if err != nil {
		return frame, err
	}
	if err := json.Unmarshal(text, &frame); err != nil {
		l.run.broken("a frame came that is no JSON")
		return frame, err
	}
	return frame, nil
}

// listen hands every frame that comes to hear, from a goroutine of its own, and tells ended
// when the link has ended and no frame comes any more. From then on nobody else reads.
func (l *link) listen(hear func(wire.Frame), ended func(error)) {
	l.socket.SetReadDeadline(time.Time{})
	l.run.work.Go(func() {
		for _, frame := range l.early {
			hear(frame)
		}
		l.early = nil
		for {
			frame, err := l.read()
			if err != nil {
				l.cut()
				ended(err)
				return
			}
			hear(frame)
		}
	})
}

// cut ends the link without a word, as a game does that is closed.
func (l *link) cut() {
	l.release()
	l.socket.Close()
}

// refusal is an HTTP answer that is no WebSocket.
type refusal struct {
	status int
	why    string
}

func (r *refusal) Error() string { return fmt.Sprintf("refused with status %d: %s", r.status, r.why) }

// labelOf sorts an error under what went wrong: a code of the TIM C API, or a name. What it
// says holds neither a ticket nor a message.
func labelOf(err error) (label, desc string) {
	var answer *timerr.Error
	var refused *refusal
	var closed *websocket.CloseError
	var network net.Error
	switch {
	case errors.As(err, &answer):
		return fmt.Sprint(int(timerr.CodeOf(err))), timerr.DescOf(err)
	case errors.As(err, &refused):
		return fmt.Sprint("http ", refused.status), refused.why
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", ""
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "timeout", ""
	case errors.As(err, &closed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return "link lost", ""
	}
	return "other", err.Error()
}
