package core

import (
	"crypto/rand"
	"encoding/hex"
)

// attempts numbers the logins and resumes that a client sends, as long as it lives. The
// server may do one of them long after the client has left its link, and knows by the number
// that the client has gone on.
type attempts struct {
	run  string // random, so that no two clients have the same
	last int64
}

// runBytes is the length of a run before it becomes hexadecimal.
const runBytes = 16

func newAttempts() attempts {
	run := make([]byte, runBytes)
	rand.Read(run) // never fails: it ends the process instead
	return attempts{run: hex.EncodeToString(run)}
}

func (a *attempts) next() int64 {
	a.last++
	return a.last
}
