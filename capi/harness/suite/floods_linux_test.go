package suite

import (
	"fmt"
	"net"
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

// A game that has stopped pumping, as one does that loads a level, is flooded: its memory stays what it
// was, but for what may wait, and its calls return.
func TestFloodsLeaveAPausedGameItsMemory(t *testing.T) {
	s := startServer(t)
	for _, tt := range floods {
		t.Run(tt.name, func(t *testing.T) {
			f := startFront(t, s)
			p := startPuppet(t, "ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=1")
			p.listen("TIMAddRecvNewMsgCallback", "TIMSetConvEventCallback", "TIMSetUserStatusChangedCallback", onNotice, "TIMSetMsgUpdateCallback")
			p.send("mode", 1) // before TIMInit: the game pumps
			p.init(s.AppID, configFor(t, f.url(), ""))
			p.pumping(func() { p.login("alice", s.ticket("alice"), 0) })
			before, flooded := p.memory(), make(chan time.Duration, 100)
			f.turn(flooding(floodCount(tt.bytes), tt.event, flooded))
			peak := p.watched(flooded)
			p.pump()
			t.Logf("%d events: memory grew from %d by %d MB", floodCount(tt.bytes), before>>20, (peak-before)>>20)
			assert.Less(t, (peak-before)>>20, int64(300), "MB")
			f.turn(nil)
			p.pumping(p.comesBack)
		})
	}
}

func floodCount(bytes int) int {
	if os.Getenv("BANTER_LONG") != "" {
		return min(1<<30/bytes, 1_000_000)
	}
	return min(10<<20/bytes, 50_000)
}

// flooding is a server that sends so many events once a session was resumed, and says how long that took.
func flooding(count int, event func(int) (name, body string), flooded chan<- time.Duration) func(net.Conn) {
	return plays(protocol.Welcome{}, func(s *impostor) {
		began := time.Now()
		for n := range count {
			if s.event(event(n+1)) != nil {
				return
			}
		}
		flooded <- time.Since(began)
	}, func(r protocol.Request) any {
		if r.Cmd == protocol.CmdGetMessages {
			return protocol.Frame{ID: r.ID, Code: 60008, Desc: "not now"}
		}
		return struct{}{}
	})
}

// watched asks for the status and looks at the memory until the flood is over, and returns the most that it was.
func (p *puppet) watched(flooded <-chan time.Duration) (peak int64) {
	p.t.Helper()
	var slowest time.Duration
	for {
		asked := time.Now()
		require.Equal(p.t, 1, p.status())
		slowest = max(slowest, time.Since(asked))
		peak = max(peak, p.memory())
		select {
		case took := <-flooded:
			p.t.Logf("the flood took %s, the slowest TIMGetLoginStatus with the way to the process and back %s", took.Round(time.Millisecond), slowest)
			return peak
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// pumping has the process pump for as long as f takes.
func (p *puppet) pumping(f func()) {
	p.t.Helper()
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				fmt.Fprintln(p.in, "pump\t0")
			}
		}
	}()
	defer func() {
		close(done)
		<-stopped
	}()
	f()
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
