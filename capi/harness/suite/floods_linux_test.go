package suite

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	protocol "github.com/banter-im/banter/internal/wire"
)

// floods are events that a server sends as fast as it can.
var floods = []struct {
	name  string
	bytes int // of each, about: long ones are fewer
	event func(n int) (name, body string)
}{
	{"messages of one conversation", 200, func(n int) (string, string) {
		return protocol.EventMessage, messageJSON("bob", n, "hello")
	}},
	{"long messages of one conversation", 100_000, func(n int) (string, string) {
		return protocol.EventMessage, messageJSON("bob", n, long)
	}},
	{"long messages with gaps", 100_000, func(n int) (string, string) {
		return protocol.EventMessage, messageJSON("carol", 3*n, long)
	}},
	{"messages of nobody's place", 200, func(n int) (string, string) {
		return protocol.EventMessage, messageJSON("dan", 0, "hello")
	}},
	{"long messages of nobody's place", 100_000, func(n int) (string, string) {
		return protocol.EventMessage, messageJSON("dan", 0, long)
	}},
	{"changes", 200, func(n int) (string, string) {
		return protocol.EventMessageChanged, strings.Replace(messageJSON("bob", n, "new"), "{", fmt.Sprintf(`{"message_version":%d,`, 2*n), 1)
	}},
	{"tickets that expire", 50, func(int) (string, string) { return protocol.EventExpiring, `{"expires_in":60}` }},
	{"statuses", 100, func(n int) (string, string) {
		return protocol.EventUserStatus, fmt.Sprintf(`[{"user_status_identifier":"alice","user_status_status_type":1,"user_status_custom_status":"%d"}]`, n)
	}},
	{"syncs", 30, func(int) (string, string) { return protocol.EventSync, `{}` }},
	{"what nobody knows", 30, func(int) (string, string) { return "new", `{}` }},
	{"what cannot be read", 30, func(int) (string, string) { return protocol.EventMessage, `5` }},
}

var long = strings.Repeat("long ", 20_000)

func messageJSON(from string, pos int, text string) string {
	return fmt.Sprintf(`{"message_conv_type":1,"message_conv_id":"alice","message_sender":%q,"message_msg_id":"%s %d","pos":%d,`+
		`"message_server_time":%d,"message_elem_array":[{"elem_type":0,"text_elem_content":%q}]}`, from, from, pos, pos, time.Now().Unix(), text)
}

// floodBytes is how much of each flood comes.
func floodBytes() int {
	if os.Getenv("BANTER_LONG") != "" {
		return 1 << 30
	}
	return 10 << 20
}

const mostFrames = 1_000_000

// A game that has stopped pumping, as one does that loads a level, is flooded: its memory stays what it
// was, but for what may wait, and its calls return.
func TestFloodsLeaveAPausedGameItsMemory(t *testing.T) {
	s := startServer(t)
	for _, tt := range floods {
		t.Run(tt.name, func(t *testing.T) {
			f := startFront(t, s)
			p := startPuppet(t, "ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=1", "GOMEMLIMIT=off")
			p.listen("TIMAddRecvNewMsgCallback", "TIMSetConvEventCallback", "TIMSetUserStatusChangedCallback", onNotice, "TIMSetMsgUpdateCallback")
			p.init(s.AppID, configFor(t, f.url(), ""))
			p.login("alice", s.ticket("alice"), 0)
			count := min(floodBytes()/tt.bytes, mostFrames/20)
			if os.Getenv("BANTER_LONG") != "" {
				count = min(floodBytes()/tt.bytes, mostFrames)
			}
			flooded := make(chan time.Duration, 100)
			began, before := time.Now(), p.memory()
			f.turn(plays(protocol.Welcome{}, func(s *impostor) {
				for n := range count {
					if s.event(tt.event(n+1)) != nil {
						return
					}
				}
				flooded <- time.Since(began)
			}, func(r protocol.Request) any {
				if r.Cmd == protocol.CmdGetMessages {
					return protocol.Frame{ID: r.ID, Code: 60008, Desc: "not now"}
				}
				return protocol.Frame{ID: r.ID, Body: []byte(`{}`)}
			}))
			p.send("mode", 1)
			p.next("the mode", func(l line) bool { return l.Mode != nil })
			var slowest time.Duration
			peak := before
			for done := false; !done; {
				asked := time.Now()
				require.Equal(t, 1, p.status())
				slowest = max(slowest, time.Since(asked))
				peak = max(peak, p.memory())
				select {
				case took := <-flooded:
					t.Logf("%d events in %s", count, took.Round(time.Millisecond))
					done = true
				case <-time.After(50 * time.Millisecond):
				}
			}
			p.pump()
			peak = max(peak, p.memory())
			t.Logf("memory grew from %d by %d MB at most; the slowest TIMGetLoginStatus, and the way there and back, took %s",
				before>>20, (peak-before)>>20, slowest.Round(100*time.Microsecond))
			assert.Less(t, (peak-before)>>20, int64(300), "MB")
			f.turn(nil)
			p.t = t
			p.send("mode", 0)
			p.next("the mode", func(l line) bool { return l.Mode != nil })
			p.comesBack()
		})
	}
}

// memory is what the process has in RAM, in bytes.
func (p *puppet) memory() int64 {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	require.NoError(p.t, err)
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	require.NoError(p.t, err)
	return pages * int64(os.Getpagesize())
}
