package transport

import (
	"time"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// write writes what waits, and pings a silent server, until the link is closed. It alone
// writes, and it alone closes the connection.
func (l *Link) write(drained func()) {
	defer close(l.written)
	defer l.conn.Close()
	silence := time.NewTimer(milliseconds(l.welcome.PingAfterMS))
	defer silence.Stop()
	var pinged time.Time // when the ping went that has not been answered
	for {
		select {
		case <-l.wake:
			if err := l.flush(drained); err != nil {
				l.end(err)
			}
			if l.isClosing() {
				l.sayGoodbye()
				return
			}
		case <-silence.C:
			var next time.Duration
			pinged, next = l.listen(pinged)
			silence.Reset(next)
		}
	}
}

// flush writes what waits now.
func (l *Link) flush(drained func()) error {
	for {
		frame, closing := l.next()
		if frame == nil {
			break
		}
		if !closing { // else Close has set a shorter one
			l.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		}
		if err := l.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
			return err
		}
	}
	if l.wasFull() {
		drained()
	}
	return nil
}

func (l *Link) next() (frame []byte, closing bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.outbox) == 0 {
		l.outbox = nil
		return nil, l.closing
	}
	frame = l.outbox[0]
	l.outbox[0] = nil
	l.outbox = l.outbox[1:]
	l.queued -= len(frame)
	return frame, l.closing
}

func (l *Link) wasFull() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.full && !l.closing
	l.full = false
	return full
}

func (l *Link) isClosing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closing
}

// sayGoodbye closes the WebSocket as the protocol has it. The server needs no answer.
func (l *Link) sayGoodbye() {
	message := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = l.conn.WriteControl(websocket.CloseMessage, message, time.Now().Add(closeTimeout/10))
}

// listen is called when the server may have been silent for too long: it pings, or gives
// the link up, and says when to listen again.
func (l *Link) listen(pinged time.Time) (time.Time, time.Duration) {
	after, timeout := milliseconds(l.welcome.PingAfterMS), milliseconds(l.welcome.PingTimeoutMS)
	heard := l.begun.Add(time.Duration(l.heard.Load()))
	now := time.Now()
	switch {
	case heard.Add(after).After(now): // heard meanwhile
		return time.Time{}, heard.Add(after).Sub(now)
	case pinged.IsZero() || heard.After(pinged):
		l.ping()
		return now, timeout
	}
	l.end(timerr.Newf(timerr.SDKNetDisconnect, "the link is dead: no answer to a ping within %s", timeout))
	return pinged, timeout
}

// ping asks the server for its clock. A full outbox needs no ping: its write deadline runs.
func (l *Link) ping() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if id, err := l.send(wire.CmdPing, nil); err == nil {
		l.pings[id] = struct{}{}
	}
}
