package usersig

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"github.com/banter-im/banter/internal/timerr"
)

// Keys looks up an app's key. An app may be known and have no key.
type Keys func(app uint64) (key []byte, known bool)

// Check names one of the checks that a ticket must pass, for logs and metrics. It is
// the cause of the errors of Verify.
type Check string

// The checks, in the order in which they are made.
const (
	CheckPresent   Check = "present"
	CheckForm      Check = "form"
	CheckAppKnown  Check = "app_known"
	CheckAppKey    Check = "app_key"
	CheckApp       Check = "app"
	CheckUser      Check = "user"
	CheckExpiry    Check = "expiry"
	CheckSignature Check = "signature"
)

func (c Check) Error() string { return "the ticket failed the check " + string(c) }

// FailedCheck returns the check that an error of Verify tells of, or "".
func FailedCheck(err error) Check {
	var check Check
	errors.As(err, &check)
	return check
}

// Verify checks the ticket with which user wants to enter app at the time now, and
// returns what it says. The first check that fails decides: its error is a
// *timerr.Error whose text tells a human what to mend and holds nothing secret.
// A ticket from the future is good.
func Verify(token string, app uint64, user string, now time.Time, keys Keys) (Ticket, error) {
	s, err := open(token)
	if err != nil {
		return Ticket{}, err
	}
	key, err := lookUp(keys, app)
	if err != nil {
		return Ticket{}, err
	}
	if err := s.checkApp(app); err != nil {
		return Ticket{}, err
	}
	if err := s.checkUser(user); err != nil {
		return Ticket{}, err
	}
	if err := s.checkExpiry(now); err != nil {
		return Ticket{}, err
	}
	if err := s.checkSignature(key); err != nil {
		return Ticket{}, err
	}
	return s.Ticket, nil
}

func open(token string) (signed, error) {
	if token == "" {
		return signed{}, fail(CheckPresent, timerr.SvrAccountUserSigEmpty, "the ticket is empty")
	}
	s, err := read(token)
	if err != nil {
		return signed{}, fail(CheckForm, timerr.SvrAccountUserSigCheckFailed, "the ticket cannot be read: %v", err)
	}
	return s, nil
}

func lookUp(keys Keys, app uint64) ([]byte, error) {
	key, known := keys(app)
	if !known {
		return nil, fail(CheckAppKnown, timerr.SvrAccountSDKAppIDNotFound, "the server has no app %d", app)
	}
	if len(key) == 0 {
		return nil, fail(CheckAppKey, timerr.SvrAccountUserSigPublickeyNotFound, "the server has no key for app %d", app)
	}
	return key, nil
}

func (s signed) checkApp(app uint64) error {
	if s.App == app {
		return nil
	}
	return fail(CheckApp, timerr.SvrAccountUserSigMismatchSDKAppID,
		"the ticket is for app %d, the server was asked for app %d", s.App, app)
}

func (s signed) checkUser(user string) error {
	if s.User == user {
		return nil
	}
	return fail(CheckUser, timerr.SvrAccountUserSigMismatchID,
		"the ticket is for user %s, the login is for %s", quote(s.User), quote(user))
}

func (s signed) checkExpiry(now time.Time) error {
	late := now.Unix() - s.Expires
	if late <= 0 {
		return nil
	}
	return fail(CheckExpiry, timerr.SvrAccountUserSigExpired,
		"the ticket expired %s ago by the server's clock %s", duration(late), clock(now, late))
}

func (s signed) checkSignature(key []byte) error {
	if hmac.Equal(s.doc.mac(key), s.sum) {
		return nil
	}
	return fail(CheckSignature, timerr.SvrAccountUserSigMismatchPublickey,
		"the ticket was not signed with the key of app %d", s.App)
}

func fail(check Check, code timerr.Code, format string, args ...any) error {
	return &timerr.Error{Code: code, Desc: fmt.Sprintf(format, args...), Err: check}
}
