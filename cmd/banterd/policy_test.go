package main

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
	"github.com/banter-im/banter/server/session"
)

func TestDevTakesAPolicy(t *testing.T) {
	s := startDev(t, testFolder(t), "--login-policy", "multi", "--instances", "linux=3,web=10", "--kicked-offline-on-login")
	first, _ := s.online("ann", "linux", "1")
	for _, instance := range []string{"2", "3"} {
		s.online("ann", "linux", instance)
	}
	s.online("ann", "mac", "1")
	assert.Zero(t, first.call(wire.CmdPing, nil).Code, "three fit beside each other, and a Mac beside them")
	s.online("ann", "linux", "4")
	first.expectKicked()

	away, _ := s.online("bob", "android", "phone")
	away.cut()
	require.Eventually(t, func() bool { return s.status("bob") != "Online" }, patience, time.Millisecond, "the cut is noticed")
	s.online("bob", "android", "another")
	c := s.connect("android", "phone")
	code, desc := c.refused("bob", s.ticket("bob", 3600))
	assert.Equal(t, timerr.LoginKickedOffByOther, code, desc)
	c.login("bob", s.ticket("bob", 3600))
}

func TestDevRefusesABadPolicy(t *testing.T) {
	for want, args := range map[string][]string{
		`policy "quad"`:              {"--login-policy", "quad"},
		`the limit of linux is 3`:    {"--instances", "linux=3"},
		`"linux" is no`:              {"--instances", "linux"},
		`"linux=many" is no`:         {"--instances", "web=2,linux=many"},
		`platform "" is none of`:     {"--instances", "=1"},
		`platform "Linux" is none`:   {"--instances", "Linux=1"},
		`the limit of web is 11: un`: {"--login-policy", "multi", "--instances", "web=11"},
	} {
		err := run(t.Context(), append([]string{"dev", "--data", testFolder(t)}, args...), noEnv, nil, io.Discard, io.Discard)
		assert.ErrorContains(t, err, want)
	}
}

func TestInstancesAreWrittenAsTheyAreRead(t *testing.T) {
	var i instances
	assert.NoError(t, i.Set("web=10,linux=3"))
	assert.Equal(t, instances{session.Web: 10, session.Linux: 3}, i)
	assert.Equal(t, "linux=3,web=10", i.String())
}
