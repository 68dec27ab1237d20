package usersig

import "github.com/banter-im/banter/internal/timerr"

const maxUserID = 32

// CheckUserID refuses what is no user id.
func CheckUserID(user string) error {
	valid := 1 <= len(user) && len(user) <= maxUserID
	for _, b := range []byte(user) {
		valid = valid && 0x20 <= b && b <= 0x7e
	}
	if !valid {
		return timerr.Newf(timerr.SDKCommInvalidIdentifier, "user_id must be 1 to %d bytes of printable ASCII", maxUserID)
	}
	return nil
}
