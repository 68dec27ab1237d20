package bench

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
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
	n       int    // of its user
	install int    // of the game, by that user
	game    string // what the running game calls itself
	attempt int64  // of its logins and resumes, the last
	socket  *websocket.Conn
	welcome wire.Welcome
	session wire.Session
	release func() bool // the link is no longer closed with the run
	early   []wire.Frame

	mu      sync.Mutex // of writing
	lastID  uint64
	waiting map[uint64]func(wire.Frame, error) // for answers, by their requests' ids
	ended   bool
}

// begin numbers a login or a resume, so that the server knows one whose answer got lost.
func (l *link) begin() {
	if l.game == "" {
		l.game = newRun()
	}
	l.attempt++
}

// newRun returns what a game that was just started calls itself.
func newRun() string {
	var id [16]byte
	rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// call sends a request and reads until its answer, whose body goes to out unless that is nil.
// Events that come before it are kept for listen.
func (l *link) call(cmd string, body, out any) error {
	id, err := l.send(cmd, body, nil)
	if err != nil {
		return err
	}
	return l.answered(id, out)
}

// answered reads until the answer to the request of that id.
func (l *link) answered(id uint64, out any) error {
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

// ask sends a request on a link that listens. What its answer is, or why none came, answered
// is told by the goroutine that listens. Several goroutines may ask.
func (l *link) ask(cmd string, body any, answered func(wire.Frame, error)) {
	if _, err := l.send(cmd, body, answered); err != nil {
		l.socket.Close() // and whoever listens tells
	}
}

// askText is ask with a request that encode writes.
func (l *link) askText(encode func(id uint64) []byte, answered func(wire.Frame, error)) {
	_, err := l.write(answered, func(id uint64) ([]byte, error) { return encode(id), nil })
	if err != nil {
		l.socket.Close()
	}
}

// await asks, and waits for the answer. Several goroutines may.
func (l *link) await(cmd string, body any) (wire.Frame, error) {
	return l.awaited(func(answered func(wire.Frame, error)) { l.ask(cmd, body, answered) })
}

// awaitText is await with a request that encode writes.
func (l *link) awaitText(encode func(id uint64) []byte) (wire.Frame, error) {
	return l.awaited(func(answered func(wire.Frame, error)) { l.askText(encode, answered) })
}

func (l *link) awaited(ask func(answered func(wire.Frame, error))) (wire.Frame, error) {
	type outcome struct {
		frame wire.Frame
		err   error
	}
	came := make(chan outcome, 1)
	ask(func(frame wire.Frame, err error) { came <- outcome{frame, err} })
	timeout := time.NewTimer(l.run.Timeout)
	defer timeout.Stop()
	select {
	case o := <-came:
		return o.frame, o.err
	case <-timeout.C:
		return wire.Frame{}, context.DeadlineExceeded
	}
}

// send writes a request and returns its id.
func (l *link) send(cmd string, body any, answered func(wire.Frame, error)) (uint64, error) {
	return l.write(answered, func(id uint64) ([]byte, error) { return encode(id, cmd, body) })
}

// encode returns the text of a request.
func encode(id uint64, cmd string, body any) ([]byte, error) {
	request := wire.Request{ID: id, Cmd: cmd}
	if body != nil {
		var err error
		if request.Body, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	return json.Marshal(request)
}

// write writes the request that encode makes for an id.
func (l *link) write(answered func(wire.Frame, error), encode func(id uint64) ([]byte, error)) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if answered != nil && l.ended {
		go answered(wire.Frame{}, net.ErrClosed) // not under the lock
		return 0, nil
	}
	l.lastID++
	id := l.lastID
	if answered != nil {
		if l.waiting == nil {
			l.waiting = map[uint64]func(wire.Frame, error){}
		}
		l.waiting[id] = answered
	}
	text, err := encode(id)
	if err != nil {
		return 0, fmt.Errorf("encode a request: %w", err)
	}
	l.socket.SetWriteDeadline(time.Now().Add(l.run.Timeout))
	return id, l.socket.WriteMessage(websocket.TextMessage, text)
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

// listen hands every event to hear and every answer to whoever asked, from a goroutine of its
// own, and tells ended when no frame comes any more. From then on nobody else reads.
func (l *link) listen(hear func(wire.Frame), ended func(error)) {
	l.socket.SetReadDeadline(time.Time{})
	l.run.work.Go(func() {
		for _, event := range l.early {
			hear(event)
		}
		l.early = nil
		for {
			frame, err := l.read()
			switch {
			case err != nil:
				l.cut()
				l.giveUp(err)
				ended(err)
				return
			case frame.ID == 0:
				hear(frame)
			default:
				l.answer(frame)
			}
		}
	})
}

func (l *link) answer(frame wire.Frame) {
	l.mu.Lock()
	answered := l.waiting[frame.ID]
	delete(l.waiting, frame.ID)
	l.mu.Unlock()
	if answered == nil {
		l.run.broken("an answer came that nothing had asked for")
		return
	}
	var err error
	if frame.Code != 0 {
		err = timerr.Newf(frame.Code, "%s", frame.Desc)
	}
	answered(frame, err)
}

// giveUp tells all who wait for answers that none will come.
func (l *link) giveUp(err error) {
	l.mu.Lock()
	waiting := l.waiting
	l.waiting, l.ended = nil, true
	l.mu.Unlock()
	for _, answered := range waiting {
		answered(wire.Frame{}, err)
	}
}

// cut ends the link without a word, as a game does that is closed.
func (l *link) cut() {
	if l.socket == nil {
		return
	}
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
