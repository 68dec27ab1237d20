package usersig

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// maxExpires bounds a ticket's last second, so that its milliseconds fit an int64. It
// also catches an issuer that counts nanoseconds.
const maxExpires = math.MaxInt64 / 1000

// signed is a ticket as it was read, with what is needed to check its signature.
type signed struct {
	Ticket
	doc document
	sum []byte // the HMAC it claims
}

// read takes token apart. Its errors say for a human what is wrong, and never quote
// what the ticket holds.
func read(token string) (signed, error) {
	text, err := decode(token)
	if err != nil {
		return signed{}, err
	}
	doc, err := parse(text)
	if err != nil {
		return signed{}, err
	}
	return doc.open()
}

// parse reads the JSON document. It is stricter than encoding/json, which takes a key in
// another case, the last of two equal keys, and replaces invalid UTF-8.
func parse(text []byte) (document, error) {
	var doc document
	if !utf8.Valid(text) {
		return doc, errors.New("its JSON is not UTF-8")
	}
	root := gjson.ParseBytes(text)
	if !json.Valid(text) || !root.IsObject() {
		return doc, errors.New("what it holds is not a JSON object")
	}
	seen := map[string]bool{}
	var err error
	root.ForEach(func(key, value gjson.Result) bool {
		if seen[key.Str] {
			err = errors.New("its JSON has one key twice")
			return false
		}
		seen[key.Str] = true
		err = doc.set(key.Str, value)
		return err == nil
	})
	if err != nil {
		return doc, err
	}
	for _, key := range []string{"TLS.ver", "TLS.identifier", "TLS.sdkappid", "TLS.time", "TLS.expire", "TLS.sig"} {
		if !seen[key] {
			return doc, fmt.Errorf("it has no %s", key)
		}
	}
	return doc, nil
}

// set stores the value of one key. Keys that it does not know are no concern of ours.
func (d *document) set(key string, value gjson.Result) (err error) {
	switch key {
	case "TLS.ver":
		d.Version, err = stringValue(key, value)
	case "TLS.identifier":
		d.User, err = stringValue(key, value)
	case "TLS.sdkappid":
		d.App, err = integerValue(key, value, math.MaxUint64)
	case "TLS.time":
		d.Time, err = secondsValue(key, value)
	case "TLS.expire":
		d.Expire, err = secondsValue(key, value)
	case "TLS.userbuf":
		var text string
		text, err = stringValue(key, value)
		d.UserBuf = &text
	case "TLS.sig":
		d.Sig, err = stringValue(key, value)
	}
	return err
}

func stringValue(key string, value gjson.Result) (string, error) {
	if value.Type != gjson.String {
		return "", fmt.Errorf("its %s is not a string", key)
	}
	return value.Str, nil
}

func secondsValue(key string, value gjson.Result) (int64, error) {
	n, err := integerValue(key, value, math.MaxInt64)
	return int64(n), err
}

// integerValue takes digits alone: 1.0, 1e3 and "1" would be signed as something else.
func integerValue(key string, value gjson.Result, most uint64) (uint64, error) {
	n, err := strconv.ParseUint(value.Raw, 10, 64)
	if err != nil || n > most {
		return 0, fmt.Errorf("its %s is not a whole number from 0 to %d", key, most)
	}
	return n, nil
}

// open checks what the document's fields hold.
func (d document) open() (signed, error) {
	// The user id outlives the ticket, as long as a link does: it must not hold on to its text.
	s := signed{Ticket: Ticket{User: strings.Clone(d.User), App: d.App, Issued: d.Time, Expires: d.Time + d.Expire}, doc: d}
	if d.Version != version {
		return s, errors.New("its TLS.ver is not \"" + version + "\"")
	}
	if d.User == "" {
		return s, errors.New("its TLS.identifier is empty")
	}
	if d.Time > maxExpires || d.Expire > maxExpires-d.Time {
		return s, errors.New("its TLS.time and TLS.expire together are beyond any clock")
	}
	var err error
	if d.UserBuf != nil {
		if s.UserBuf, err = strictBase64(*d.UserBuf); err != nil {
			return s, errors.New("its TLS.userbuf is not base64")
		}
	}
	if s.sum, err = strictBase64(d.Sig); err != nil {
		return s, errors.New("its TLS.sig is not base64")
	}
	if len(s.sum) != sha256.Size {
		return s, fmt.Errorf("its TLS.sig has %d bytes, not %d", len(s.sum), sha256.Size)
	}
	return s, nil
}

// strictBase64 takes the one spelling that an encoder makes: no line breaks, no stray bits.
func strictBase64(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil && base64.StdEncoding.EncodedLen(len(raw)) != len(text) {
		err = errors.New("line breaks in base64")
	}
	return raw, err
}
