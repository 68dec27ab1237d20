package gateway

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

// maxCommand bounds the name of a command, in bytes.
const maxCommand = 64

// parseRequest reads a client's frame. Its error says what no client of ours sends.
func parseRequest(text []byte) (wire.Request, error) {
	var request wire.Request
	if !utf8.Valid(text) {
		return request, errors.New("a frame is not valid UTF-8")
	}
	if trimmed := bytes.TrimLeft(text, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return request, errors.New("a frame is not a JSON object")
	}
	request, read := wire.ReadRequest(text)
	if read {
		return request, checkRequest(request)
	}
	if err := json.Unmarshal(text, &request); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return request, fmt.Errorf("a frame's %s has the wrong type", wrong.Field)
		}
		return request, errors.New("a frame is not valid JSON")
	}
	return request, checkRequest(request)
}

func checkRequest(request wire.Request) error {
	switch {
	case request.ID == 0:
		return errors.New("a frame has no id")
	case request.Cmd == "":
		return errors.New("a frame has no cmd")
	case len(request.Cmd) > maxCommand:
		return fmt.Errorf("a frame's cmd is longer than %d bytes", maxCommand)
	}
	return nil
}

// parseBody reads a request's body into out. Its error names the field that is wrong.
func parseBody(request wire.Request, out any) error {
	if len(request.Body) == 0 {
		return timerr.Newf(timerr.SvrAccountInvalidParameters, "%s: it has no body", request.Cmd)
	}
	err := wire.Decode(request.Body, out)
	if err == nil {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return timerr.Newf(timerr.SvrAccountInvalidParameters, "%s: %s has the wrong type", request.Cmd, wrong.Field)
	}
	return timerr.Newf(timerr.SvrAccountInvalidParameters, "%s: the body is not a JSON object", request.Cmd)
}

// buffers keeps what frames are read into: a request copies what it needs of it.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// keepBuffer bounds what an idle buffer holds on to.
const keepBuffer = 64 << 10

var errTooBig = errors.New("a frame is longer than the limit")

// readRequest reads the next frame of at most limit bytes. An error of frame means the
// client broke the protocol, one of link that the link has ended.
func readRequest(socket *websocket.Conn, limit int) (request wire.Request, frame, link error) {
	kind, reader, err := socket.NextReader()
	if err != nil {
		return request, nil, err
	}
	if kind != websocket.TextMessage {
		return request, errors.New("a frame is not text"), nil
	}
	buffer := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= keepBuffer {
			buffer.Reset()
			buffers.Put(buffer)
		}
	}()
	read, err := buffer.ReadFrom(io.LimitReader(reader, int64(limit)+1))
	switch {
	case err != nil:
		return request, nil, err
	case read > int64(limit):
		return request, fmt.Errorf("%w of %d bytes", errTooBig, limit), nil
	}
	request, frame = parseRequest(buffer.Bytes())
	return request, frame, nil
}

// The first bytes of WebSocket frames, as RFC 6455 section 5.2 has them: the last
// fragment, and the kind. A server's frames bear no mask.
const (
	textFrame  = 0x81
	closeFrame = 0x88
	pongFrame  = 0x8a
)

// longestHeader is what the header of a frame has at most.
const longestHeader = 10

// encode returns a whole WebSocket frame: encoded once, it can be written to any link.
func encode(f wire.Frame) []byte {
	const around = 100 // what stands around the body, mostly
	room := make([]byte, longestHeader, longestHeader+around+len(f.Desc)+len(f.Body))
	return headed(textFrame, f.AppendTo(room))
}

func frameOf(kind byte, payload []byte) []byte {
	room := make([]byte, longestHeader, longestHeader+len(payload))
	return headed(kind, append(room, payload...))
}

// headed puts the header of a frame before its payload, which has longestHeader bytes of room
// before it.
func headed(kind byte, frame []byte) []byte {
	var header [longestHeader]byte
	begun := append(header[:0], kind)
	switch size := len(frame) - longestHeader; {
	case size <= 125:
		begun = append(begun, byte(size))
	case size <= 0xffff:
		begun = binary.BigEndian.AppendUint16(append(begun, 126), uint16(size))
	default:
		begun = binary.BigEndian.AppendUint64(append(begun, 127), uint64(size))
	}
	frame = frame[longestHeader-len(begun):]
	copy(frame, begun)
	return frame
}

// bodyOf returns v as a frame's body. The bodies are wire's own types, which always marshal.
func bodyOf(v any) json.RawMessage {
	body, err := wire.Encode(v)
	if err != nil {
		panic(fmt.Sprintf("gateway: marshal a body: %v", err))
	}
	return body
}
