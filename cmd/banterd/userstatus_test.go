package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func TestUserStatusIsASettingOfAnApp(t *testing.T) {
	for setting, hidden := range map[string]bool{"": false, "user_status = true\n": false, "user_status = false\n": true} {
		c, err := loadConfig("banterd serve", []string{"--config", configFile(t, "[server]\ndata = 'FOLDER/data'\n"+oneApp+setting)}, noEnv, nil)
		require.NoError(t, err)
		apps, err := c.chatApps(noEnv)
		require.NoError(t, err)
		assert.Equal(t, hidden, apps[0].NoUserStatus, setting)
	}
}

// statuses reads an answer or an event.
func statuses(t *testing.T, frame wire.Frame) []wire.UserStatus {
	t.Helper()
	require.Zero(t, frame.Code, frame.Desc)
	return body[[]wire.UserStatus](t, frame)
}

func TestDevMayHideUserStatus(t *testing.T) {
	s := startDev(t, testFolder(t), "--user-status=false")
	c, _ := s.online("ann", "linux", "1")
	for _, cmd := range []string{wire.CmdGetUserStatus, wire.CmdSubscribeUserStatus} {
		answer := c.call(cmd, wire.UserIDs{Users: []string{"bob"}})
		assert.Equal(t, timerr.SvrAccountUserStatusDisabled, answer.Code)
		assert.Contains(t, answer.Desc, "user_status is off")
	}
	own := statuses(t, c.call(wire.CmdGetUserStatus, wire.UserIDs{Users: []string{"ann"}}))
	assert.Equal(t, []wire.UserStatus{{User: "ann", Type: 1, Devices: []string{"linux"}}}, own)
}
