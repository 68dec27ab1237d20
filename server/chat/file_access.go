package chat

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
)

// FileAccess makes a fresh token for files, for the session's user. It is asked of the link,
// so a user whose session has ended gets no more of them.
func (s *Service) FileAccess(a *Attachment, _ struct{}) (wire.FileAccess, error) {
	return s.fileAccess(a.ref.App, a.ref.User), nil
}

func (s *Service) fileAccess(app uint64, user string) wire.FileAccess {
	key, _ := s.filesKey(app)
	expires := time.Now().Add(s.cfg.FileTokenLife).Unix()
	return wire.FileAccess{Token: signFileToken(key, app, user, expires), ExpiresAt: expires}
}

// FileUser returns whom a token for files was given to. It asks no store: any node can tell,
// from the app's key alone.
func (s *Service) FileUser(token string) (app uint64, user string, err error) {
	app, user, expires, err := checkFileToken(token, s.filesKey)
	if err != nil {
		return 0, "", err
	}
	if now := time.Now().Unix(); now > expires {
		return 0, "", timerr.Newf(timerr.FileTransAuthFailed,
			"the token for files expired %d s ago by the server's clock, ask for a fresh one", now-expires)
	}
	return app, user, nil
}

// A token is these fields in base64: a version, the app, the last second in which it is good,
// the user, and a MAC of what stands before it.
const (
	fileTokenVersion = 1
	fileTokenHead    = 1 + 8 + 8
	fileTokenMAC     = sha256.Size
	maxFileToken     = fileTokenHead + 32 + fileTokenMAC
)

func signFileToken(key []byte, app uint64, user string, expires int64) string {
	text := make([]byte, 0, maxFileToken)
	text = append(text, fileTokenVersion)
	text = binary.BigEndian.AppendUint64(text, app)
	text = binary.BigEndian.AppendUint64(text, uint64(expires))
	text = append(text, user...)
	return base64.RawURLEncoding.EncodeToString(append(text, fileTokenSum(key, text)...))
}

// filesKeyOf is a key of its own, so that nothing that signs tickets can be taken for a token,
// nor the reverse.
func filesKeyOf(key []byte) []byte {
	derived, err := hkdf.Key(sha256.New, key, nil, "banter files token", sha256.Size)
	if err != nil {
		panic("chat: hkdf refuses a constant length: " + err.Error())
	}
	return derived
}

// filesKey looks up the key of an app's tokens.
func (s *Service) filesKey(app uint64) ([]byte, bool) {
	a, known := s.app(app)
	return a.filesKey, known
}

func fileTokenSum(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}

func checkFileToken(token string, keyOf func(app uint64) ([]byte, bool)) (app uint64, user string, expires int64, err error) {
	bad := timerr.Newf(timerr.FileTransAuthFailed, "the token for files is missing or broken")
	if len(token) > base64.RawURLEncoding.EncodedLen(maxFileToken) || strings.ContainsAny(token, "\r\n") { // which base64 skips
		return 0, "", 0, bad
	}
	all, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(all) <= fileTokenHead+fileTokenMAC || all[0] != fileTokenVersion {
		return 0, "", 0, bad
	}
	text, sum := all[:len(all)-fileTokenMAC], all[len(all)-fileTokenMAC:]
	app = binary.BigEndian.Uint64(text[1:])
	key, known := keyOf(app)
	if !known || !hmac.Equal(sum, fileTokenSum(key, text)) {
		return 0, "", 0, timerr.Newf(timerr.FileTransAuthFailed,
			"the token for files is not one of this server's, or the app's key was changed since: ask for a fresh one")
	}
	user = string(text[fileTokenHead:])
	if usersig.CheckUserID(user) != nil {
		return 0, "", 0, bad
	}
	return app, user, int64(binary.BigEndian.Uint64(text[9:])), nil
}

// FileDays returns for how many days the apps keep their files, of those that do not keep them
// for ever.
func (s *Service) FileDays() map[uint64]int {
	days := map[uint64]int{}
	for id, app := range *s.apps.Load() {
		if app.FileDays > 0 {
			days[id] = app.FileDays
		}
	}
	return days
}
