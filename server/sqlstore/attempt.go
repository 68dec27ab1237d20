package sqlstore

import "github.com/banter-im/banter/server/chat"

// checkAttempt is ErrOvertaken if a row says that o's run has gone on: that a later login or
// resume of it was done, or this one. Rows that have ended count too.
func checkAttempt(known []chat.Session, o chat.Opening) error {
	if o.Attempt.Run == "" {
		return nil
	}
	for _, s := range known {
		if s.Attempt.Run == o.Attempt.Run && s.Attempt.Number >= o.Attempt.Number {
			return chat.ErrOvertaken
		}
	}
	return nil
}
