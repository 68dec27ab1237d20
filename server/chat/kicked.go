package chat

import (
	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/session"
)

// hearsOfKicks says whether clients of a platform ever get 6208: native ones do.
func hearsOfKicks(platform session.Platform) bool { return platform != session.Web }

// lateNotice is what a resume hears of a kick that happened while the device was away. A
// login beside it is one of a device that comes back as well as one that the game asked
// for: either switch ends it.
func (s *Service) lateNotice(peer Peer, end End) wire.Kicked {
	app, _ := s.app(peer.App)
	notice := noticeOf(end)
	notice.LoginGoesOn = !hearsOfKicks(peer.Platform) || !app.KickedOnReconnect && !app.KickedOnLogin
	return notice
}

// kickedWhileAway refuses the first login of a device after another one took its place.
func kickedWhileAway(end End) error {
	return timerr.Newf(timerr.LoginKickedOffByOther,
		"another device (%s) logged in at %s UTC while this one was away, log in again to take over",
		end.Platform, clock(end.At))
}
