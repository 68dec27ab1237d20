package transport

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// Opening is what a link begins with: hello, and with it a login or a resume, so that neither
// costs a round trip of its own.
type Opening struct {
	Hello wire.Hello
	Cmd   string          // of the request; "": there is none
	Body  json.RawMessage // of the request
}

// The ids of a link's first requests. FirstID is of the opening's request: its answer is told by
// Serve like every other.
const (
	helloID = 1
	FirstID = 2
)

// header brings the opening along with the handshake, if it is short enough.
func (o Opening) header() (http.Header, error) {
	hello, err := json.Marshal(o.Hello)
	if err != nil {
		return nil, timerr.Wrap(timerr.SDKInternalError, err)
	}
	requests := []wire.Request{{ID: helloID, Cmd: wire.CmdHello, Body: hello}}
	if o.Cmd != "" {
		requests = append(requests, wire.Request{ID: FirstID, Cmd: o.Cmd, Body: o.Body})
	}
	var frames [][]byte
	for _, request := range requests {
		frame, err := encode(request)
		if err != nil {
			return nil, timerr.Wrap(timerr.InvalidJSON, err)
		}
		frames = append(frames, frame)
	}
	value := wire.Opening(frames...)
	if len(value) > wire.MaxOpening {
		return nil, nil
	}
	return http.Header{wire.OpeningHeader: {value}}, nil
}

// taken is how many of the opening's requests came with the handshake.
func taken(response *http.Response) int {
	n, err := strconv.Atoi(response.Header.Get(wire.OpeningTaken))
	if err != nil || n < 0 || n > FirstID {
		return 0
	}
	return n
}

// begin says what of the opening did not come with the handshake, and waits for the answer to hello.
func begin(conn *websocket.Conn, opening Opening, taken int, spawn func(func())) (*Link, error) {
	conn.SetReadLimit(maxReceive)
	if taken < helloID {
		body, err := json.Marshal(opening.Hello)
		if err != nil {
			return nil, err
		}
		if err := conn.WriteJSON(wire.Request{ID: helloID, Cmd: wire.CmdHello, Body: body}); err != nil {
			return nil, err
		}
	}
	welcome, early, err := awaitWelcome(conn)
	if err != nil {
		return nil, err
	}
	l := newLink(conn, welcome, spawn)
	switch {
	case opening.Cmd == "":
	case taken < FirstID:
		_, err = l.Send(opening.Cmd, opening.Body)
	default:
		l.early, l.nextID = early, FirstID+1
	}
	return l, err
}

// awaitWelcome returns the server's settings, and the answers that came before them.
func awaitWelcome(conn *websocket.Conn) (welcome wire.Welcome, early []wire.Frame, err error) {
	for {
		frame, err := readFrame(conn)
		switch {
		case err != nil:
			return welcome, nil, err
		case frame.Event == wire.EventClosing:
			return welcome, nil, closingError(frame)
		case frame.ID == helloID && frame.Code != timerr.Succ:
			return welcome, nil, &timerr.Error{Code: frame.Code, Desc: frame.Desc, Err: ErrPermanent}
		case frame.ID == helloID:
			welcome, err = readWelcome(frame.Body)
			return welcome, early, err
		}
		early = append(early, frame)
	}
}

// closingError is the error of a server that closes instead of answering hello.
func closingError(frame wire.Frame) error {
	var closing wire.Closing
	if err := json.Unmarshal(frame.Body, &closing); err != nil {
		return err
	}
	e := timerr.Newf(timerr.SDKNetConnRefuse, "the server closed the link: %s %s", closing.Reason, closing.Desc)
	if !closing.Redial {
		e.Err = ErrPermanent
	}
	return e
}
