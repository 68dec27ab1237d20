package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/timerr"
	"github.com/banter-im/banter/internal/wire"
)

func kickedFrame(reason string) wire.Frame {
	text, _ := json.Marshal(wire.Kicked{Reason: reason})
	return wire.Frame{Event: wire.EventKicked, Body: text}
}

func closingFrame(reason string) wire.Frame {
	text, _ := json.Marshal(wire.Closing{Reason: reason})
	return wire.Frame{Event: wire.EventClosing, Body: text}
}

// tellAndClose is how a server kicks that keeps its promises.
func tellAndClose(old *websocket.Conn) error {
	old.WriteJSON(kickedFrame(wire.KickOtherDevice))
	old.WriteJSON(closingFrame(wire.CloseKicked))
	return old.Close()
}

func TestKicksAreTimedAtBothEnds(t *testing.T) {
	f := startFake(t, nil)
	f.kick = tellAndClose
	for _, loop := range []string{"--outstanding=2", "--rate=100"} {
		report := f.run(t, "kicks", loop)
		assert.Empty(t, report.Broken)
		assert.Empty(t, report.Errors)
		assert.Positive(t, report.Counts["kicks"])
		assert.Equal(t, report.Counts["kicks"], report.Latencies["notice"].Count)
		assert.Equal(t, report.Counts["kicks"], report.Latencies["answer"].Count)
	}
}

func TestAWrongKickBreaksAPromise(t *testing.T) {
	for want, kick := range map[string]func(old *websocket.Conn) error{
		"lost its link without a notice": (*websocket.Conn).Close,
		"for another reason": func(old *websocket.Conn) error {
			old.WriteJSON(kickedFrame(wire.KickAdmin))
			return old.Close()
		},
		"told twice": func(old *websocket.Conn) error {
			old.WriteJSON(kickedFrame(wire.KickOtherDevice))
			return tellAndClose(old)
		},
	} {
		f := startFake(t, nil)
		f.kick = kick
		report := f.run(t, "kicks", "--outstanding", "1")
		if assert.Len(t, report.Broken, 1) {
			assert.Contains(t, report.Broken[0], want)
		}
	}
}

func TestIdleLinksAreHeldAndPinged(t *testing.T) {
	report := startFake(t, nil).run(t, "idle", "--ping-every", "20ms")
	assert.Empty(t, report.Broken)
	assert.EqualValues(t, 4, report.Counts["links"])
	assert.EqualValues(t, 20, report.Counts["pings"])
}

func TestAnIdleLinkThatEndsBreaksAPromise(t *testing.T) {
	report := startFake(t, func(f *fake, request wire.Request) []wire.Frame {
		frames := f.answers(request)
		if request.Cmd == wire.CmdLogin {
			frames = append([]wire.Frame{closingFrame(wire.CloseMoved)}, frames...)
		}
		return frames
	}).run(t, "idle")
	assert.Equal(t, []string{`a link was closed as "moved" that nobody cut (4 times)`}, report.Broken)
}

func TestAllComeBackAfterACut(t *testing.T) {
	for _, args := range [][]string{{"--cut"}, {"--cut", "--outstanding", "1"}, {}} {
		report := startFake(t, nil).run(t, "reconnects", append(args, "--duration", "1m", "--spread", "10ms")...)
		assert.Empty(t, report.Broken)
		assert.EqualValues(t, 4, report.Counts["reconnects"])
		assert.EqualValues(t, 4, report.Latencies["offline"].Count)
		assert.Positive(t, report.Figures["reconnects_per_second"])
	}
}

func TestASessionThatIsUnknownIsOpenedAnew(t *testing.T) {
	report := startFake(t, func(f *fake, request wire.Request) []wire.Frame {
		if request.Cmd == wire.CmdResume {
			return []wire.Frame{{ID: request.ID, Code: timerr.SDKNotLoggedIn}}
		}
		return f.answers(request)
	}).run(t, "reconnects", "--cut", "--duration", "1m", "--spread", "0")
	assert.Empty(t, report.Broken)
	assert.EqualValues(t, 4, report.Counts["sessions_unknown"])
}

func TestAWrongResumeBreaksAPromise(t *testing.T) {
	report := startFake(t, func(f *fake, request wire.Request) []wire.Frame {
		if request.Cmd == wire.CmdResume {
			request.Cmd = wire.CmdLogin
		}
		return f.answers(request)
	}).run(t, "reconnects", "--cut", "--duration", "1m", "--spread", "0")
	assert.Equal(t, []string{"a resume was given another session (4 times)"}, report.Broken)
}

func TestWhoIsNotBackInTimeIsCounted(t *testing.T) {
	report := startFake(t, func(f *fake, request wire.Request) []wire.Frame {
		if request.Cmd == wire.CmdResume {
			return []wire.Frame{{ID: request.ID, Code: timerr.SvrAccountFreqLimit}}
		}
		return f.answers(request)
	}).run(t, "reconnects", "--cut", "--duration", "200ms", "--spread", "0")
	assert.Equal(t, []string{"4 of 4 clients were not back in time (once)"}, report.Broken)
}

func TestTheFirstRedialWaitsAsTheServerAsks(t *testing.T) {
	s := &storm{stormSettings: stormSettings{spread: -1}}
	c := &client{link: &link{welcome: wire.Welcome{ReconnectSpreadMS: 100}}, closing: wire.Closing{AfterMS: 1000}}
	for tries, most := range map[int]time.Duration{1: 2 * firstRedial, 2: 4 * firstRedial, 7: maxRedial, 1000: maxRedial} {
		assert.Less(t, s.delay(c, tries, time.Hour), most)
	}
	assert.Less(t, s.delay(c, 7, time.Second), time.Second)
	first := s.delay(c, 0, 0)
	assert.GreaterOrEqual(t, first, time.Second)
	assert.Less(t, first, 1100*time.Millisecond)
}

func TestAMixedLoadKeepsItsShares(t *testing.T) {
	f := startFake(t, nil)
	f.kick = tellAndClose
	report := f.run(t, "mixed", "--rate", "400", "--shares", "logins=1,kicks=3", "--outstanding", "2")
	assert.Empty(t, report.Broken)
	assert.EqualValues(t, 10, report.Counts["logins"])
	assert.EqualValues(t, 30, report.Counts["kicks"])
}

func TestAMixedLoadHasMessages(t *testing.T) {
	for _, loop := range []string{"--outstanding=3", "--rate=400"} {
		f := startPostman(t, honest)
		f.kick = tellAndClose
		report := f.run(t, "mixed", "--outstanding", "3", loop, "--shares", "messages=3,kicks=1")
		assert.Empty(t, report.Broken)
		assert.Empty(t, report.Errors)
		sent := report.Counts["messages"]
		if loop == "--rate=400" {
			assert.EqualValues(t, 30, sent)
		}
		assert.Positive(t, report.Counts["kicks"])
		assert.Equal(t, sent, report.Latencies["acknowledged"].Count)
		assert.Equal(t, sent, report.Latencies["delivered"].Count)
	}
}

func TestAMixedLoadMissesMessages(t *testing.T) {
	report := startPostman(t, func(m wire.Message) ([]wire.Message, wire.Frame) { return nil, sentFrame(m.Pos) }).
		run(t, "mixed", "--rate", "200", "--outstanding", "3", "--shares", "messages=1", "--timeout", "2s")
	require.Len(t, report.Broken, 1)
	assert.Contains(t, report.Broken[0], "acknowledged did not arrive")
}

func TestLinksAreHeldUntilTheRunIsEnded(t *testing.T) {
	f := startFake(t, nil)
	s, _ := Find("idle")
	ctx, end := context.WithCancel(t.Context())
	defer end()
	report, err := s.Run(ctx, f.config(t, s, "--hold"), writer(func(text []byte) (int, error) {
		if strings.Contains(string(text), "the links stay") {
			end()
		}
		return len(text), nil
	}))
	require.NoError(t, err)
	assert.True(t, report.Interrupted)
	assert.Empty(t, report.Broken)
	assert.EqualValues(t, 4, report.Counts["links"])
}

func TestRegisteredUsersAreAllOfThemInAnotherOrder(t *testing.T) {
	for _, registered := range []int{1, 2, 3, 10, 97, 1000, 100_000} {
		c := Config{Prefix: "u", Registered: registered}
		seen := map[string]bool{}
		for n := range registered + 1 {
			seen[c.user(n)] = true
		}
		assert.Len(t, seen, registered+1)
		assert.True(t, seen["u0"] && seen[fmt.Sprint("u", registered-1)])
		assert.Equal(t, fmt.Sprint("u", registered), c.user(registered), "who is not registered")
	}
	assert.Equal(t, "u618001", (&Config{Prefix: "u", Registered: 1_000_000}).user(1))
}

func TestSharesNameKindsOfLoad(t *testing.T) {
	var s shares
	for _, bad := range []string{"", "logins", "logins=-1", "logins=x", "naps=1", "logins=1,", "logins=1001"} {
		assert.Error(t, s.Set(bad), bad)
	}
	assert.NoError(t, s.Set("kicks=2,logins=1"))
	assert.Equal(t, "logins=1,kicks=2", s.String())
}
