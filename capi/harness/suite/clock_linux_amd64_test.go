package suite

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// wallClock is that of one process: it is as far ahead of the machine's as was said last.
type wallClock struct {
	t    *testing.T
	file string
}

func newWallClock(t *testing.T, ahead time.Duration) wallClock {
	c := wallClock{t, filepath.Join(t.TempDir(), "clock")}
	c.jump(ahead)
	return c
}

func (c wallClock) jump(ahead time.Duration) {
	c.t.Helper()
	file, err := os.OpenFile(c.file, os.O_WRONLY|os.O_CREATE, 0o600)
	require.NoError(c.t, err)
	_, err = file.Write(binary.NativeEndian.AppendUint64(nil, uint64(ahead)))
	require.NoError(c.t, err)
	require.NoError(c.t, file.Close())
}

// game is a puppet whose clock this is.
func (c wallClock) game(s *server, program string) *puppet {
	c.t.Helper()
	p := startPuppetOf(c.t, program, io.Discard, os.Stderr, "HOST_CLOCK="+c.file)
	p.listen(onNetwork, onKicked, onExpired, onNotice, onChats, onMessages)
	p.init(s.AppID, s.config(""))
	return p
}

func clockedPuppet(t *testing.T) string {
	lib := libraryFolder(t)
	return compile(t, "puppet", []string{"-rdynamic", "-L" + lib, "-Wl,-rpath," + lib}, "puppet.c", "zz_puppet.c", "stress/clock.c", "-lImSDK")
}

const anHour = int64(3600)

// clientTime is when a sent message says it was, by the clock of its device.
func (p *puppet) clientTime(to, words string) int64 {
	p.t.Helper()
	id, _ := p.call("TIMMsgSendMessage", text(to), number(1), textMessage(words), buffer)
	answer := p.answer(id)
	require.Zero(p.t, answer.Code, *answer.Desc)
	var m struct {
		Client int64 `json:"message_client_time"`
		Server int64 `json:"message_server_time"`
	}
	require.NoError(p.t, json.Unmarshal([]byte(*answer.JSON), &m))
	assert.InDelta(p.t, time.Now().Unix(), m.Server, float64(anHour), "the server's time of %s", words)
	return m.Client
}

// A game whose clock jumps, or is wrong from the start, stays logged in, for as long as its
// ticket is good by the server's clock; and its messages stand in the order in which they
// were sent.
func TestTheClockJumps(t *testing.T) {
	s := startServer(t)
	program := clockedPuppet(t)
	bob := s.chatter(t, "bob", "linux", t.TempDir())
	clock := newWallClock(t, 0)
	p := clock.game(s, program)
	p.login("ann", s.ticket("ann"), 0)
	p.eventWith(onNetwork, "[0,")
	p.caughtUp()
	var sent []string
	for i, ahead := range []time.Duration{0, 2 * time.Hour, -3 * time.Hour, 10 * 365 * 24 * time.Hour, -40 * 365 * 24 * time.Hour, 0} {
		clock.jump(ahead)
		words := fmt.Sprint(i, " ", ahead)
		client := p.clientTime("bob", words)
		assert.InDelta(t, time.Now().Add(ahead).Unix(), client, float64(anHour), "the clock is what %s means", words)
		bob.reads(words)
		sent = slices.Insert(sent, 0, words)
		assert.InDelta(t, time.Now().Unix(), p.get().Time, float64(anHour), "TIMGetServerTime after %s", words)
		p.checkOnline("ann")
	}
	assert.Equal(t, sent, p.history("bob", onlyHere))
	assert.Equal(t, sent, p.history("bob", wholeHistory))

	clock.jump(24 * time.Hour) // a laptop that slept, and whose server is another process by now
	s.stop(unix.SIGKILL)
	p.eventWith(onNetwork, "[1,")
	s.start()
	p.eventWith(onNetwork, "[0,")
	p.checkOnline("ann")
	p.clientTime("bob", "awake")
	assert.Equal(t, slices.Insert(sent, 0, "awake"), p.history("bob", wholeHistory))
}

func TestAClockThatIsWrongFromTheStart(t *testing.T) {
	s := startServer(t)
	program := clockedPuppet(t)
	s.chatter(t, "bob", "linux", t.TempDir())
	for _, ahead := range []time.Duration{-30 * 365 * 24 * time.Hour, 30 * 365 * 24 * time.Hour} {
		t.Run(fmt.Sprint(ahead), func(t *testing.T) {
			user := fmt.Sprint("ann", ahead.Hours())
			p := newWallClock(t, ahead).game(s, program)
			p.login(user, s.Ticket(user, time.Now().Add(-time.Hour), time.Minute), 70001)
			p.login(user, s.ticket(user), 0)
			p.caughtUp()
			assert.InDelta(t, time.Now().Unix(), p.get().Time, float64(anHour), "TIMGetServerTime")
			p.clientTime("bob", "hello")
			assert.Equal(t, []string{"hello"}, p.history("bob", onlyHere))
			p.checkOnline(user)
		})
	}
}
