package usersig

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

// The limits of a ticket that is read, in bytes. Real ones take some 300.
const (
	maxToken    = 8 << 10
	maxDocument = 16 << 10
)

// envelope is the tickets' own base64: not the URL alphabet of RFC 4648, which has
// other meanings for '-' and '_'.
var envelope = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-").
	WithPadding('_').Strict()

// inflaters and deflaters keep zlib readers and writers for the next ticket: a new reader
// costs 40 KB, a writer 800 KB.
var (
	inflaters sync.Pool
	deflaters = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}
)

func encode(doc []byte) string {
	var packed bytes.Buffer
	w := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(w)
	w.Reset(&packed)
	w.Write(doc) // a Buffer takes everything
	w.Close()
	return envelope.EncodeToString(packed.Bytes())
}

// decode returns the JSON text inside token. Its errors say for a human what is wrong.
func decode(token string) ([]byte, error) {
	if len(token) > maxToken {
		return nil, fmt.Errorf("it has %d characters, at most %d are allowed", len(token), maxToken)
	}
	if err := checkAlphabet(token); err != nil {
		return nil, err
	}
	if len(token)%4 != 0 {
		return nil, fmt.Errorf("it is cut short: %d characters, and a whole one has a multiple of 4", len(token))
	}
	packed, err := envelope.DecodeString(token)
	if err != nil {
		var at base64.CorruptInputError
		errors.As(err, &at)
		return nil, fmt.Errorf("it is broken at byte %d", int64(at))
	}
	return inflate(packed)
}

// checkAlphabet finds the first character that no ticket holds. It also keeps line
// breaks out, which the base64 decoder would skip.
func checkAlphabet(token string) error {
	for i := range len(token) {
		c := token[i]
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '*', c == '-', c == '_':
		case c == '%':
			return fmt.Errorf("it is percent-encoded at byte %d: decode it first", i)
		case c == '+', c == '/', c == '=':
			return fmt.Errorf("it is plain base64 at byte %d: '+', '/' and '=' must be written '*', '-' and '_'", i)
		case c <= ' ':
			return fmt.Errorf("it holds white space at byte %d", i)
		default:
			return fmt.Errorf("byte %d is none of a ticket's characters (A-Z a-z 0-9 * - _)", i)
		}
	}
	return nil
}

// inflate unpacks one zlib stream of at most maxDocument bytes, with nothing after it.
func inflate(packed []byte) ([]byte, error) {
	src := bytes.NewReader(packed) // a ByteReader: zlib reads no byte too many from it
	r, err := newInflater(src)
	if err != nil {
		return nil, inflateError(err)
	}
	defer inflaters.Put(r)
	doc, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	switch {
	case err != nil:
		return nil, inflateError(err)
	case len(doc) > maxDocument:
		return nil, fmt.Errorf("it unpacks to more than %d bytes", maxDocument)
	case src.Len() > 0:
		return nil, fmt.Errorf("%d bytes follow its compressed data", src.Len())
	}
	return doc, nil
}

func newInflater(src io.Reader) (io.ReadCloser, error) {
	r, ok := inflaters.Get().(io.ReadCloser)
	if !ok {
		return zlib.NewReader(src)
	}
	if err := r.(zlib.Resetter).Reset(src, nil); err != nil {
		inflaters.Put(r)
		return nil, err
	}
	return r, nil
}

func inflateError(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("it is cut short: its compressed data end too early")
	case errors.Is(err, zlib.ErrHeader), errors.Is(err, zlib.ErrDictionary):
		return errors.New("what it holds is not a zlib stream")
	case errors.Is(err, zlib.ErrChecksum):
		return errors.New("it was altered: the checksum of its compressed data is wrong")
	}
	return errors.New("it is broken: " + strings.TrimPrefix(err.Error(), "flate: "))
}
