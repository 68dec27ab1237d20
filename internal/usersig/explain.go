package usersig

import (
	"fmt"
	"strings"
	"time"

	"github.com/banter-im/banter/internal/timerr"
)

// Known is what somebody who looks at a ticket knows about it. What is zero is not known,
// and not checked.
type Known struct {
	App  uint64
	User string
	Key  []byte
	Now  time.Time
}

// Explain says in words what token holds and how each check ends. Its error is the one
// that Verify would give with what is known; the words are good in either case, and
// hold neither key nor signature.
func Explain(token string, known Known) (string, error) {
	s, err := open(token)
	if err != nil {
		return line("form", verdict(err)), err
	}
	var words strings.Builder
	words.WriteString(s.words())
	words.WriteString(line("form", verdict(nil)))

	var first error
	check := func(name string, can bool, missing string, check func() error) {
		if !can {
			words.WriteString(line(name, "not checked: no "+missing+" given"))
			return
		}
		err := check()
		words.WriteString(line(name, verdict(err)))
		if first == nil {
			first = err
		}
	}
	check("app", known.App != 0, "app id", func() error { return s.checkApp(known.App) })
	check("user", known.User != "", "user", func() error { return s.checkUser(known.User) })
	check("expiry", !known.Now.IsZero(), "time", func() error { return s.checkExpiry(known.Now) })
	check("signature", len(known.Key) > 0, "key", func() error { return s.checkSignature(known.Key) })
	return words.String(), first
}

func (s signed) words() string {
	userbuf := "none"
	if s.doc.UserBuf != nil {
		userbuf = fmt.Sprintf("%d bytes", len(s.UserBuf))
	}
	return line("for user", quote(s.User)) +
		line("for app", fmt.Sprint(s.App)) +
		line("issued", second(s.Issued)) +
		line("good until", second(s.Expires)+", "+duration(s.doc.Expire)+" after it was issued") +
		line("userbuf", userbuf)
}

func line(name, text string) string { return fmt.Sprintf("%-11s %s\n", name, text) }

func verdict(err error) string {
	if err == nil {
		return "ok"
	}
	return fmt.Sprintf("FAILED with %d: %s", timerr.CodeOf(err), timerr.DescOf(err))
}

// second writes a UNIX time for a human who may have to find that the issuer took
// milliseconds for seconds.
func second(unix int64) string {
	return fmt.Sprintf("%s (%d)", time.Unix(unix, 0).UTC().Format("2006-01-02 15:04:05 UTC"), unix)
}
