package chat

import (
	"testing"

	"github.com/banter-im/banter/internal/timerr"
)

func FuzzFileTokens(f *testing.F) {
	const app, expires = 1400000001, 1 << 40
	keyOf := func(of uint64) ([]byte, bool) { return []byte("key"), of == app }
	good := signFileToken([]byte("key"), app, "ann", expires)
	for _, seed := range []string{"", good, good + "A", good[1:], good[:9] + "\r\n" + good[9:], signFileToken([]byte("key"), app+1, "ann", expires)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		gotApp, user, until, err := checkFileToken(token, keyOf)
		switch {
		case token == good && (err != nil || gotApp != app || user != "ann" || until != expires):
			t.Fatalf("a good token is refused: %v", err)
		case token != good && timerr.CodeOf(err) != timerr.FileTransAuthFailed:
			t.Fatalf("a token that nobody signed: %q: %v", token, err)
		}
	})
}
