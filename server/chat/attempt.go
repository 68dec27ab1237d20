package chat

import (
	"encoding/hex"
	"errors"
	"strings"

	"github.com/banter-im/banter/internal/timerr"
)

// Attempt names one login or resume among all that a run of a client sends. A client makes
// its run up when it starts, and counts: an attempt that the server does late, on a link that
// the client has left, is known by its number. The zero Attempt is that of an older client.
type Attempt struct {
	Run    string // 32 lower-case hex digits, or ""
	Number int64  // from 1
}

// Follows says whether a was sent after b, by the same run.
func (a Attempt) Follows(b Attempt) bool {
	return a.Run != "" && a.Run == b.Run && a.Number > b.Number
}

// ErrOvertaken says that a later login or resume of the same run was done before this one.
var ErrOvertaken = errors.New("a later login or resume of the client was done before")

// errOvertaken is what a client would see that waits for such an answer. None does: it has
// sent another login or resume, on another link.
func errOvertaken() error {
	return timerr.Newf(timerr.SvrAccountInternalError, "a later login or resume of this client was done before, try again")
}

// attemptOf reads what a command says of its attempt.
func attemptOf(cmd, run string, number int64) (Attempt, error) {
	switch {
	case run == "" && number == 0:
		return Attempt{}, nil
	case !isRun(run):
		return Attempt{}, timerr.Newf(timerr.SvrAccountInvalidParameters, "%s: run is not 32 lower-case hex digits", cmd)
	case number <= 0:
		return Attempt{}, timerr.Newf(timerr.SvrAccountInvalidParameters, "%s: attempt is %d, the first is 1", cmd, number)
	}
	return Attempt{Run: run, Number: number}, nil
}

const runLength = 32

func isRun(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == runLength && text == strings.ToLower(text)
}
