package suite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a device hears that was kicked while it was away, and whose install it is.

func TestAGameThatIsStartedAnewAfterAKick(t *testing.T) {
	tests := []struct {
		name, flags string
		code        int // of its first login
	}{
		{"is let in by default", "", 0},
		{"is told once, if the server is set to", "--kicked-offline-on-login", 6208},
		{"is let in with both switches off", "--kicked-offline-on-reconnect=false", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := startServer(t, strings.Fields(tt.flags)...)
			folder := t.TempDir()
			crashes := s.deviceIn(t, "android", folder)
			crashes.login("ann", s.ticket("ann"), 0)
			crashes.kill()
			other := s.device(t, "windows")
			other.login("ann", s.ticket("ann"), 0)

			again := s.deviceIn(t, "android", folder)
			answer := again.login("ann", s.ticket("ann"), tt.code)
			if tt.code != 0 {
				assert.Contains(t, *answer.Desc, "windows")
				assert.Equal(t, 3, again.status())
				other.stays("the other device")
				again.login("ann", s.ticket("ann"), 0)
			}
			other.goes("the other device", "android")
			again.stays("the device that came back")
		})
	}
}

func TestAGameThatLoggedOutBeforeHearsOfNoKick(t *testing.T) {
	s := startServer(t, "--kicked-offline-on-login")
	folder := t.TempDir()
	first := s.deviceIn(t, "android", folder)
	first.login("ann", s.ticket("ann"), 0)
	assert.Zero(t, first.do("TIMLogout").Code)
	first.kill()
	s.device(t, "windows").login("ann", s.ticket("ann"), 0)
	s.deviceIn(t, "android", folder).login("ann", s.ticket("ann"), 0)
}

func TestADeviceThatReconnectsAfterAKick(t *testing.T) {
	tests := []struct {
		name, flags string
		code        int // of a login that waits for it
	}{
		{"its login gets 6208 by default", "", 6208},
		{"its login goes on with the switch off", "--kicked-offline-on-reconnect=false", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := startServer(t, strings.Fields(tt.flags)...)
			network := startProxy(t, strings.TrimPrefix(s.URL, "ws://"), transparent)
			away := startPuppet(t)
			away.listen(onNetwork, onKicked, onNotice)
			away.init(s.AppID, configFor(t, "ws://"+network.address(), ""))
			away.login("ann", s.ticket("ann"), 0)
			network.cut()
			away.eventWith(onNetwork, "[1,")
			other := s.device(t, "windows")
			other.login("ann", s.ticket("ann"), 0)

			waits, _ := away.call("TIMLogin", text("ann"), text(s.Ticket("ann", time.Now(), 2*time.Hour)))
			network.mend()
			assert.Contains(t, away.event(onNotice), `\"platform\":\"windows\"`)
			away.event(onKicked)
			assert.Equal(t, tt.code, away.answer(waits).Code)
			if tt.code == 0 {
				other.goes("the other device", "linux")
				away.stays("the device that came back")
				return
			}
			assert.Equal(t, 3, away.status())
			other.stays("the other device")
			away.login("ann", s.ticket("ann"), 0)
			other.goes("the other device", "linux")
		})
	}
}

// instanceFile is where the id of an install is kept.
func instanceFile(t *testing.T, folder string) string {
	return onlyMatch(t, filepath.Join(folder, "banter-instance*"))
}

func TestTwoGamesOnOneFolderAreTwoDevices(t *testing.T) {
	s := startServer(t, "--login-policy", "multi", "--instances", "linux=2")
	folder := t.TempDir()
	first, second := s.deviceIn(t, "linux", folder), s.deviceIn(t, "linux", folder)
	first.login("ann", s.ticket("ann"), 0)
	second.login("ann", s.ticket("ann"), 0)
	first.stays("the first game")
	second.stays("the second game")

	id, err := os.ReadFile(instanceFile(t, folder))
	require.NoError(t, err)
	first.kill()
	third := s.deviceIn(t, "linux", folder) // the file is free again
	third.login("ann", s.ticket("ann"), 0)
	second.stays("the second game")
	now, err := os.ReadFile(instanceFile(t, folder))
	require.NoError(t, err)
	assert.Equal(t, id, now, "once for each install")
}

func TestAClonedMachineIsTheSameDevice(t *testing.T) {
	s := startServer(t, "--login-policy", "multi", "--instances", "linux=3")
	original, clone := t.TempDir(), t.TempDir()
	first := s.deviceIn(t, "linux", original)
	first.login("ann", s.ticket("ann"), 0)
	id, err := os.ReadFile(instanceFile(t, original))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(clone, filepath.Base(instanceFile(t, original))), id, 0o600))

	second := s.deviceIn(t, "linux", clone)
	second.login("ann", s.ticket("ann"), 0)
	first.goes("the original", "linux")
	second.stays("the clone")
	assert.Equal(t, 3, first.status(), "it does not come back by itself")
	first.login("ann", s.ticket("ann"), 0)
	second.goes("the clone", "linux")
	first.stays("the original")
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	s := startServer(t, "--login-policy", "multi", "--instances", "linux=2")
	file := filepath.Join(t.TempDir(), "a file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for range 2 { // each is an install of its own
		s.deviceIn(t, "linux", filepath.Join(file, "below")).login("ann", s.ticket("ann"), 0)
	}
	assert.Contains(t, s.metrics(t), "banter_sessions 2\n")
}
