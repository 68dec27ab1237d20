package rig

import (
	"strconv"
	"time"

	"github.com/banter-im/banter/internal/usersig"
)

// DemoArguments are those of the demos in every language: the server, the app, a folder
// for the client's files, a user, a good ticket, and four that are not.
func (s *Server) DemoArguments(folder string) []string {
	now, key := time.Now(), []byte(s.Key)
	sign := func(user string, key []byte, issued time.Time) string {
		return usersig.Sign(s.AppID, key, user, issued, time.Hour, nil)
	}
	good := sign("alice", key, now)
	return []string{s.URL, strconv.FormatUint(s.AppID, 10), folder,
		"alice", good, sign("alice", key, now.Add(-time.Hour-35*time.Second)),
		sign("alice", []byte("the key of another app"), now), good[:len(good)/2], sign("bob", key, now)}
}
