// Package session holds the rule of which devices of one account may be online
// together. It is pure: what is open and who comes in, who must go out.
package session

import (
	"cmp"
	"slices"
)

// Live is a session that is open: it has a link, or has lost it and may come back.
type Live struct {
	ID       string
	Platform Platform
	Instance string // of one install; "" is nobody's
	Login    int64  // the account's number at its login: a later login has a higher one
	Lost     bool   // it has no link at the moment
	Gone     bool   // nor had it one for so long that it was given up
}

// Admit returns which of the open sessions end when newcomer comes in:
//
//   - those of newcomer's own install on its platform,
//   - those on every other platform that newcomer's excludes,
//   - and of the rest on its platform, as many as it takes to keep the limit:
//     first those that were given up, then those without a link, then those that logged
//     in first.
//
// A session with newcomer's ID is newcomer itself, which resumes, and never ends.
func Admit(policy Policy, live []Live, newcomer Live) []Live {
	var victims, beside []Live
	for _, l := range live {
		switch {
		case l.ID == newcomer.ID:
		case policy.exclude(l.Platform, newcomer.Platform), sameInstall(l, newcomer):
			victims = append(victims, l)
		case l.Platform == newcomer.Platform:
			beside = append(beside, l)
		}
	}
	tooMany := len(beside) + 1 - policy.limit(newcomer.Platform)
	if tooMany <= 0 {
		return victims
	}
	slices.SortStableFunc(beside, firstToGo)
	return append(victims, beside[:tooMany]...)
}

func sameInstall(a, b Live) bool {
	return a.Instance != "" && a.Instance == b.Instance && a.Platform == b.Platform
}

func firstToGo(a, b Live) int {
	return cmp.Or(cmp.Compare(a.hold(), b.hold()), cmp.Compare(a.Login, b.Login))
}

// hold is how firmly a session keeps its place.
func (l Live) hold() int {
	switch {
	case l.Gone:
		return 0
	case l.Lost:
		return 1
	}
	return 2
}
