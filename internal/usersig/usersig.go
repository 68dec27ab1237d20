// Package usersig makes and checks UserSigs of version 2, the tickets with which a
// game's own backend says who a player is.
//
// A ticket is a JSON document that names user, app, issue time and lifetime and holds
// an HMAC-SHA256 of them under the app's key. It travels as a zlib stream in base64,
// with '*', '-' and '_' in the places of '+', '/' and '='.
package usersig

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Ticket is what a UserSig says, without its signature.
type Ticket struct {
	User    string
	App     uint64
	Issued  int64  // UNIX seconds
	Expires int64  // UNIX seconds; the last second in which the ticket is good
	UserBuf []byte // permissions for calls; nil when the ticket has none, and never read for chat
}

// Sign makes the ticket of user for app, good from issued for expire, in whole seconds.
// The user id must be valid UTF-8, and userbuf is nil for chat.
func Sign(app uint64, key []byte, user string, issued time.Time, expire time.Duration, userbuf []byte) string {
	doc := document{
		Version: version,
		User:    user,
		App:     app,
		Expire:  int64(expire / time.Second),
		Time:    issued.Unix(),
	}
	if len(userbuf) > 0 {
		text := base64.StdEncoding.EncodeToString(userbuf)
		doc.UserBuf = &text
	}
	doc.Sig = base64.StdEncoding.EncodeToString(doc.mac(key))
	text, err := json.Marshal(doc)
	if err != nil {
		panic(fmt.Sprintf("usersig: marshal a ticket: %v", err)) // strings and integers always marshal
	}
	return encode(text)
}

// version is the only TLS.ver there is.
const version = "2.0"

// document is the JSON inside a ticket. UserBuf is a pointer because a key that is
// there, though empty, is part of what is signed.
type document struct {
	Version string  `json:"TLS.ver"`
	User    string  `json:"TLS.identifier"`
	App     uint64  `json:"TLS.sdkappid"`
	Expire  int64   `json:"TLS.expire"`
	Time    int64   `json:"TLS.time"`
	UserBuf *string `json:"TLS.userbuf,omitempty"`
	Sig     string  `json:"TLS.sig"`
}

// mac returns the HMAC of everything in d but its version and signature. A user id
// may hold line breaks, yet no two documents are signed alike: what follows it are
// integers and base64, so that the text can be read from its end in one way only.
func (d document) mac(key []byte) []byte {
	text := make([]byte, 0, 256)
	text = append(text, "TLS.identifier:"...)
	text = append(text, d.User...)
	text = append(text, "\nTLS.sdkappid:"...)
	text = strconv.AppendUint(text, d.App, 10)
	text = append(text, "\nTLS.time:"...)
	text = strconv.AppendInt(text, d.Time, 10)
	text = append(text, "\nTLS.expire:"...)
	text = strconv.AppendInt(text, d.Expire, 10)
	if d.UserBuf != nil {
		text = append(text, "\nTLS.userbuf:"...)
		text = append(text, *d.UserBuf...)
	}
	text = append(text, '\n')
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)
}
