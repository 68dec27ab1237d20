package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// readFrame reads the next frame of the server.
func readFrame(conn *websocket.Conn) (wire.Frame, error) {
	kind, data, err := conn.ReadMessage()
	if err != nil {
		return wire.Frame{}, err
	}
	if kind != websocket.TextMessage {
		return wire.Frame{}, badFrame(errors.New("it is binary"))
	}
	return parseFrame(data)
}

// parseFrame reads a frame. Whatever of it reaches the game is valid UTF-8.
func parseFrame(data []byte) (wire.Frame, error) {
	var frame wire.Frame
	if !utf8.Valid(data) {
		return frame, badFrame(errors.New("it is not UTF-8"))
	}
	if err := json.Unmarshal(data, &frame); err != nil {
		return frame, badFrame(fmt.Errorf("it is not the JSON of a frame: %w", err))
	}
	if (frame.ID == 0) == (frame.Event == "") {
		return frame, badFrame(errors.New("it is neither an answer nor an event"))
	}
	return frame, nil
}

// encode makes a request's frame. Signs such as < stay one byte: a body that fits must not
// outgrow the limit here.
func encode(r wire.Request) ([]byte, error) {
	var frame bytes.Buffer
	encoder := json.NewEncoder(&frame)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(frame.Bytes(), []byte("\n")), nil
}

func badFrame(err error) error {
	return &timerr.Error{Code: timerr.SDKNetDisconnect, Desc: "the server sent a frame that is none of the protocol's", Err: err}
}
