package suite

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/usersig"
)

// Logging in, from a C call to a real server and back.

const (
	onNetwork = "TIMSetNetworkStatusListenerCallback"
	onKicked  = "TIMSetKickedOfflineCallback"
	onExpired = "TIMSetUserSigExpiredCallback"
	onNotice  = "TIMSetExperimentalNotifyCallback"
	onLog     = "TIMSetLogCallback"
)

// client starts a puppet that has called TIMInit, and listens to everything about login.
func (s *server) client(more string) *puppet {
	s.t.Helper()
	p := startPuppet(s.t)
	p.listen(onNetwork, onKicked, onExpired, onNotice)
	p.init(s.AppID, s.config(more))
	return p
}

// login logs in and expects the code.
func (p *puppet) login(user, ticket string, code int) line {
	p.t.Helper()
	answer := p.do("TIMLogin", text(user), text(ticket))
	require.Equal(p.t, code, answer.Code, "TIMLogin of %s: %s", user, *answer.Desc)
	return answer
}

func (p *puppet) status() int { p.t.Helper(); return *p.get().Status }
func (p *puppet) user() string {
	p.t.Helper()
	return *p.get().User
}

func TestLoginAndLogout(t *testing.T) {
	p := startServer(t).clientOf(t)
	s := p.server
	assert.Contains(t, p.event(onNetwork), "2,0", "connecting")
	assert.Contains(t, p.event(onNetwork), "0,0", "connected")
	assert.Equal(t, 3, p.status())
	assert.Empty(t, p.user())

	id, l := p.call("TIMLogin", text("alice"), text(s.ticket("alice")))
	require.Zero(t, l.Result)
	assert.Contains(t, []int{1, 2}, p.status(), "right on the next line")
	answer := p.answer(id)
	assert.Zero(t, answer.Code)
	assert.Empty(t, *answer.JSON)
	assert.Equal(t, 1, p.status())
	assert.Equal(t, "alice", p.user())
	assert.InDelta(t, time.Now().Unix(), p.get().Time, 5)

	assert.Zero(t, p.do("TIMLogout").Code)
	assert.Equal(t, 3, p.status())
	assert.Empty(t, p.user())
	assert.Zero(t, p.do("TIMLogout").Code, "nobody is logged in")
	assert.False(t, p.heard(onNetwork), "a logout closes the link without a network event")
	assert.False(t, p.heard(onKicked))
}

// serverClient is a client with its server.
type serverClient struct {
	*puppet
	server *server
}

func (s *server) clientOf(t *testing.T) serverClient { return serverClient{s.client(""), s} }

func TestTicketsThatAreRefused(t *testing.T) {
	s := startServer(t)
	p := s.client("")
	now := time.Now()
	good := s.ticket("alice")
	tests := []struct {
		name, ticket string
		code         int
		desc         string // a part of it: what a human must know
	}{
		{"expired", s.Ticket("alice", now.Add(-95*time.Second), time.Minute), 70001, "expired 3"},
		{"made with another key", usersig.Sign(s.AppID, []byte("another key"), "alice", now, time.Hour, nil), 70009, ""},
		{"cut short", good[:len(good)/2], 70003, ""},
		{"another user's", s.ticket("bob"), 70013, `"bob"`},
		{"another app's", usersig.Sign(s.AppID+1, []byte(s.Key), "alice", now, time.Hour, nil), 70014, "app"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer := p.login("alice", tt.ticket, tt.code)
			assert.Contains(t, *answer.Desc, tt.desc)
			assert.NotContains(t, *answer.Desc, tt.ticket[10:40], "no part of a ticket")
			assert.Equal(t, 3, p.status())
		})
	}
	p.login("alice", good, 0)
}

func TestUserIDs(t *testing.T) {
	s := startServer(t)
	p := s.client("")
	for _, user := range []string{strings.Repeat("u", 32), ">", "*", "a.b", "a b", `"quoted\"`, "%41/../x", "~"} {
		p.login(user, s.ticket(user), 0)
		assert.Equal(t, user, p.user())
	}
	for _, user := range []string{strings.Repeat("u", 33), "é", "名前", "a\tb", "a\x7f"} {
		answer := p.login(user, s.ticket("x"), 7003)
		assert.Contains(t, *answer.Desc, "user_id")
	}
	assert.Equal(t, "~", p.user(), "a refused login costs nobody the session")
}

func TestNonASCIIPathsAndSettings(t *testing.T) {
	s := startServer(t)
	folder := filepath.Join(t.TempDir(), "游戏 数据", "😀")
	p := startPuppet(t)
	p.init(s.AppID, configFor(t, s.URL, `"sdk_config_config_file_path":"`+folder+`","sdk_config_log_file_path":"`+folder+`/日志"`))
	answer := p.do("TIMSetConfig", text(`{"set_config_user_define_data":"用户😀"}`))
	assert.Zero(t, answer.Code, *answer.Desc)
	assert.Contains(t, *answer.JSON, "用户😀")
	p.login("alice", s.ticket("alice"), 0)
	assert.FileExists(t, onlyMatch(t, folder+"/banter-instance*"))
	assert.FileExists(t, onlyMatch(t, folder+"/日志/*.log"))
}

func onlyMatch(t *testing.T, pattern string) string {
	found, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.Len(t, found, 1, pattern)
	return found[0]
}

func TestSecondDeviceKicksTheFirst(t *testing.T) {
	s := startServer(t)
	first, second := s.client(""), s.client("")
	first.login("alice", s.ticket("alice"), 0)
	second.login("alice", s.ticket("alice"), 0)

	assert.Contains(t, first.event(onNotice), "other_device")
	first.event(onKicked)
	assert.Equal(t, 3, first.status())
	assert.Empty(t, first.user())
	assert.Equal(t, 6014, first.do("TIMGetUserStatus", text(`["bob"]`)).Code)
	assert.Equal(t, 1, second.status())
	assert.Zero(t, second.do("TIMGetUserStatus", text(`["bob"]`)).Code)

	first.login("alice", s.ticket("alice"), 0)
	second.event(onKicked)
	assert.False(t, first.heard(onKicked), "exactly once, and no loop")
	assert.Equal(t, 1, first.status())
}

func TestKickComesBeforePendingAnswers(t *testing.T) {
	s := startServer(t)
	for range 20 {
		first, second := s.client(""), s.client("")
		first.login("alice", s.ticket("alice"), 0)
		go func() { second.send("call", 1, "TIMLogin", 1, text("alice"), text(s.ticket("alice"))) }()
		kicked := false
		for !kicked {
			answer := first.do("TIMGetUserStatus", text(`["alice"]`))
			kicked = answer.Code == 6014
			require.Contains(t, []int{6014, 0}, answer.Code)
		}
		assert.True(t, first.heard(onKicked), "an answer of 6014 came before the kick that it tells of")
		second.answer(1)
	}
}

func TestLoginsBesideEachOther(t *testing.T) {
	s := startServer(t)
	t.Run("the same ticket of who is in succeeds at once, without a new session", func(t *testing.T) {
		p := s.client("")
		ticket := s.ticket("ann")
		p.login("ann", ticket, 0)
		p.login("ann", ticket, 0)
		assert.Equal(t, 1, p.status())
	})
	t.Run("another good ticket replaces it without a cut, a bad one changes nothing", func(t *testing.T) {
		p := s.client("")
		p.login("ann", s.Ticket("ann", time.Now(), time.Hour), 0)
		p.event(onNetwork)
		p.event(onNetwork)
		p.login("ann", s.Ticket("ann", time.Now(), 2*time.Hour), 0)
		p.login("ann", s.ticket("bob"), 70013)
		assert.Equal(t, "ann", p.user())
		assert.Zero(t, p.do("TIMGetUserStatus", text(`["bob"]`)).Code)
		assert.False(t, p.heard(onNetwork), "no cut")
	})
	t.Run("another user logs the first out", func(t *testing.T) {
		p := s.client("")
		p.login("ann", s.ticket("ann"), 0)
		p.login("bob", s.ticket("bob"), 0)
		assert.Equal(t, "bob", p.user())
		assert.False(t, p.heard(onKicked))
		again := s.client("")
		again.login("ann", s.ticket("ann"), 0)
		assert.Equal(t, 1, p.status(), "ann was logged out")
	})
}

func TestLoginsInFlight(t *testing.T) {
	start := func(t *testing.T) *puppet {
		p := startPuppet(t)
		p.init(1400000000, configFor(t, "ws://127.0.0.1:1", ""))
		return p
	}
	t.Run("a second one of the user is refused", func(t *testing.T) {
		p := start(t)
		p.call("TIMLogin", text("ann"), text("ticket"))
		assert.Equal(t, 2, p.status())
		p.login("ann", "other", 7501)
		assert.Equal(t, 2, p.status())
	})
	t.Run("another user's ends the first", func(t *testing.T) {
		p := start(t)
		first, _ := p.call("TIMLogin", text("ann"), text("ticket"))
		p.call("TIMLogin", text("bob"), text("ticket"))
		assert.Equal(t, 7009, p.answer(first).Code)
		assert.Equal(t, 2, p.status())
	})
	t.Run("a logout ends it", func(t *testing.T) {
		p := start(t)
		login, _ := p.call("TIMLogin", text("ann"), text("ticket"))
		assert.Zero(t, p.do("TIMLogout").Code)
		assert.Equal(t, 6023, p.answer(login).Code)
		assert.Equal(t, 3, p.status())
	})
	t.Run("TIMUninit ends it", func(t *testing.T) {
		p := start(t)
		login, _ := p.call("TIMLogin", text("ann"), text("ticket"))
		p.uninit()
		assert.Equal(t, 7009, p.answer(login).Code)
		assert.Equal(t, 3, p.status())
	})
	t.Run("without an address it says the four ways to give one", func(t *testing.T) {
		p := startPuppet(t)
		p.init(1400000000, `{"sdk_config_config_file_path":"`+t.TempDir()+`"}`)
		answer := p.login("ann", "ticket", 9508)
		for _, way := range []string{"internal_operation_set_custom_server_info", "sdk_config_server_url", "BANTER_SERVER_URL", "imsdk.json"} {
			assert.Contains(t, *answer.Desc, way)
		}
	})
}

func TestTicketExpiresWhileOnline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	p := s.client("")
	p.login("alice", s.Ticket("alice", time.Now(), 2*time.Second), 0)
	assert.Contains(t, p.event(onNotice), "banter_usersig_expiring")
	p.event(onExpired)
	assert.Equal(t, 3, p.status())
	assert.Equal(t, 6014, p.do("TIMGetUserStatus", text(`["bob"]`)).Code)
	p.login("alice", s.ticket("alice"), 0)
	assert.False(t, p.heard(onExpired), "once")
	assert.False(t, p.heard(onKicked))
}

func TestRenewedInTime(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	p := s.client("")
	p.login("alice", s.Ticket("alice", time.Now(), 3*time.Second), 0)
	p.login("alice", s.ticket("alice"), 0)
	time.Sleep(5 * time.Second) // past the first ticket's end: nothing may happen
	assert.Zero(t, p.do("TIMGetUserStatus", text(`["bob"]`)).Code)
	assert.False(t, p.heard(onExpired))
	assert.Equal(t, 1, p.status())
}

func TestServerAddressByEveryWay(t *testing.T) {
	s := startServer(t)
	bare := func(t *testing.T) string { return `{"sdk_config_config_file_path":"` + t.TempDir() + `"}` }
	t.Run("the environment", func(t *testing.T) {
		p := startPuppet(t, "BANTER_SERVER_URL="+s.URL)
		p.init(s.AppID, bare(t))
		p.login("alice", s.ticket("alice"), 0)
	})
	t.Run("callExperimentalAPI before TIMInit, before all others", func(t *testing.T) {
		p := startPuppet(t, "BANTER_SERVER_URL=ws://127.0.0.1:1")
		host, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "ws://"), ":")
		answer := p.do("callExperimentalAPI", text(`{"request_internal_operation":"internal_operation_set_custom_server_info",
			"request_set_custom_server_info_param":{"longconnection_address_array":[{"server_address_ip":"`+host+`","server_address_port":`+port+`}]}}`))
		require.Zero(t, answer.Code, *answer.Desc)
		p.init(s.AppID, bare(t))
		p.login("alice", s.ticket("alice"), 0)
	})
	t.Run("plain text beyond this machine is refused", func(t *testing.T) {
		p := startPuppet(t)
		p.init(s.AppID, configFor(t, "ws://192.0.2.1:7000", ""))
		answer := p.do("TIMLogin", text("alice"), text(s.ticket("alice")))
		assert.NotZero(t, answer.Code)
		assert.Contains(t, *answer.Desc, "sdk_config_allow_plaintext")
	})
}

func TestServerShutsDownAndComesBack(t *testing.T) {
	s := startServer(t)
	p := s.client("")
	p.login("alice", s.ticket("alice"), 0)
	p.eventWith(onNetwork, "[0,")
	s.stop(syscall.SIGTERM)
	p.eventWith(onNetwork, "[1,")
	s.start()
	p.eventWith(onNetwork, "[0,")
	assert.Zero(t, p.do("TIMGetUserStatus", text(`["bob"]`)).Code, "the session goes on, without TIMLogin")
	assert.Equal(t, "alice", p.user())
	assert.False(t, p.heard(onKicked))
}
