package sqlstore

import (
	"context"

	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
)

// An ended session that has lost its instance is one that its install knows of. The row
// stays, so that a process that still has the session's id is refused by it.

// takeKick notes that the install that logs in knows of all its sessions that were ended,
// and returns how the last of them was that it did not know of. None is returned that a
// node still holds, for that one is being told, or that the install's own login ended.
func takeKick(ctx context.Context, tx querier, known []chat.Session, o chat.Opening) (*chat.End, error) {
	if o.Instance == "" {
		return nil, nil
	}
	var last *chat.Session
	untold := false
	for i, s := range known {
		if s.State != chat.Ended || s.Platform != o.Platform || s.Instance != o.Instance {
			continue
		}
		untold = true
		itself := s.End.Platform == o.Platform && s.End.Instance == o.Instance
		news := s.Node == "" && s.End.Reason == wire.KickOtherDevice && !itself
		if news && (last == nil || s.Login > last.Login) {
			last = &known[i]
		}
	}
	if !untold {
		return nil, nil
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE sessions SET instance = ''
		WHERE app = $1 AND user_id = $2 AND state = 'ended' AND platform = $3 AND instance = $4`,
		int64(o.App), o.User, string(o.Platform), o.Instance)
	if err != nil {
		return nil, err
	}
	if last == nil {
		return nil, nil
	}
	return &last.End, nil
}

// tellKick notes that the install of an ended session knows of its end.
func tellKick(ctx context.Context, tx querier, ref chat.Ref) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE sessions SET instance = ''
		WHERE app = $1 AND user_id = $2 AND session = $3 AND state = 'ended'`,
		int64(ref.App), ref.User, ref.Session)
	return err
}

// endedKept is how many of an account's sessions that have ended stay, the last ones. As many stay
// of those whose install does not know of it, or a device that is away would not hear of its kick.
const endedKept = 32

// forgetEnded removes the rest. Every login reads all of an account's rows, and two devices that
// kick each other all day would leave thousands. That of each so many numbers does it, so
// that it costs the others nothing.
func forgetEnded(ctx context.Context, tx querier, o chat.Opening, number int64) error {
	if number%endedKept != 0 {
		return nil
	}
	return later(ctx, tx, `
		DELETE FROM sessions
		WHERE app = $1 AND user_id = $2 AND state = 'ended' AND node = ''
			AND session NOT IN (
				SELECT session FROM sessions WHERE app = $1 AND user_id = $2 AND state = 'ended'
				ORDER BY ended_at DESC, login DESC LIMIT $3)
			AND session NOT IN (
				SELECT session FROM sessions WHERE app = $1 AND user_id = $2 AND state = 'ended' AND instance <> ''
				ORDER BY ended_at DESC, login DESC LIMIT $3)`,
		int64(o.App), o.User, int64(endedKept))
}
