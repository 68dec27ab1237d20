package wire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// A client may send its first requests, hello and a login or a resume, with the HTTP request for
// the WebSocket: then neither costs a round trip of its own. They stand in the header that
// carries what nobody may log, and a server that has taken them says how many in its answer.
// To one that does not, the client sends them as frames.
const (
	OpeningHeader = "Authorization"
	OpeningScheme = "Banter"
	OpeningTaken  = "Banter-Taken"
)

// MaxOpening bounds the value of OpeningHeader, in bytes: proxies take headers of 8 KB, all
// together. Longer requests are sent as frames.
const MaxOpening = 4 << 10

// Opening returns the value of OpeningHeader for the texts of so many frames.
func Opening(frames ...[]byte) string {
	value := []byte(OpeningScheme)
	separator := byte(' ')
	for _, frame := range frames {
		value = append(value, separator)
		value = base64.RawURLEncoding.AppendEncode(value, frame)
		separator = '.'
	}
	return string(value)
}

// ReadOpening returns the texts of the frames in a value of OpeningHeader. One of another
// scheme is none of ours, and brings none. An error does not repeat what stands there.
func ReadOpening(value string) (frames [][]byte, err error) {
	scheme, rest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, OpeningScheme) {
		return nil, nil
	}
	if len(value) > MaxOpening {
		return nil, fmt.Errorf("it is longer than %d bytes", MaxOpening)
	}
	for part := range strings.SplitSeq(strings.TrimLeft(rest, " "), ".") {
		frame, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") { // which the decoder skips
			return nil, errors.New("a frame in it is not base64url without padding")
		}
		frames = append(frames, frame)
	}
	return frames, nil
}
