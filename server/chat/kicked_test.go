package chat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/chat"
	"github.com/banter-im/banter/server/session"
)

// kickedWhileAway logs ann's phone in, cuts it off and logs her PC in. It returns the
// session that the phone had.
func (in *installation) kickedWhileAway(s *chat.Service, phone session.Platform) wire.Session {
	in.t.Helper()
	held, mine, err := s.Login((&link{}).peer(phone, "phone"), login("ann"))
	require.NoError(in.t, err)
	s.LinkClosed(held, false)
	_, _, err = s.Login((&link{}).peer(session.Windows, "pc"), login("ann"))
	require.NoError(in.t, err)
	return mine
}

func TestTheSwitchesOf6208(t *testing.T) {
	tests := []struct {
		name             string
		reconnect, login bool
		platform         session.Platform
		goesOn           bool        // what the resume says of a login beside it
		code             timerr.Code // of the login of a device that was started anew
	}{
		{"by default only a login beside a resume gets it", true, false, session.Android, false, timerr.Succ},
		{"with both on every login does", true, true, session.Android, false, timerr.LoginKickedOffByOther},
		{"with both off none does", false, false, session.Android, true, timerr.Succ},
		{"a login beside a resume is a login too", false, true, session.Android, false, timerr.LoginKickedOffByOther},
		{"the web never gets it", true, true, session.Web, true, timerr.Succ},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, in *installation) {
				s := in.node("a", func(cfg *chat.Config, _ *chat.Store, _ *chat.Bus) {
					cfg.Apps[0].Policy.Mode = session.Single
					cfg.Apps[0].KickedOnReconnect, cfg.Apps[0].KickedOnLogin = tt.reconnect, tt.login
				})
				mine := in.kickedWhileAway(s, tt.platform)
				_, _, err := s.Resume((&link{}).peer(tt.platform, "phone"), resume("ann", mine))
				var kicked *chat.KickedError
				require.ErrorAs(t, err, &kicked, "whatever the switches say")
				assert.Equal(t, tt.goesOn, kicked.Notice.LoginGoesOn)
				_, _, err = s.Login((&link{}).peer(tt.platform, "phone"), login("ann"))
				assert.NoError(t, err, "it was told")

				in.kickedWhileAway(s, tt.platform)
				_, _, err = s.Login((&link{}).peer(tt.platform, "phone"), login("ann"))
				require.Equal(t, tt.code, timerr.CodeOf(err))
				if err != nil {
					assert.Contains(t, timerr.DescOf(err), "(windows) logged in at 2000-01-01 00:00:00 UTC")
				}
				_, _, err = s.Login((&link{}).peer(tt.platform, "phone"), login("ann"))
				assert.NoError(t, err, "once")
			})
		})
	}
}

func TestAppsChangeForTheNextLogin(t *testing.T) {
	inBubble(t, func(t *testing.T, in *installation) {
		s := in.node("a")
		first, _, held := in.login(s, "ann")

		assert.ErrorContains(t, s.SetApps([]chat.App{{ID: app, Policy: session.Policy{Mode: "quad"}}}), `policy "quad"`)
		in.login(s, "bob") // nothing has changed

		multi := session.Policy{Mode: session.Multi, Limits: map[session.Platform]int{session.Linux: 2}}
		other := []byte("another key")
		require.NoError(t, s.SetApps([]chat.App{{ID: app, Key: other, Policy: multi}}))
		_, _, err := s.Login((&link{}).peer(session.Linux, ""), login("ann"))
		assert.ErrorIs(t, err, timerr.New(timerr.SvrAccountUserSigMismatchPublickey), "its key is void")
		for _, kicks := range []bool{false, true} {
			again := login("ann")
			again.UserSig = sigOf("ann", other)
			_, _, err = s.Login((&link{}).peer(session.Linux, ""), again)
			require.NoError(t, err)
			assert.Equal(t, kicks, first.kicked(), "two are allowed now, three are not")
		}
		require.NoError(t, s.SetApps(nil))
		_, _, err = s.Resume((&link{}).peer(session.Linux, ""), resume("ann", held))
		assert.ErrorIs(t, err, timerr.New(timerr.SvrAccountSDKAppIDNotFound))
	})
}

func sigOf(user string, key []byte) string {
	return usersig.Sign(app, key, user, time.Now(), time.Hour, nil)
}
