package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/usersig"
	"github.com/banter-im/banter/internal/wire"
)

func TestLogin(t *testing.T) {
	s := startDev(t, testFolder(t))
	for _, user := range s.Users {
		c := s.connect("linux", "1")
		got := c.login(user.UserID, user.UserSig)
		assert.Len(t, got.SessionID, 32)
		assert.EqualValues(t, 1, got.Number, "an account counts from its first login")
		assert.Greater(t, got.ExpiresAt, time.Now().Unix())
	}
	assert.Contains(t, s.get("/metrics"), "banter_sessions 3\n")
	assert.Contains(t, s.get("/metrics"), `banter_logins_total{code="0",command="login"} 3`)
}

func TestTicketsAreChecked(t *testing.T) {
	s := startDev(t, testFolder(t))
	now, key := time.Now(), []byte(s.AppKey)
	good := s.ticket("ann", 3600)
	tests := []struct {
		name, user, sig string
		code            timerr.Code
		desc            string
	}{
		{"no ticket", "ann", "", 70002, "empty"},
		{"one cut short", "ann", good[:len(good)/2], 70003, "cannot be read"},
		{"an expired one", "ann", usersig.Sign(s.AppID, key, "ann", now.Add(-95*time.Second), time.Minute, nil), 70001, "expired 3"},
		{"one with another key", "ann", usersig.Sign(s.AppID, []byte("other"), "ann", now, time.Hour, nil), 70009, ""},
		{"another user's", "ann", s.ticket("bob", 3600), 70013, `"bob"`},
		{"another app's", "ann", usersig.Sign(7, key, "ann", now, time.Hour, nil), 70014, "for app 7"},
		{"a user id that is too long", strings.Repeat("a", 33), good, 7003, "user_id"},
		{"a user id that is not ASCII", "änn", good, 7003, "user_id"},
		{"no user id", "", good, 7003, "user_id"},
	}
	c := s.connect("linux", "1")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, desc := c.refused(tt.user, tt.sig)
			assert.Equal(t, tt.code, code, desc)
			assert.Contains(t, desc, tt.desc)
		})
	}
	c.login("ann", good) // the link is as good as it was
}

func TestUserIDsMayHoldAnyPrintableCharacter(t *testing.T) {
	s := startDev(t, testFolder(t))
	for _, user := range []string{">", "*", "a.b", "a b", `"\`, strings.Repeat("x", 32)} {
		first, _ := s.online(user, "linux", "1")
		s.online(user, "linux", "2")
		first.expectKicked()
	}
}

func TestAnUnknownAppIsSaidAtLogin(t *testing.T) {
	s := startDev(t, testFolder(t))
	c := s.dial()
	c.call(wire.CmdHello, wire.Hello{Protocol: wire.Version, AppID: 9, Platform: "linux"})
	code, desc := c.refused("ann", s.ticket("ann", 3600))
	assert.Equal(t, timerr.SvrAccountSDKAppIDNotFound, code, desc)
}

func TestASecondDeviceKicksTheFirst(t *testing.T) {
	s := startDev(t, testFolder(t))
	first, session := s.online("ann", "android", "phone")
	web, _ := s.online("ann", "web", "browser")
	second := s.connect("windows", "pc")
	sig := s.ticket("ann", 3600)
	second.login("ann", sig)

	notice := first.expectKicked()
	assert.Equal(t, wire.KickOtherDevice, notice.Reason)
	assert.Equal(t, "windows", notice.Platform)
	assert.Equal(t, "pc", notice.Instance)
	assert.InDelta(t, time.Now().Unix(), notice.Time, patience.Seconds())

	assert.Zero(t, web.call(wire.CmdPing, nil).Code, "the web is beside every other platform")
	assert.Zero(t, second.call(wire.CmdPing, nil).Code)
	// First read the notice and closed its side, so the session is forgotten: there is
	// nothing left to tell a resume. The row goes just after the link has ended.
	s.awaitForgotten("ann", session)
	assert.Contains(t, s.get("/metrics"), `banter_kicks_total{reason="other_device"} 1`)
}

func TestADeviceKickedWhileAwayLearnsOfItOnce(t *testing.T) {
	s := startDev(t, testFolder(t))
	away, session := s.online("ann", "android", "phone")
	away.cut()
	s.online("ann", "windows", "pc")

	back, sig := s.connect("android", "phone"), s.ticket("ann", 3600)
	back.request(wire.CmdResume, wire.Resume{UserID: "ann", UserSig: sig, SessionID: session.SessionID, Number: session.Number})
	notice := body[wire.Kicked](t, back.expect(wire.EventKicked))
	assert.Equal(t, "windows", notice.Platform)
	assert.Equal(t, timerr.LoginKickedOffByOther, back.read().Code)
	assert.False(t, back.expectClosing(wire.CloseKicked).Redial)

	s.awaitForgotten("ann", session)
}

// awaitForgotten waits until a resume finds no session, which is just after the kicked
// device's link has ended.
func (s *devServer) awaitForgotten(user string, of wire.Session) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		c := s.connect("android", "phone")
		c.request(wire.CmdResume, wire.Resume{UserID: user, UserSig: s.ticket(user, 3600), SessionID: of.SessionID, Number: of.Number})
		frame := c.read()
		c.socket.Close()
		if frame.Code == timerr.SDKNotLoggedIn {
			return
		}
		require.Equal(s.t, wire.EventKicked, frame.Event, "%+v", frame)
		require.True(s.t, time.Now().Before(deadline), "the session is still there")
	}
}

func TestResume(t *testing.T) {
	s := startDev(t, testFolder(t))
	sig := s.ticket("ann", 3600)
	first, session := s.online("ann", "linux", "1")
	first.cut()

	c := s.connect("linux", "1")
	resumed := c.session(c.resume("ann", sig, session))
	assert.Equal(t, session.SessionID, resumed.SessionID)
	assert.Greater(t, resumed.Number, session.Number)

	t.Run("an old number owns nothing", func(t *testing.T) {
		answer := s.connect("linux", "1").resume("ann", sig, session)
		assert.Equal(t, timerr.SDKNotLoggedIn, answer.Code)
		assert.Contains(t, answer.Desc, "log in")
	})
	t.Run("nor does another user", func(t *testing.T) {
		answer := s.connect("linux", "1").resume("bob", s.ticket("bob", 3600), resumed)
		assert.Equal(t, timerr.SDKNotLoggedIn, answer.Code)
	})
	t.Run("the ticket is checked", func(t *testing.T) {
		answer := s.connect("linux", "1").resume("ann", s.ticket("bob", 3600), resumed)
		assert.Equal(t, timerr.SvrAccountUserSigMismatchID, answer.Code)
	})
	t.Run("a link that has a session cannot resume", func(t *testing.T) {
		assert.Equal(t, timerr.SDKInvalidOperation, c.resume("ann", sig, resumed).Code)
	})
	t.Run("a resume supersedes the old link silently", func(t *testing.T) {
		next := s.connect("linux", "1")
		next.session(next.resume("ann", sig, resumed))
		assert.False(t, c.expectClosing(wire.CloseSuperseded).Redial)
	})
}

func TestAnotherTicketReplacesTheOldOneInPlace(t *testing.T) {
	s := startDev(t, testFolder(t))
	c, session := s.online("ann", "linux", "1")

	code, _ := c.refused("ann", s.ticket("bob", 3600))
	assert.Equal(t, timerr.SvrAccountUserSigMismatchID, code)
	assert.Zero(t, c.call("TIMGetUserStatus", wire.UserIDs{Users: []string{"ann"}}).Code, "the session stays")

	renewed := c.login("ann", s.ticket("ann", 7200))
	assert.Equal(t, session.SessionID, renewed.SessionID)
	assert.Equal(t, session.Number, renewed.Number)
	assert.Greater(t, renewed.ExpiresAt, session.ExpiresAt)
}

func TestAnotherUserLogsTheFirstOut(t *testing.T) {
	s := startDev(t, testFolder(t))
	c, ann := s.online("ann", "linux", "1")
	c.login("bob", s.ticket("bob", 3600))
	answer := s.connect("linux", "2").resume("ann", s.ticket("ann", 3600), ann)
	assert.Equal(t, timerr.SDKNotLoggedIn, answer.Code, "a clean logout leaves no trace")

	code, _ := c.refused("cat", "no ticket")
	assert.NotZero(t, code)
	assert.Equal(t, timerr.SDKNotLoggedIn, c.call("TIMGetUserStatus", nil).Code, "bob is out all the same")
}

func TestLogout(t *testing.T) {
	s := startDev(t, testFolder(t))
	c, session := s.online("ann", "linux", "1")
	assert.Zero(t, c.call(wire.CmdLogout, nil).Code)
	assert.False(t, c.expectClosing(wire.CloseLoggedOut).Redial)

	answer := s.connect("linux", "1").resume("ann", s.ticket("ann", 3600), session)
	assert.Equal(t, timerr.SDKNotLoggedIn, answer.Code)

	never := s.connect("linux", "1")
	assert.Zero(t, never.call(wire.CmdLogout, nil).Code, "nobody is logged in: there is nothing to end")
	never.expectClosing(wire.CloseLoggedOut)
}

func TestAnExpiredTicketEndsTheSession(t *testing.T) {
	s := startDev(t, testFolder(t))
	c := s.connect("linux", "1")
	session := c.login("ann", s.ticket("ann", 1))
	warning := body[wire.Expiring](t, c.expect(wire.EventExpiring))
	assert.LessOrEqual(t, warning.ExpiresIn, int64(1))
	c.expect(wire.EventUserSigExpired)
	assert.False(t, c.expectClosing(wire.CloseExpired).Redial)
	assert.Greater(t, time.Now().Unix(), session.ExpiresAt, "it was good for all of its last second")

	answer := s.connect("linux", "1").resume("ann", s.ticket("ann", 3600), session)
	assert.Equal(t, timerr.SDKNotLoggedIn, answer.Code)
}

func TestTooManyFailedLogins(t *testing.T) {
	s := startDev(t, testFolder(t))
	c := s.connect("linux", "1")
	for range 200 { // ten times what serve allows
		code, _ := c.refused("ann", "broken")
		require.Equal(t, timerr.SvrAccountUserSigCheckFailed, code)
	}
	code, desc := c.refused("ann", s.ticket("ann", 3600))
	assert.Equal(t, timerr.SvrAccountFreqLimit, code)
	assert.Contains(t, desc, "try again in")
	c.login("bob", s.ticket("bob", 3600)) // others are not blocked
}
